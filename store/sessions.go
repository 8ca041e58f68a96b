package store

import "context"

// Limits of the old ids that lead to sessions.
const (
	MaxGrace   = 3_600_000 // milliseconds for which one does; more counts as that
	MaxAliases = 8         // of one session
)

// MaxSessionID is the greatest length of a session id in bytes. The least is 1.
const MaxSessionID = 512

// Sessions is the ability to hold sessions.
//
// A session lives until the earlier of its idle timeout (counted from its last use) and its absolute timeout (counted
// from its creation). From that millisecond on it is gone for every operation. LoadSession (unless NoTouch),
// SaveSession, IncrSession, TakeSession, AppendSession, ClearSession and TouchSession count as use when they succeed;
// nothing else here does.
//
// The revision is 0 at creation. It grows by one with each successful SaveSession, IncrSession, AppendSession and
// ClearSession of any component, and with each TakeSession that takes something.
//
// A component without fields does not exist: it appears with its first field and goes with its last.
//
// An id that RotateSession left behind with a grace period leads to the session for every operation of every ability,
// with two exceptions. RotateSession from it answers ErrNoSession, so that one of two racing rotations wins. A string
// stored under it takes its place while the session stays. The old id is an alias, not a key: Scan, RandomKey, Size and
// PrincipalSessions do not see it. It follows the session through later rotations. A session has at most MaxAliases of
// them: with one more the oldest leads nowhere. They end with their session, and are the first to be evicted.
//
// A field that is saved with a TTL is gone from that millisecond on, which is no save. A save of the field without one ends
// that; IncrSession and AppendSession keep it.
//
// Where an id holds an entry of another type, every operation returns ErrWrongType.
type Sessions interface {
	// CreateSession makes a session. Errors: ErrSessionExists, ErrWrongType, ErrNoMemory, *LimitError.
	CreateSession(ctx context.Context, op Op, id []byte, c CreateOptions) error
	// LoadSession shows a bag to v. Errors: ErrNoSession, ErrWrongType; v is not called then.
	LoadSession(ctx context.Context, op Op, id []byte, l LoadOptions, v BagVisitor) error
	// SaveSession applies a change, all of it or nothing, and returns the new revision.
	// Errors: ErrNoSession, ErrWrongType, ErrNoMemory, *RevisionError, *LimitError.
	SaveSession(ctx context.Context, op Op, id []byte, s SaveOptions) (revision int64, err error)
	// IncrSession adds to the integer in a field, which is 0 where there is none, and returns the sum.
	// Errors: as SaveSession, but *RevisionError; ErrNotInteger, and ErrOverflow where the sum is out of range.
	IncrSession(ctx context.Context, op Op, id []byte, i IncrOptions) (int64, error)
	// TakeSession shows fields of a bag (component nil: the global one) to v, as LoadSession does, and removes them. The revision that v is
	// shown is the one after that. Errors: ErrNoSession, ErrWrongType, ErrNoMemory.
	TakeSession(ctx context.Context, op Op, id, component []byte, fields [][]byte, v BagVisitor) error
	// AppendSession adds to the end of a field, which is empty where there is none, and returns how long it is then.
	// Errors: as SaveSession, but *RevisionError.
	AppendSession(ctx context.Context, op Op, id []byte, a AppendOptions) (length int, err error)
	// LockSession locks a session with a token for some milliseconds, anew where it is locked with that already. While it is
	// locked, a save without the token returns *LockedError, as do TakeSession and ClearSession; all else goes on. The
	// lock ends with its time, or with the session, whose rotations it survives. No log keeps it.
	// Errors: ErrNoSession, ErrWrongType, *LockedError, ErrNoMemory.
	LockSession(ctx context.Context, op Op, id, token []byte, ms int64) error
	// UnlockSession ends the lock of a session, and reports whether it was locked with the token. Errors: ErrWrongType.
	UnlockSession(ctx context.Context, op Op, id, token []byte) (bool, error)
	// ClearSession removes every field of a bag (nil: the global one) and returns the new revision.
	// Errors: ErrNoSession, ErrWrongType.
	ClearSession(ctx context.Context, op Op, id, component []byte) (revision int64, err error)
	// TouchSession renews the idle timeout, which becomes idle milliseconds unless idle is 0, and reports whether there
	// was a session. Errors: ErrWrongType.
	TouchSession(ctx context.Context, op Op, id []byte, idle int64) (bool, error)
	// TouchSessions is TouchSession of several, and returns how many there were; an id named twice counts twice. With
	// ErrWrongType it touched none. Where expiries is not nil it has a place for each id: when that session expires, in
	// milliseconds since the Unix epoch. That is Never, or NoExpiry where there is none.
	TouchSessions(ctx context.Context, op Op, ids [][]byte, idle int64, expiries []int64) (int, error)
	// RotateSession gives the session another id and moves all it has.
	// Errors: ErrNoSession, ErrSessionExists (newid is live, or is id itself), ErrWrongType, ErrNoMemory, *LimitError; those
	// about id come before those about newid.
	RotateSession(ctx context.Context, op Op, id, newid []byte, r RotateOptions) error
	// DestroySessions ends sessions and returns how many it ended. With ErrWrongType it ended none.
	DestroySessions(ctx context.Context, op Op, ids [][]byte) (int, error)
	// SessionMeta describes a session. Errors: ErrNoSession, ErrWrongType.
	SessionMeta(ctx context.Context, op Op, id []byte) (Meta, error)
	// PrincipalSessions returns the ids of the live sessions of a principal, copied, in no order.
	PrincipalSessions(ctx context.Context, op Op, principal []byte) ([][]byte, error)
	// DescribeSessions describes the live sessions of a principal, in no order, with some fields of their global bags.
	DescribeSessions(ctx context.Context, op Op, principal []byte, fields [][]byte) ([]SessionDescription, error)
	// DestroyHandles ends those sessions of a principal that have one of the handles, and returns how many it ended.
	DestroyHandles(ctx context.Context, op Op, principal []byte, handles [][]byte) (int, error)
	// DestroyPrincipal ends every session of a principal but the one under except, and returns how many it ended. nil
	// spares none; an alias spares the session it leads to.
	DestroyPrincipal(ctx context.Context, op Op, principal, except []byte) (int, error)
}

