package lua

// Kind is the type of a reply.
type Kind uint8

// The kinds of RESP2 and RESP3.
const (
	// Null is nil to a script that speaks RESP3, and false to one that speaks RESP2.
	Null Kind = iota
	// Status is the table {ok = text} to a script.
	Status
	// Error is the table {err = text}. Its text begins with the code.
	Error
	Int
	Bulk
	Array
	Map
	Set
	Double
	Bool
	Verbatim
	BigNumber
)

// Value is a reply: of a command to a script, or of a script to its client.
type Value struct {
	Kind Kind
	// Text is the text of Status, Error, Bulk, Verbatim and BigNumber.
	Text string
	// Format is the three letters of Verbatim.
	Format string
	// Int is the number of Int, and 0 or 1 for Bool.
	Int int64
	// Float is the number of Double.
	Float float64
	// Items are the elements of Array and Set, and keys and values by turns of Map.
	Items []Value
}

// Host is the server as a script sees it.
type Host interface {
	// Call runs a command and returns its reply in RESP2 or RESP3. The words belong to the script: Call neither changes nor
	// keeps them.
	Call(words [][]byte, resp int) Value
	// Log writes a line at one of the levels LogDebug to LogWarning.
	Log(level int, text string)
	// Permits reports whether the user of the script may run a command, and whether there is such a command.
	Permits(words [][]byte) (permitted, known bool)
	// Replicate chooses where the changes of the next commands go: the bits ReplicateAOF and ReplicateReplicas.
	Replicate(where int)
}

// The levels of redis.log.
const (
	LogDebug = iota
	LogVerbose
	LogNotice
	LogWarning
)

// The bits of redis.set_repl.
const (
	ReplicateAOF      = 1
	ReplicateReplicas = 2
)
