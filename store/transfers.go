package store

import "context"

// Transferrer is the ability to give entries of every type another key.
type Transferrer interface {
	// TransferKey moves or copies the entry under a key to another one. found is false when there is none. done is
	// false, and nothing has changed, when there is none, or when both keys lead to the same one. So it is when the
	// target has an entry and Replace is not set. The entry keeps its expiry, and a session its metadata. Aliases of a
	// session follow it within its keyspace, and lead to no copy. Errors: ErrSessionID, ErrNoMemory.
	TransferKey(ctx context.Context, op Op, key []byte, t TransferOptions) (found, done bool, err error)
}

// Swapper is the ability to exchange what two keyspaces hold.
type Swapper interface {
	// SwapKeyspaces gives each of two keyspaces all that the other one holds, in one step. That is entries with their
	// expiry, sessions with their metadata, locks and aliases. It takes the same time however much that is.
	SwapKeyspaces(ctx context.Context, op Op, a, b int) error
}

// TransferOptions says where an entry goes.
type TransferOptions struct {
	Keyspace int    // of the target
	Key      []byte // of the target
	Copies   bool   // the entry stays where it is, too
	Replaces bool   // the target may have an entry of any type
}
