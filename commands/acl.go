package commands

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"sessd/store"
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

// categories returns every category, sorted.
func (t *table) categories() []string {
	var all []string
	for _, c := range t.commands {
		all = append(all, c.categories()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func aclWhoAmI(c *Call) error {
	c.Reply.BulkString(c.Client.user.Name)
	return nil
}

func aclUsers(c *Call) error {
	users := c.Dispatcher.Users.sorted()
	c.Reply.Array(len(users))
	for _, u := range users {
		c.Reply.BulkString(u.Name)
	}
	return nil
}

func aclList(c *Call) error {
	users := c.Dispatcher.Users.sorted()
	c.Reply.Array(len(users))
	for _, u := range users {
		c.Reply.BulkString(u.rules())
	}
	return nil
}

func aclGetUser(c *Call) error {
	u := c.Dispatcher.Users.named(string(c.Args[0]))
	if u == nil {
		c.Reply.Null()
		return nil
	}
	words := func(name string, all []string, prefix string) {
		c.Reply.BulkString(name)
		for i := range all {
			all[i] = prefix + all[i]
		}
		c.Reply.BulkString(strings.Join(all, " "))
	}
	c.Reply.Map(6)
	c.Reply.BulkString("flags")
	flags := u.flags()
	c.Reply.Set(len(flags))
	for _, flag := range flags {
		c.Reply.BulkString(flag)
	}
	c.Reply.BulkString("passwords")
	c.Reply.Array(len(u.passwords))
	for _, hash := range u.passwords {
		c.Reply.BulkString(hex.EncodeToString(hash[:]))
	}
	words("commands", slices.Clone(u.commands), "")
	var keys []string
	for _, r := range u.keys {
		keys = append(keys, r.String())
	}
	words("keys", keys, "")
	words("channels", u.channelRules(), "")
	c.Reply.BulkString("selectors")
	c.Reply.Array(0)
	return nil
}

func aclCat(c *Call) error {
	t := c.Dispatcher.table
	if len(c.Args) > 1 {
		return ErrSubcommandWords(c.Words)
	}
	if len(c.Args) == 0 {
		all := t.categories()
		c.Reply.Array(len(all))
		for _, name := range all {
			c.Reply.BulkString(name)
		}
		return nil
	}
	category := strings.ToLower(string(c.Args[0]))
	if !slices.Contains(t.categories(), category) {
		return Error(fmt.Sprintf("ERR Unknown category '%.128s'", c.Args[0]))
	}
	var names []string
	for _, one := range t.commands {
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
		return Error(fmt.Sprintf("ERR User '%.128s' not found", c.Args[0]))
	}
	words := c.Args[1:]
	command, err := c.Dispatcher.table.find(words)
	if err != nil {
		return Error(fmt.Sprintf("ERR Command '%.128s' not found", words[0]))
	}
	if !command.fits(len(words)) {
		return ErrArity(command.Name)
	}
	keys, _ := command.appendKeys(nil, words)
	denied := u.may(command, words, keys)
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

// defaultDenials is how many entries ACL LOG shows when it is not told.
const defaultDenials = 10

// parseLog reads a count, or RESET, or no word.
func parseLog(words [][]byte) (n int, reset bool, err error) {
	switch {
	case len(words) == 0:
		return defaultDenials, false, nil
	case Is(words[0], "RESET"):
		return 0, true, nil
	}
	count, ok := store.ParseInt(words[0])
	if !ok {
		return 0, false, ErrNotInteger
	}
	return int(min(max(count, 0), maxDenials)), false, nil
}

func aclLog(c *Call) error {
	if len(c.Args) > 1 {
		return ErrSubcommandWords(c.Words)
	}
	n, reset, err := parseLog(c.Args)
	if err != nil {
		return err
	}
	log := &c.Dispatcher.Users.log
	if reset {
		log.reset()
		c.Reply.Status("OK")
		return nil
	}
	entries := log.latest(n)
	c.Reply.Array(len(entries))
	for _, e := range entries {
		c.Reply.Map(10)
		integer := func(name string, n int64) {
			c.Reply.BulkString(name)
			c.Reply.Int(n)
		}
		text := func(name, value string) {
			c.Reply.BulkString(name)
			c.Reply.BulkString(value)
		}
		integer("count", int64(e.count))
		text("reason", e.reason)
		text("context", e.context)
		text("object", e.object)
		text("username", e.username)
		c.Reply.BulkString("age-seconds")
		c.Reply.Double(float64(c.Op.Now-e.updated) / 1000)
		text("client-info", e.client)
		integer("entry-id", e.id)
		integer("timestamp-created", e.created)
		integer("timestamp-last-updated", e.updated)
	}
	return nil
}

// permit returns an error where the client's user may not make the request, and notes it in the log.
func (s *Dispatcher) permit(c *Call) error {
	c.keys = c.keys[:0]
	if c.restricted() {
		c.keys, _ = c.Command.appendKeys(c.keys, c.Words)
	}
	denied := c.Client.user.may(c.Command, c.Words, c.keys)
	if denied == nil {
		return nil
	}
	s.noteDenied(c, denied)
	if c.step != nil && c.step.queued {
		return denied.sinceQueued()
	}
	return Error("NOPERM " + denied.Error())
}

// noteDenied counts a denial and notes it in the log.
func (s *Dispatcher) noteDenied(c *Call, denied *aclDenial) {
	object, count := denied.object, &s.Users.deniedCommands
	switch denied.reason {
	case "key":
		object, count = redacted(object), &s.Users.deniedKeys
	case "channel":
		object, count = redacted(object), &s.Users.deniedChannels
	}
	count.Add(1)
	s.Users.log.add(denialEntry{
		reason: denied.reason, context: c.context(), object: object, username: c.Client.user.Name, created: c.Op.Now, client: string(c.Client.Info().appendLine(nil)),
	})
}

// context returns where a request was denied, as ACL LOG names it: in a script, in a transaction, or neither.
func (c *Call) context() string {
	switch {
	case c.inner:
		return "lua"
	case c.Client.queue != nil:
		return "multi"
	}
	return "toplevel"
}

// restricted reports whether the client's user may use some keys only.
func (c *Call) restricted() bool { return c.Client.user != nil && !c.Client.user.allKeys }

// mayUse reports whether the user may do to a session what the command does to any of its keys. It is for sessions to
// which an alias leads, which the request does not name.
func (c *Call) mayUse(id []byte) bool {
	c.aliased = true
	if !c.restricted() {
		return true
	}
	var access KeyFlags
	for _, key := range c.keys {
		access |= key.Access &^ AnySuffix
	}
	return c.Client.user.mayUse(id, access)
}

// MayRead reports whether the client's user may read a key.
func (c *Call) MayRead(key []byte) bool {
	return !c.restricted() || c.Client.user.mayUse(key, Access)
}
