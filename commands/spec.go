package commands

// Spec is a command. Everything that is known about it stands here or is derived from it. The usage line gives name,
// arity, arguments and keys; group and flags give the categories; all of it gives the reference.
type Spec struct {
	Usage   string // name and arguments, as parseUsage reads them
	Summary string // one sentence
	Group   Group  // empty: the family's
	Flags   Flags
	Since   string // the version of sessd that had it first
	Example string // "command -> reply", as redis-cli shows them with --json; the test runs it on a fresh server
	Run     func(*Call) error
	Arity   int // words with the name; negative: at least so many; 0: derived from the usage line

	Access     KeyFlags     // what is done to the keys of the usage line; 0: derived from Flags
	Keys       []KeySpec    // where the keys are; nil: derived from the usage line
	Categories []string     // ACL categories beside those of the family, without the @
	Channels   *ChannelSpec // where a request names channels that the user must have a right to; nil: nowhere
	// Heavy reports whether a request may take so long that it has to run beside the loop. It reads Args, and answers
	// nothing itself. It may be nil.
	Heavy func(*Call) bool
	// KeysOf appends the keys of a request in place of Keys, which cannot find them all or say what is done to them. It
	// may be nil.
	KeysOf func(keys []Key, words [][]byte) []Key
	// Refused runs in place of Run where a request may not run, and returns what is answered instead of the error. It may
	// be nil.
	Refused func(c *Call, err error) error
}

// Group is a heading of the reference.
type Group string

// The groups of this package's own commands.
const (
	ConnectionGroup Group = "connection"
	ServerGroup     Group = "server"
)
