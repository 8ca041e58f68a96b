package store

import "context"

// Strings is the ability to hold plain strings: one value under a key. Where the key holds an entry of another type,
// operations return ErrWrongType unless they say otherwise.
type Strings interface {
	// GetString shows the value.
	GetString(ctx context.Context, op Op, key []byte, v ValueVisitor) error
	// GetStrings shows the values of several keys in their order, as one step. An entry of another type counts as absent.
	GetStrings(ctx context.Context, op Op, keys [][]byte, v ValueVisitor) error
	// GetStringExpire shows the value and changes its expiry: at milliseconds since the Unix epoch, or Never. A time that
	// is not after op.Now destroys the entry.
	GetStringExpire(ctx context.Context, op Op, key []byte, at int64, v ValueVisitor) error
	// DeleteString shows the value and destroys the entry.
	DeleteString(ctx context.Context, op Op, key []byte, v ValueVisitor) error
	// SetString stores a value over an entry of any type, and reports whether its condition let it.
	// A time that is not after op.Now destroys the entry instead. Errors: ErrNoMemory; ErrWrongType only with Previous.
	SetString(ctx context.Context, op Op, key, value []byte, s SetOptions) (bool, error)
	// SetStrings stores key, value, key, value ... over entries of any type as one step; the last of equal keys counts.
	// With ifNone it stores nothing, and returns false, when any of the keys has an entry. Errors: ErrNoMemory.
	SetStrings(ctx context.Context, op Op, pairs [][]byte, ifNone bool) (bool, error)
	// IncrString adds to the integer in a string, 0 when absent, and keeps its expiry.
	// Errors: ErrNotInteger, ErrOverflow, ErrNoMemory.
	IncrString(ctx context.Context, op Op, key []byte, delta int64) (int64, error)
	// IncrStringFloat adds to the number in a string as AddFloat does, 0 when absent, keeps its expiry and returns the new
	// value, copied. Errors: those of AddFloat, ErrNoMemory.
	IncrStringFloat(ctx context.Context, op Op, key, delta []byte) ([]byte, error)
	// AppendString adds bytes at the end of a string, empty when absent, keeps its expiry and returns the new length.
	// Errors: ErrStringTooLong, ErrNoMemory.
	AppendString(ctx context.Context, op Op, key, tail []byte) (int, error)
	// SetStringRange overwrites a string from an offset on, which is not negative, with zero bytes before it where
	// there was nothing. It keeps the expiry and returns the new length. An empty part changes nothing. Errors:
	// ErrStringTooLong, ErrNoMemory.
	SetStringRange(ctx context.Context, op Op, key []byte, offset int64, part []byte) (int, error)
}

// ValueVisitor is shown a value while its entry is held. found is false, and value nil, when there is none.
type ValueVisitor interface {
	Value(value []byte, found bool)
}

// PartVisitor is a ValueVisitor that wants a part of the value. Of a long one it is shown a copy, while nothing is held.
type PartVisitor interface {
	ValueVisitor
	// Wants returns the part of a value of a length that is to be shown. It may run more than once.
	Wants(length int) (from, to int)
	// Part comes in place of Value, with that part of a value of a length. The bytes are the visitor's own.
	Part(part []byte, from, length int)
}

// SetOptions is how a string is stored.
type SetOptions struct {
	ExpireAt  int64        // milliseconds since the Unix epoch; Never for none; with KeepTTL not looked at
	KeepTTL   bool         // keep the expiry of the entry that is replaced
	IfAbsent  bool         // only when there is no entry
	IfPresent bool         // only when there is one
	Previous  ValueVisitor // when not nil, is shown the value before, whether or not the new one is stored
}
