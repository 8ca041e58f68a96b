package commands

import (
	"fmt"
	"slices"
	"strings"
)

func aclSpecs() []Spec {
	return []Spec{
		{
			Usage:   "ACL WHOAMI",
			Summary: "Returns the name of the connection's user.",
			Group:   ServerGroup, Flags: NoScript | Loading | Stale, Since: "1.0.0", Run: aclWhoAmI,
			Example: `ACL WHOAMI -> "default"`,
		},
		{
			Usage:   "ACL USERS",
			Summary: "Lists the names of the users.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.0.0", Run: aclUsers,
			Example: `ACL USERS -> ["default"]`,
		},
		{
			Usage:   "ACL LIST",
			Summary: "Lists the users with their rules, as lines of a users file.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.0.0", Run: aclList,
			Example: `ACL LIST -> ["user default on nopass ~* &* +@all"]`,
		},
		{
			Usage:   "ACL GETUSER username",
			Summary: "Describes a user.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.0.0", Run: aclGetUser,
			Example: `ACL GETUSER default -> {"flags":["on","nopass"],"passwords":[],"commands":"+@all","keys":"~*","channels":"&*","selectors":[]}`,
		},
		{
			Usage:   "ACL SETUSER username [rule ...]",
			Summary: "Makes a user, or changes one by rules.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.1.0", Run: aclSetUser,
			Example: `ACL SETUSER ann on >open-sesame ~ann:* +@session -> "OK"`,
		},
		{
			Usage:   "ACL DELUSER username [username ...]",
			Summary: "Removes users and closes their connections.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.1.0", Run: aclDelUser,
			Example: `ACL DELUSER nobody -> 0`,
		},
		{
			Usage:   "ACL GENPASS [bits]",
			Summary: "Returns a password that nobody guesses, in hexadecimal digits.",
			Group:   ServerGroup, Flags: NoScript | Loading | Stale, Since: "1.1.0", Run: aclGenPass,
			Example: `ACL GENPASS 128 -> "..."`,
		},
		{
			Usage:   "ACL SAVE",
			Summary: "Writes the users into the users file.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.1.0", Run: aclSave,
			Example: "ACL SAVE -> error:\"" + string(ErrNoUsersFile) + "\"",
		},
		{
			Usage:   "ACL LOAD",
			Summary: "Reads the users from the users file again, all of them or none.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.1.0", Run: aclLoad,
			Example: "ACL LOAD -> error:\"" + string(ErrNoUsersFile) + "\"",
		},
		{
			Usage:   "ACL CAT [category]",
			Summary: "Lists the categories of commands, or the commands of one.",
			Group:   ServerGroup, Flags: NoScript | Loading | Stale, Since: "1.0.0", Run: aclCat,
			Example: `ACL CAT session -> ["sess.create",...]`,
		},
		{
			Usage:   "ACL DRYRUN username command [arg ...]",
			Summary: "Says whether a user may run a command, and does not run it.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.0.0", Run: aclDryRun,
			Example: `ACL DRYRUN default SESS.GET s1 -> "OK"`,
		},
		{
			Usage:   "ACL LOG [count | RESET]",
			Summary: "Lists the latest requests and passwords that were refused, or forgets them.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.0.0", Run: aclLog,
			Example: `ACL LOG -> []`,
		},
	}
}

// categoryOrder is the categories in the order in which Redis lists them, and ours behind. Those without commands, such
// as geo, are known too, since rules for Redis name them.
var categoryOrder = []string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo", "stream", "pubsub",
	"admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting", "session",
}

func aclWhoAmI(c *Call) error {
	c.Reply.BulkString(c.Client.user.Name)
	return nil
}

func aclCat(c *Call) error {
	if len(c.Args) > 1 {
		return ErrSubcommandWords(c.Words)
	}
	if len(c.Args) == 0 {
		c.Reply.Array(len(categoryOrder))
		for _, name := range categoryOrder {
			c.Reply.BulkString(name)
		}
		return nil
	}
	category := strings.ToLower(string(c.Args[0]))
	if !slices.Contains(categoryOrder, category) {
		return Errorf("ERR Unknown category '%.128s'", c.Args[0])
	}
	var names []string
	for _, one := range c.Dispatcher.table.commands {
		if slices.Contains(one.categories(), category) && one.Run != nil {
			names = append(names, one.Name)
		}
	}
	c.Reply.Array(len(names))
	for _, name := range names {
		c.Reply.BulkString(name)
	}
	return nil
}

func aclDryRun(c *Call) error {
	u := c.Dispatcher.Users.named(string(c.Args[0]))
	if u == nil {
		return Errorf("ERR User '%.128s' not found", c.Args[0])
	}
	words := c.Args[1:]
	command, err := c.Dispatcher.table.find(words)
	if err != nil {
		return Errorf("ERR Command '%.128s' not found", words[0])
	}
	if !command.fits(len(words)) {
		return ErrArity(command.Name)
	}
	keys, _ := command.appendKeys(nil, words)
	denied := u.permissions.Load().may(command, words, keys)
	switch {
	case denied == nil:
		c.Reply.Status("OK")
	case denied.reason != "command":
		c.Reply.BulkString(fmt.Sprintf("This user has no permissions to access the '%s' %s", denied.object, denied.reason))
	default:
		c.Reply.BulkString(fmt.Sprintf("This user has no permissions to run the '%s' command", denied.object))
	}
	return nil
}
