package store

import (
	"errors"
	"fmt"
)

// Errors about the entry that an operation names.
var (
	// ErrNoSession says that there is no live session under that id.
	ErrNoSession = errors.New("no such session")
	// ErrSessionExists says that a live session already has that id.
	ErrSessionExists = errors.New("session already exists")
	// ErrSessionID says that a session cannot have such an id: it is empty or longer than MaxSessionID.
	ErrSessionID = errors.New("wrong length of a session id")
	// ErrWrongType says that the key holds an entry of another type.
	ErrWrongType = errors.New("wrong type of entry")
)

// Errors about the value of a string.
var (
	// ErrNotInteger says that a string is not a signed 64-bit decimal integer.
	ErrNotInteger = errors.New("value is not an integer")
	// ErrNotFloat says that a string is not a floating-point number.
	ErrNotFloat = errors.New("value is not a float")
	// ErrOverflow says that an increment would leave the signed 64-bit range.
	ErrOverflow = errors.New("increment overflows")
	// ErrNotFinite says that an increment would make infinity or not a number.
	ErrNotFinite = errors.New("increment is not finite")
	// ErrStringTooLong says that a string would grow past the limit of its engine.
	ErrStringTooLong = errors.New("string too long")
)

// Errors about a string as a HyperLogLog.
var (
	// ErrNotHyperLogLog says that a string is no HyperLogLog.
	ErrNotHyperLogLog = errors.New("string is no HyperLogLog")
	// ErrCorruptHyperLogLog says that a string begins as a HyperLogLog and does not go on as one.
	ErrCorruptHyperLogLog = errors.New("corrupted HyperLogLog")
)

// ErrNoMemory says that the engine is at its memory limit and may not evict, or that the system has no more. Nothing was
// changed.
var ErrNoMemory = errors.New("memory limit reached")

// RevisionError says that a save was bound to another revision than the session has. Nothing was saved.
type RevisionError struct {
	Revision int64 // the session's revision
}

func (e *RevisionError) Error() string {
	return fmt.Sprintf("session is at revision %d", e.Revision)
}

// LockedError says that a session is locked with another token. Nothing was changed.
type LockedError struct {
	For int64  // milliseconds until the lock ends, if nobody ends it before
	ID  []byte // under which the session lives now, whichever of its ids was asked; nil: not known
}

func (e *LockedError) Error() string { return fmt.Sprintf("session is locked for %d ms", e.For) }

// ErrNotLocked says that a session is not locked with a token, or not any more. Nothing was changed.
var ErrNotLocked = errors.New("session is not locked with this token")

// LimitError says that an operation would make more of something than a limit allows. Nothing was changed.
type LimitError struct {
	Of   string // what has the limit; empty: "a session"
	What string // what is limited, in the plural: "fields", "components", "bytes", "sessions"
	Max  int64  // the limit
}

func (e *LimitError) Error() string {
	of := e.Of
	if of == "" {
		of = "a session"
	}
	return fmt.Sprintf("%s may have at most %d %s", of, e.Max, e.What)
}

// ErrMissing says that the engine cannot do that. Nothing was changed.
var ErrMissing = errors.New("the engine cannot do that")

// MissingError is an ErrMissing that says what cannot be done.
type MissingError struct{ What string }

func (e *MissingError) Error() string { return ErrMissing.Error() + ": " + e.What }

// Unwrap returns ErrMissing.
func (e *MissingError) Unwrap() error { return ErrMissing }

// UnavailableError says that the server behind the engine cannot be asked. Nothing was changed.
type UnavailableError struct{ Reason string }

func (e *UnavailableError) Error() string { return "upstream unavailable: " + e.Reason }

// UncertainError says that nobody knows whether the operation happened, or whether it will last. It may be done again.
type UncertainError struct{ Reason string }

func (e *UncertainError) Error() string { return "uncertain: " + e.Reason }

// ErrNotPermitted says that a key leads to a session that the caller may not use. Nothing was changed.
var ErrNotPermitted = errors.New("not permitted")
