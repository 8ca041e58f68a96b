package journal

import "time"

// Stats are figures of a journal.
type Stats struct {
	Appended, Written, Synced uint64 // numbers of steps
	Pending                   int    // bytes that no write has taken
	Fsyncs                    int64
	LastFsync                 time.Duration
	BytesWritten              int64 // to the log, by this process
	LogBytes                  int64 // that recovery would read after the newest snapshot
	Segments                  int
	Snapshot                  uint64 // step of the newest one
	SnapshotBytes             int64
	LastSnapshot              time.Time // zero: there is none
	Saving                    bool      // a snapshot is being written
	Trouble                   *Trouble
}

// Stats returns the figures of now.
func (j *Journal) Stats() Stats {
	s := Stats{
		Appended: j.appended.Load(), Written: j.written.Load(), Synced: j.synced.Load(), Pending: j.Pending(),
		Fsyncs: j.fsyncs.Load(), LastFsync: time.Duration(j.lastSync.Load()), BytesWritten: j.bytes.Load(),
		Saving: j.saving.Load(), Trouble: j.trouble.Load(),
	}
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	s.LogBytes, s.Segments = j.grown, len(j.segments)
	if j.current != nil {
		s.Segments++
	}
	if n := len(j.snapshots); n > 0 {
		newest := j.snapshots[n-1]
		s.Snapshot, s.SnapshotBytes, s.LastSnapshot = newest.number, newest.size, time.UnixMilli(newest.created)
	}
	return s
}
