package store

import "time"

// LogState is the state of the log that keeps an engine, and of its snapshots.
type LogState struct {
	Loading           bool
	LoadBegan         time.Time
	LoadedBytes       int64
	LoadBytes         int64 // in all
	Policy            string
	LogBytes          int64 // after the newest snapshot
	SnapshotBytes     int64 // of the newest snapshot
	PendingBytes      int64 // that no write has taken
	UnsyncedSteps     int64
	Fsyncs            int64
	LastFsync         time.Duration
	BytesWritten      int64 // to the log, since the process began
	Changes           int64 // steps since the last snapshot began
	Snapshots         int64 // that were begun
	LastSnapshot      time.Time
	LastSnapshotTook  time.Duration // zero: none was written
	SnapshotBegan     time.Time     // of the one that is being written; zero: none is
	LastSnapshotError error
	Trouble           error // why writes are refused; nil: they are not
}
