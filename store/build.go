package store

import "context"

// Builder is the ability to make an entry by several operations that are reported as one change.
type Builder interface {
	// Build calls fill, which makes the entry under a key by operations of the step that op is part of. Observers are
	// told that the key is new, and of the event. They are told of nothing that fill does there, and of nothing where
	// fill leaves no entry.
	Build(ctx context.Context, op Op, key []byte, event Event, fill func() error) error
}
