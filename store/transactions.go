package store

// Transactor is the ability to do several operations as one step for everybody else.
type Transactor interface {
	// Begin begins a step: until it ends, nothing else happens to what it covers. The operations that belong to it have
	// it in their Op.Tx, and are done one after the other. They may name keys, which are in op's keyspace, and the
	// sessions to which these lead as aliases. An operation of the step on anything else panics. With nil for keys the
	// step covers everything in all keyspaces. An operation on a principal, a new id or a whole keyspace needs that.
	//
	// room is the memory in bytes that the operations may need in all. It is made before the step begins, and nothing is
	// evicted during it; an operation that needs more has what is left below the limit. Begin returns ErrNoMemory, and has
	// evicted nothing, where there cannot be so much.
	//
	// It waits for others that have locked the same keys: a caller has one step at a time, and does nothing outside of it
	// meanwhile.
	Begin(op Op, keys [][]byte, room int64) (Tx, error)
}

// Tx is a step under way. Changes that are made in it share a number, and are seen by others once it has ended, all at
// once. There is no way back: what was done in a step is done.
type Tx interface {
	// End ends the step. It is called exactly once, whatever happened: deferred, so that a panic keeps nothing locked.
	End()
}
