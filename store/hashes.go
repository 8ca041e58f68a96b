package store

import "context"

// Hashes is the ability to hold hashes: fields with values under a key. A hash without fields is none. Where the key holds
// an entry of another type, operations return ErrWrongType.
type Hashes interface {
	// ReadHash shows a hash, or a part of it. Where there is none it shows one without fields.
	ReadHash(ctx context.Context, op Op, key []byte, r HashRead, v HashVisitor) error
	// SetHash gives fields values, makes the hash if there is none, keeps its expiry, and returns how many fields are new.
	// pairs are name, value, name, value ...; the last of equal names counts. With ifAbsent nothing is set when any of the
	// fields is there. Errors: ErrNoMemory.
	SetHash(ctx context.Context, op Op, key []byte, pairs [][]byte, ifAbsent bool) (added int, err error)
	// DeleteFields removes fields, and the hash with its last one. It returns how many there were. Errors: ErrNoMemory.
	DeleteFields(ctx context.Context, op Op, key []byte, fields [][]byte) (int, error)
	// IncrField adds to the integer in a field, 0 when absent. Errors: ErrNotInteger, ErrOverflow, ErrNoMemory.
	IncrField(ctx context.Context, op Op, key, field []byte, delta int64) (int64, error)
	// IncrFieldFloat adds to the number in a field as AddFloat does, 0 when absent, and returns the sum, copied.
	// Errors: those of AddFloat, ErrNoMemory.
	IncrFieldFloat(ctx context.Context, op Op, key, field, delta []byte) ([]byte, error)
	// ScanHash visits about count fields from a cursor on and returns the next one, 0 when the round is over. A round begins
	// with cursor 0. A field that is there from the round's beginning to its end is visited at least once. Many are
	// visited in steps, between which others may change the hash.
	ScanHash(ctx context.Context, op Op, key []byte, cursor uint64, count int, visit func(name, value []byte)) (next uint64, err error)
	// RandomFields shows up to count different fields at random, or with a negative count so many of which each may be any.
	// Very many of the latter are drawn in steps, between which others may change the hash.
	RandomFields(ctx context.Context, op Op, key []byte, count int64, v HashVisitor) error
}

// HashRead says what of a hash is shown. The zero value is every field, in any order.
type HashRead struct {
	Fields [][]byte // nil: all; else these, in their order, found or not
	Size   bool     // none: the count alone
}

// HashVisitor is shown a hash while it is locked.
type HashVisitor interface {
	// Hash comes first: with ReadHash the count of fields in the hash, with RandomFields of those to be shown.
	Hash(fields int)
	// Field comes for every field that is shown. value is nil where found is false.
	Field(name, value []byte, found bool)
}
