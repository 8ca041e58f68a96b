package store

// Rememberer is the ability to find a key sooner for who asks for it several times in a row.
type Rememberer interface {
	// NewMemo returns a Memo that remembers nothing yet.
	NewMemo() Memo
}

// Memo is what an engine remembers of the key of an operation for the next one, which may be on the same key. It changes
// nothing but the cost of operations, which have it in their Op.Memo, one at a time. Only the engine that made it may be asked with it.
type Memo interface {
	// Forget lets go of what is remembered.
	Forget()
}
