package store

// Op says in which keyspace and at which time an operation happens. The time is taken once for a batch of requests
// and passed in, so every decision of one operation sees the same instant.
type Op struct {
	Keyspace int   // from 0 to Engine.Keyspaces() - 1
	Now      int64 // milliseconds since the Unix epoch, from a Clock
	Client   int64 // who asks, for observers; 0: nobody that they know
	// May reports whether the caller may use the session under an id, to which a key led as an alias. It is called under the
	// lock of the session, must not call the engine, and nil permits all.
	May  func(id []byte) bool
	Tx   Tx   // the step that the operation is part of; nil: it is one of its own
	Memo Memo // what the engine remembers for it; nil: nothing
}

// Lasting returns the operation without what is its request's alone, for when it outlasts that.
func (o Op) Lasting() Op {
	o.May, o.Memo = nil, nil
	return o
}

// Engine is what every engine has. The abilities are the other interfaces of this package, found by type assertion.
type Engine interface {
	// Keyspaces returns the number of keyspaces, which is fixed.
	Keyspaces() int
	// Close ends background work and releases memory. No operation may be running or follow.
	Close() error
}

// Never is the expiry of an entry that does not expire.
const Never int64 = -1

// Cause says why an entry was removed. The three are never mixed.
type Cause uint8

// The causes of a removal.
const (
	Destroyed Cause = iota // ended by a client
	Expired                // ended by time
	Evicted                // removed to make room
)

// String returns the cause in one word.
func (c Cause) String() string { return [...]string{"destroyed", "expired", "evicted"}[c] }
