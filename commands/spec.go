package commands

import "strings"

// Spec is a command. Everything that is known about it stands here or is derived from it: its name, arity, arguments
// and keys from the usage line, its categories from group and flags, the reference in the README from all of it.
type Spec struct {
	Usage   string // name and arguments, as parseUsage reads them
	Summary string // one sentence
	Group   Group
	Flags   Flags
	Since   string // the version of sessd that had it first
	Example string // "command -> reply", as redis-cli shows them with --json; the test runs it on a fresh server
	Run     func(*Call) error
}

// Group is a family of commands: a heading of the reference and a category.
type Group string

// The groups.
const (
	SessionGroup    Group = "session"
	StringGroup     Group = "string"
	GenericGroup    Group = "generic"
	ConnectionGroup Group = "connection"
	ServerGroup     Group = "server"
)

// Flags says what a command does and when it may run.
type Flags uint16

// The flags, named as in COMMAND INFO.
const (
	ReadOnly      Flags = 1 << iota // looks and never changes an entry's value
	Write                           // may change entries
	DenyOOM                         // refused while memory is over its limit
	Admin                           // for operators
	NoAuth                          // runs before AUTH
	Fast                            // its cost does not grow with what is stored
	Loading                         // runs while data is loaded
	Stale                           // needs no data
	Dangerous                       // may harm a server in use
	NoScript                        // not for scripts
	NoMulti                         // not in a transaction
	Keyspace                        // looks at the whole keyspace
	Blocking                        // may answer later
	AnyKey                          // reaches entries that the request does not name
	ForConnection                   // clients send it when they connect: in @connection, whatever its group
)

var flagNames = []string{"readonly", "write", "denyoom", "admin", "no_auth", "fast", "loading", "stale", "", "noscript", "no_multi", "", "blocking"}

// names returns the flags that COMMAND INFO shows.
func (f Flags) names() []string {
	var names []string
	for i, name := range flagNames {
		if f&(1<<i) != 0 && name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Command is a row with all that derives from it.
type Command struct {
	Spec
	Name     string // in small letters; of a subcommand "container|name"
	Arity    int    // words with the name; negative: at least so many
	FirstKey int    // position of the first key among the words; 0: none
	LastKey  int    // position of the last key; -1: the last word
	KeyStep  int    // distance between keys
	args     []argument
	literals []string            // words of the usage line that stand for themselves
	words    int                 // of the name: 2 for a subcommand
	index    int                 // position in the table, for statistics
	subs     map[string]*Command // of a container, by their last word
	order    []*Command          // the same in the table's order
}

// newCommand derives a command from its row.
func newCommand(row Spec) (*Command, error) {
	name, args, err := parseUsage(row.Usage)
	if err != nil {
		return nil, err
	}
	c := &Command{Spec: row, Name: strings.ToLower(strings.Join(name, "|")), args: args, words: len(name), literals: literals(row.Usage)}
	c.Arity = arity(len(name), args)
	c.FirstKey, c.LastKey, c.KeyStep = keySpan(len(name), args)
	return c, nil
}

// fits reports whether a request of n words has the command's arity.
func (c *Command) fits(n int) bool {
	return n == c.Arity || c.Arity < 0 && n >= -c.Arity
}

// categories returns the command's categories, without the @.
func (c *Command) categories() []string {
	f := c.Flags
	var all []string
	if c.Group != GenericGroup && c.Group != ServerGroup {
		all = append(all, string(c.Group))
	}
	if f&ForConnection != 0 {
		all = append(all, string(ConnectionGroup))
	}
	if c.Group == GenericGroup || f&Keyspace != 0 {
		all = append(all, "keyspace")
	}
	for _, one := range []struct {
		name string
		has  bool
	}{
		{"read", f&ReadOnly != 0 && (c.FirstKey != 0 || f&Keyspace != 0)},
		{"write", f&Write != 0},
		{"admin", f&Admin != 0},
		{"dangerous", f&(Admin|Dangerous) != 0},
		{"blocking", f&Blocking != 0},
		{"fast", f&Fast != 0},
		{"slow", f&Fast == 0},
	} {
		if one.has {
			all = append(all, one.name)
		}
	}
	return all
}

// keys returns the words of a request that are keys.
func (c *Command) keys(words [][]byte) [][]byte {
	if c.FirstKey == 0 {
		return nil
	}
	last := c.LastKey
	if last < 0 {
		last += len(words)
	}
	var keys [][]byte
	for i := c.FirstKey; i <= last && i < len(words); i += c.KeyStep {
		keys = append(keys, words[i])
	}
	return keys
}
