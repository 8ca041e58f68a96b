// Package store is the contract of an engine: what the commands ask of the thing that holds sessions and keys. It knows
// nothing of the Redis protocol. An ability (sessions, keys, strings, ...) is one small interface in one file. An
// engine implements those it has, and storetest holds every engine to the same behaviour.
//
// # Operations
//
// An operation is a whole intention (create, load, save with its change, destroy), never a read followed by a write. It is
// decided once, under the engine's lock, so an engine may as well be remote. An operation on several keys is one step for
// everybody else. One that deletes, counts, touches or lists very many would hold up the others, and works in steps of
// hundreds. DestroyPrincipal is one step however many there are.
//
// An Op says where, when and for whom. Transactor (transactions.go) makes several operations one step: those that
// belong to it have it in Op.Tx. An operation with the context Immediate never waits: an engine that would have to
// returns ErrWaits, and its caller leaves the event loop.
//
// # Changes
//
// An engine that is Observable reports each change of an entry (changes.go): the event, the key, the expiry,
// and the number of the step. Keyspace events, session events, WATCH and client-side caching are observers.
//
// # Bytes and errors
//
// Byte slices handed to an operation belong to the caller and may change when it returns: an engine copies what it
// keeps. Byte slices handed to a visitor belong to the engine and are valid during that call only. A visitor must
// neither keep them nor call the engine. An operation that returns an error has not called its visitor, and one whose
// visitor panics lets go of what it holds. What pops few elements shows them while they are there, and what pops many
// may show them when they are gone.
//
// Every operation that changes an entry may return ErrNoMemory, having changed nothing. The engine is at its limit, or
// the system refuses memory.
//
// Times and distances may have any value: where a sum is more than an int64 holds, the greatest int64 stands for it.
package store
