package store

// Limiter is the ability to hold entries to limits that may change while the engine runs.
type Limiter interface {
	Limits() Limits
	// SetLimits takes effect for the operations that follow. Entries that are larger already stay as they are, and may
	// change as long as they do not grow.
	SetLimits(Limits)
}

// Limits bounds what an engine holds. A field that is 0 sets no limit.
type Limits struct {
	SessionFields int64 // fields of one session, in all its components
	SessionBytes  int64 // bytes of one session's names and values, principal and component names included, the id not
	StringBytes   int64 // length of a plain string that APPEND or SETRANGE makes
	MaxMemory     int64 // bytes of all entries and their index; operations that add answer ErrNoMemory above it
	Policy        Policy
}

// ActiveExpirer is the ability to leave entries that have expired where they are until somebody looks for them, for tests of
// applications. For every operation they are gone all the same.
type ActiveExpirer interface {
	// SetActiveExpire begins or ends the removal of what has expired in the background, which is under way at the start.
	SetActiveExpire(on bool)
}
