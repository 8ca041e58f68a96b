// Package store is the contract of an engine: what the commands ask of the thing that holds sessions and keys.
// It knows nothing of the Redis protocol. An ability (sessions, keys, strings, ...) is one small interface in one
// file; an engine implements those it has, and storetest holds every engine to the same behaviour.
//
// # Operations
//
// An operation is a whole intention (create, load, save with its change, destroy), never a read followed by a write. It is
// decided once, under the engine's lock, so an engine may as well be remote. An operation on several keys is one step for
// everybody else. One that deletes, counts, touches or lists very many would hold up the others, and works in steps of
// hundreds. DestroyPrincipal is one step however many there are.
//
// An Op says where, when and for whom. Transactor (transactions.go) makes several operations one step: those that belong to
// it have it in Op.Tx. An operation with
// the context Immediate never waits: an engine that would have to returns ErrWaits, and its caller leaves the event loop.
//
// # Changes
//
// An engine that is Observable reports each change of an entry (changes.go): the event, the key, the expiry,
// and the number of the step. Keyspace events, session events, WATCH and client-side caching are observers.
//
// # Bytes and errors
//
// Byte slices handed to an operation belong to the caller and may change when it returns: an engine copies what it
// keeps. Byte slices handed to a visitor belong to the engine and are valid during that call only; a visitor must
// neither keep them nor call the engine. An operation that returns an error has not called its visitor,
// and one whose visitor panics lets go of what it holds.
//
// Every operation that changes an entry may return ErrNoMemory, having changed nothing: the engine is at its limit, or the
// system refuses memory.
//
// Times and distances may have any value: where a sum is more than an int64 holds, the greatest int64 stands for it.
package store

// Op says in which keyspace and at which time an operation happens. The time is taken once for a batch of requests
// and passed in, so every decision of one operation sees the same instant.
type Op struct {
	Keyspace int   // from 0 to Engine.Keyspaces() - 1
	Now      int64 // milliseconds since the Unix epoch, from a Clock
	Client   int64 // who asks, for observers; 0: nobody that they know
	// May reports whether the caller may use the session under an id, to which a key led as an alias. It is called under the
	// lock of the session, must not call the engine, and nil permits all.
	May func(id []byte) bool
	Tx  Tx // the step that the operation is part of; nil: it is one of its own
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
