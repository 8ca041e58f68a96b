package store

import "context"

// Sets is the ability to hold sets: different members under a key, in no order. A set without members is none. Where the
// key holds an entry of another type, operations return ErrWrongType.
type Sets interface {
	// ReadSet shows a set, or a part of it. Where there is none it shows one without members.
	ReadSet(ctx context.Context, op Op, key []byte, r SetRead, v SetVisitor) error
	// AddToSet adds members, makes the set if there is none, keeps its expiry, and returns how many are new.
	// Errors: ErrNoMemory.
	AddToSet(ctx context.Context, op Op, key []byte, members [][]byte) (added int, err error)
	// RemoveFromSet removes members, and the set with its last one. It returns how many there were. Errors: ErrNoMemory.
	RemoveFromSet(ctx context.Context, op Op, key []byte, members [][]byte) (int, error)
	// MoveMember moves a member from a set to another one, and reports whether it was there. The sets change as RemoveFromSet
	// and AddToSet change them, in one step. Errors: ErrNoMemory.
	MoveMember(ctx context.Context, op Op, from, to, member []byte) (moved bool, err error)
	// PopFromSet shows up to count different members at random and removes them, and the set with its last one.
	// count is not negative. Errors: ErrNoMemory, with nothing shown.
	PopFromSet(ctx context.Context, op Op, key []byte, count int64, v SetVisitor) error
	// ScanSet visits about count members from a cursor on, as ScanHash does fields.
	ScanSet(ctx context.Context, op Op, key []byte, cursor uint64, count int, visit func(member []byte)) (next uint64, err error)
	// RandomFromSet shows members at random, as RandomFields does fields.
	RandomFromSet(ctx context.Context, op Op, key []byte, count int64, v SetVisitor) error
}

// SetRead says what of a set is shown. The zero value is every member.
type SetRead struct {
	Members [][]byte // nil: all; else these, in their order, found or not
	Size    bool     // none: the count alone
}

// SetVisitor is shown a set while it is locked.
type SetVisitor interface {
	// Set comes first: with ReadSet the count of members in the set, else of those to be shown.
	Set(members int)
	// Member comes for every member that is shown.
	Member(member []byte, found bool)
}