// NoExpiry stands for the expiry of a session that is not there.
const NoExpiry int64 = -2

// SessionTagger is the ability to choose the end of an id that sessd makes.
type SessionTagger interface {
	// AppendTag appends what a new id is to end with. former is the id in whose place it comes, nil for none.
	AppendTag(id, former []byte) []byte
}

// CreateOptions is how a session begins.
type CreateOptions struct {
	IdleTimeout          int64          // milliseconds; 0: none
	AbsoluteTimeout      int64          // milliseconds; 0: none
	RenewAfter           int64          // milliseconds after which the session should get another id; 0: never
	UninitializedTimeout int64          // milliseconds from creation, unless it is saved or bound to a principal before; 0: none
	Principal            []byte         // nil or empty: none
	PrincipalLimit       PrincipalLimit // with Principal
	Fields               [][]byte       // name, value, name, value ... of the global bag; the last of equal names counts
	More                 []BagChange
}

// LoadOptions says which bag to show, and how.
type LoadOptions struct {
	Component []byte   // nil or empty: the global bag
	Fields    [][]byte // names to show, in this order; nil: every field, in no order
	NoTouch   bool     // does not count as use
	Fresh     bool     // as it is where the truth is, and not as an engine remembers it
	Token     []byte   // nil: it does not lock; else as LockSession, in one step, for LockFor milliseconds
	LockFor   int64
	// Each makes every bag be shown, the global one first, whatever Component and Fields are. It is called before each of them.
	Each func(component []byte)
	Info *SessionInfo // is filled in before the visitor is called; nil: nobody wants it
}

// SessionInfo is what a load or a save tells of the session beside its bags.
type SessionInfo struct {
	Revision int64
	Expiry   int64 // milliseconds since the Unix epoch, or Never
	RenewAt  int64 // when the session should get another id, in milliseconds since the Unix epoch, or Never
	Bags     int   // with the global one
}

// BagVisitor is shown a bag while its session is held.
type BagVisitor interface {
	// Bag comes first: the session's revision, and how many calls of Field follow.
	Bag(revision int64, fields int)
	// Field comes once per field. found is false only for a name that was asked for and is not there.
	Field(name, value []byte, found bool)
}

