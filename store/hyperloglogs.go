package store

import "context"

// HyperLogLogs is the ability to estimate how many different elements were added to a string, in the form that Redis
// has for that. Operations return ErrWrongType where the key holds an entry of another type. They return
// ErrNotHyperLogLog for a string that is none, and ErrCorruptHyperLogLog for one that is not sound.
type HyperLogLogs interface {
	// AddElements adds elements, to one that it makes where there is none, and reports whether that changed it. It keeps the
	// expiry. Errors: ErrNoMemory.
	AddElements(ctx context.Context, op Op, key []byte, elements [][]byte) (bool, error)
	// CountElements estimates how many different elements the strings under keys have together. A key without an entry has
	// none. Of one key alone it may store the result in the string for the next time, which is no change.
	CountElements(ctx context.Context, op Op, keys [][]byte) (uint64, error)
	// MergeElements adds the elements of the strings under keys to the one under target, which it makes where there is none.
	// It keeps the expiry. Errors: ErrNoMemory.
	MergeElements(ctx context.Context, op Op, target []byte, keys [][]byte) error
}
