package store

// Waiter is the ability to know that an operation would wait for something slow, a network or a disk. Its caller then
// runs the operation where waiting holds nobody up.
type Waiter interface {
	// Waits reports whether an operation on these keys may have to wait. It does not wait itself. Without keys it is asked
	// for an operation on the keyspace.
	Waits(op Op, keys [][]byte) bool
}
