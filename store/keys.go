package store

import "context"

// Keys is the ability to treat entries of every type alike.
type Keys interface {
	// KeyType returns the type of an entry, TypeNone when there is none.
	KeyType(ctx context.Context, op Op, key []byte) (Type, error)
	// Expiry returns when an entry expires, in milliseconds since the Unix epoch, or Never; found is false when there is
	// no entry.
	Expiry(ctx context.Context, op Op, key []byte) (at int64, found bool, err error)
	// Expire changes when an entry expires and reports whether it did. A time that is not after op.Now destroys the
	// entry. For a session it sets the idle timeout to the distance from now and counts as use. The absolute timeout
	// stays, so the session may expire earlier than asked.
	Expire(ctx context.Context, op Op, key []byte, e ExpireOptions) (bool, error)
	// Persist removes an entry's expiry and reports whether it had one. Of a session it removes the idle timeout alone, says
	// whether it had that, and does not count as use.
	Persist(ctx context.Context, op Op, key []byte) (bool, error)
	// Delete destroys entries of any type and returns how many there were. A key named twice counts once.
	Delete(ctx context.Context, op Op, keys [][]byte) (int, error)
	// Exists returns how many of the keys have entries. A key named twice counts twice.
	Exists(ctx context.Context, op Op, keys [][]byte) (int, error)
	// Touch counts as use of entries of any type, which renews the idle timeout of a session, and returns how many there
	// were. A key named twice counts twice.
	Touch(ctx context.Context, op Op, keys [][]byte) (int, error)
	// Scan visits some keys and returns the next cursor, 0 when the round is over. A round begins with cursor 0. A key
	// that is there from the round's beginning to its end is visited at least once, whatever happens to the others.
	Scan(ctx context.Context, op Op, cursor uint64, s ScanOptions, visit func(key []byte)) (next uint64, err error)
	// RandomKey returns a copy of one key, each as likely as any other as far as the engine can, or nil.
	RandomKey(ctx context.Context, op Op) ([]byte, error)
	// Size returns the number of entries in the keyspace.
	Size(ctx context.Context, op Op) (int, error)
	// Flush removes every entry of the keyspace, or of all keyspaces, in one step. They count as destroyed.
	Flush(ctx context.Context, op Op, all bool) error
	// KeyBytes returns the memory that the engine counts for an entry; found is false when there is none.
	KeyBytes(ctx context.Context, op Op, key []byte) (n int64, found bool, err error)
}

// ExpireOptions is a new expiry with its conditions, which are all compared to the expiry that Expiry returns; Never counts
// as later than any time.
type ExpireOptions struct {
	At        int64 // milliseconds since the Unix epoch; may lie in the past
	IfNever   bool  // only an entry that never expires
	IfExpires bool  // only an entry that expires
	IfLater   bool  // only if At is later than the expiry
	IfEarlier bool  // only if At is earlier than the expiry
}

// ScanOptions says which keys a step of a scan visits.
type ScanOptions struct {
	Match *Pattern // nil: every key
	Type  Type     // TypeNone: every type
	Count int      // about how many entries to look at; at least 1
}
