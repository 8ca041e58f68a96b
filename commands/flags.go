package commands

// Flags says what a command does and when it may run.
type Flags uint32

// The flags, named as in COMMAND INFO.
const (
	Write           Flags = 1 << iota // may change entries
	ReadOnly                          // looks and never changes an entry's value
	DenyOOM                           // refused while memory is over its limit
	Admin                             // for operators
	PubSub                            // on messages
	NoScript                          // not for scripts
	Blocking                          // may answer later
	Loading                           // runs while data is loaded
	Stale                             // needs no data
	SkipMonitor                       // not shown by MONITOR
	SkipSlowLog                       // not in the log of slow commands
	Asking                            // for one slot of a cluster that moves
	Fast                              // its cost does not grow with what is stored
	NoAuth                            // runs before AUTH
	MayReplicate                      // may cause writes though it is none; not shown
	NoMandatoryKeys                   // may come without a key
	AllowBusy                         // runs while a script runs too long
	NoMulti                           // not in a transaction
	NoAsyncLoading                    // not while data is replaced
	movableKeys                       // derived: the first, the last and the step do not find every key

	Dangerous     // may harm a server in use
	Keyspace      // looks at the whole keyspace
	AnyKey        // reaches entries that the request does not name
	EndsSessions  // a session's id may be of no use any more
	Filtered      // with AnyKey: shows of them what the user may read
	Figures       // reads figures of the whole store
	Unqueued      // runs at once where a transaction would queue it
	Executes      // runs what the client's transaction has queued
	Listening     // runs in the pub/sub mode of RESP2
	ForConnection // clients send it when they connect: in @connection, whatever its group
)

// flagNames are the names of flags, in Redis's order, as far as COMMAND INFO shows them.
var flagNames = [...]string{
	"write", "readonly", "denyoom", "admin", "pubsub", "noscript", "blocking", "loading", "stale", "skip_monitor", "skip_slowlog", "asking", "fast",
	"no_auth", "", "no_mandatory_keys", "allow_busy", "no_multi", "no_async_loading", "movablekeys",
}

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
