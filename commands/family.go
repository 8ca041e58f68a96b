package commands

import "slices"

// Family is the commands of one type or topic. A package adds its commands to the server by returning one.
type Family struct {
	Group      Group    // of every Spec that names none
	Categories []string // ACL categories of the commands of that group, without the @
	// Missing is what the commands answer because the engine lacks the ability behind them; empty: it has it.
	Missing Error
	// Values names the types of values in usage lines, as COMMAND DOCS has them. A value of type "key" is a key.
	Values map[string]string
	// Errors returns the wire text of an error of the family's ability, or "" for any other. It may be nil.
	Errors func(error) Error
	// Configure puts options in force, at the start and after CONFIG SET. It may be nil.
	Configure func(*Options) error
	Metrics   []Metric // what the family counts
	// Leave ends what the family keeps of a client (Call.Kept) that sent RESET or is gone. It may be nil.
	Leave func(kept any)
	// Listeners visits every client with each channel or pattern that it listens to. It may be nil.
	Listeners func(visit func(c *Client, name string, pattern bool))
	// Close ends what the family does beside calls, before the engine closes. It may be nil.
	Close func()
	// Scratch makes what Call.Scratch returns to the family's handlers. It may be nil.
	Scratch func() any
	Specs   []Spec
	// Extends says that the rows are subcommands of containers which other families have.
	Extends bool
}

// commonValues are the types of values that mean the same in every family. A name that nobody lists is a string's.
var commonValues = map[string]string{
	"key": "key", "newkey": "key", "destination": "key", "pattern": "pattern", "unix-time-seconds": "unix-time", "unix-time-milliseconds": "unix-time",
	"n": "integer", "count": "integer", "seconds": "integer", "ms": "integer", "milliseconds": "integer", "cursor": "integer",
	"index": "integer", "increment": "integer", "decrement": "integer", "offset": "integer", "start": "integer", "end": "integer", "numkeys": "integer", "numfields": "integer",
}

// valueType returns the type of the value with a name.
func (f *Family) valueType(name string) string {
	if kind := f.Values[name]; kind != "" {
		return kind
	}
	if kind := commonValues[name]; kind != "" {
		return kind
	}
	return "string"
}

// coreFamilies returns the commands on connections and on the server, which need the inside of this package.
func coreFamilies() []Family {
	return []Family{
		{
			Group: ConnectionGroup, Categories: []string{"connection"},
			Values: map[string]string{"protover": "integer", "client-id": "integer"},
			Specs:  slices.Concat(connectionSpecs(), clientSpecs(), pauseSpecs(), unblockSpecs(), replyModeSpecs()),
		},
		{
			Group: ServerGroup,
			Specs: slices.Concat(
				commandSpecs(), configSpecs(), infoSpecs(), serverSpecs(), replicationSpecs(), debugSpecs(), moduleSpecs(), monitorSpecs(), aclSpecs(), slowlogSpecs(), latencySpecs(),
				persistenceSpecs(),
			),
		},
	}
}
