package store

// Reporter is the ability to tell figures about an engine.
type Reporter interface {
	// Report returns the figures of this moment, which need not be of one instant. They are of all keyspaces.
	Report(op Op) Report
}

// Report is figures about an engine. Counters count from the engine's start.
type Report struct {
	UsedBytes int64 // memory that the engine counts for its entries and their index
	PeakBytes int64 // the greatest UsedBytes so far
	MaxBytes  int64 // the limit; 0: none

	Keyspaces []KeyspaceReport // one per keyspace

	Created   uint64    // sessions created
	Saved     uint64    // successful saves and clears
	Loaded    uint64    // successful loads
	Rotated   uint64    // sessions that changed their id
	Refused   uint64    // operations on sessions that were not there
	Conflicts uint64    // saves bound to another revision
	Removed   [3]uint64 // sessions removed, by Cause
	Keys      [3]uint64 // entries of every type removed, by Cause
	KeyHits   uint64    // reads of entries of any type that found one
	KeyMisses uint64    // reads of entries of any type that found none

	ExpiredFields uint64 // fields of hashes ended by a time of their own
}

// KeyspaceReport is figures about one keyspace.
type KeyspaceReport struct {
	Keys       int // entries of every type
	Expires    int // entries that expire
	Sessions   int
	Anonymous  int // sessions without a principal
	Principals int // principals with at least one session

	Types [MaxTypes]int // entries by type

	AverageTTL int64 // milliseconds until entries that expire do, on average over a sample; 0: not known

	Aliases    int   // ids that RotateSession left behind with a grace, until they are removed
	AliasBytes int64 // memory that the engine counts for them
}
