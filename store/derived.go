package store

import "context"

// Deriver is the ability of an engine with lists to store one that is made of a large collection. Others do not wait
// for the making.
type Deriver interface {
	// Derive begins to make a list of the list, set or sorted set under a key. It returns nil where there is none, or a small
	// one: a step of several operations does as well then. Errors: ErrLong.
	Derive(ctx context.Context, op Op, source []byte) (Derivation, error)
}

// Derivation is a list that is made. It has to be closed.
type Derivation interface {
	// Replace is ReplaceList, unless the collection has changed since Derive: then it changes nothing. It reports whether it
	// has replaced. Errors: ErrNoMemory.
	Replace(target []byte, elements [][]byte) (bool, error)
	Close()
}