// SaveOptions is a change to a session: the dirty fields of a bag, or of more, one after the other. Unset is applied before Fields.
type SaveOptions struct {
	Component   []byte   // nil or empty: the global bag
	Bound       bool     // save only if the session is at Revision
	Revision    int64    // with Bound
	IdleTimeout int64    // milliseconds, from now on; 0: as before
	Unset       [][]byte // names of fields to remove; one that is not there is no error
	Fields      [][]byte // name, value, name, value ...; the last of equal names counts
	Token       []byte   // of the lock that the session must have, or ErrNotLocked; nil: it must have none
	Unlock      bool     // with Token: ends the lock
	More        []BagChange
	Info        *SessionInfo // is filled in when the save succeeds; nil: nobody wants it
}

// BagChange is a change to one bag, as in SaveOptions.
type BagChange struct {
	Component []byte
	Unset     [][]byte
	Fields    [][]byte
	TTL       int64 // milliseconds after which Fields end, if the session does not before; 0: with the session
}

// IncrOptions is an addition to the integer in a field.
type IncrOptions struct {
	Component []byte // nil or empty: the global bag
	Field     []byte
	Delta     int64
	Min, Max  int64 // range of the sum, both included
}

// AppendOptions is an addition to the end of a field.
type AppendOptions struct {
	Component []byte // nil or empty: the global bag
	Field     []byte
	Value     []byte
	MaxLength int // bytes that the field keeps, its last; 0: all
}

// RotateOptions is how a session changes its id.
type RotateOptions struct {
	Grace          int64          // milliseconds for which the old id still leads to the session, at most MaxGrace; 0: it is dead at once
	SetPrincipal   bool           // bind the session to Principal
	Principal      []byte         // with SetPrincipal; empty: none
	PrincipalLimit PrincipalLimit // with a principal that the session has not yet
}

// PrincipalLimit bounds how many live sessions a principal has when it gets one more. It is exact, however many come at once.
type PrincipalLimit struct {
	Max   int  // with the new one, at most MaxPrincipalLimit; 0: no limit
	Evict bool // the longest unused sessions of the principal are evicted where there are too many; otherwise *LimitError
}

// Exceeded returns the error of one session too many.
func (l PrincipalLimit) Exceeded() error {
	return &LimitError{Of: "principal", What: "sessions", Max: int64(l.Max)}
}

// MaxPrincipalLimit is the greatest limit of a PrincipalLimit.
const MaxPrincipalLimit = 1024

// Meta describes a session. Its slices are copies.
type Meta struct {
	CreatedAt       int64 // milliseconds since the Unix epoch
	AccessedAt      int64 // milliseconds since the Unix epoch
	ExpiresAt       int64 // milliseconds since the Unix epoch, or Never
	IdleTimeout     int64 // milliseconds; 0: none
	AbsoluteTimeout int64 // milliseconds; 0: none
	RenewAfter      int64 // milliseconds; 0: none
	LockedUntil     int64 // milliseconds since the Unix epoch; 0: not locked
	RenewAt         int64 // when the session should get another id, in milliseconds since the Unix epoch, or Never
	Revision        int64
	Principal       []byte        // nil: none
	Components      [][]byte      // names, sorted; the global bag is not among them
	Fields          int           // of all bags
	Expiring        []FieldExpiry // fields that end before the session, the first of them first
	Bytes           int64         // memory that the engine counts for it
}

// FieldExpiry is when a field ends.
type FieldExpiry struct {
	Component, Field []byte
	At               int64 // milliseconds since the Unix epoch
}

// SessionDescription is what people are shown of a session. Its slices are copies.
type SessionDescription struct {
	ID []byte
	// Handle names the session as long as it lives, through rotations, and in an engine that got it from a log. Nobody can make an id
	// out of it, unless the id can be guessed. It is of no use without the principal.
	Handle     []byte
	CreatedAt  int64    // milliseconds since the Unix epoch
	AccessedAt int64    // milliseconds since the Unix epoch
	ExpiresAt  int64    // milliseconds since the Unix epoch, or Never
	Values     [][]byte // of the fields that were asked for; nil: not there
}
