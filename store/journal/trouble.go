package journal

import "time"

// Trouble is why steps are not durable now.
type Trouble struct {
	Since time.Time
	Doing string // "write", "fsync", "begin", "find"
	Err   error
	// Snapshot says that only a snapshot ends the trouble: a step was lost, or may be.
	Snapshot bool
}

// Error says what failed.
func (t *Trouble) Error() string { return "cannot " + t.Doing + " the log: " + t.Err.Error() }

// Unwrap returns what the file system said.
func (t *Trouble) Unwrap() error { return t.Err }

// Err returns nil while steps can be made durable, and else the *Trouble. It costs one load.
func (j *Journal) Err() error {
	if t := j.trouble.Load(); t != nil {
		return t
	}
	return nil
}

// setTrouble is called with writeMu held.
func (j *Journal) setTrouble(doing string, err error, snapshot bool) error {
	old := j.trouble.Load()
	t := &Trouble{Since: time.Now(), Doing: doing, Err: err, Snapshot: snapshot}
	if old != nil {
		t.Since, t.Snapshot = old.Since, snapshot || old.Snapshot
	}
	j.trouble.Store(t)
	if j.opts.Changed != nil && (old == nil || old.Doing != doing || old.Snapshot != t.Snapshot || old.Err.Error() != err.Error()) {
		j.opts.Changed(t)
	}
	if j.opts.NeedSnapshot != nil && t.Snapshot && (old == nil || !old.Snapshot) {
		go j.opts.NeedSnapshot(err)
	}
	return t
}

// endTrouble is called with writeMu held.
func (j *Journal) endTrouble() {
	if j.trouble.Swap(nil) != nil && j.opts.Changed != nil {
		j.opts.Changed(nil)
	}
}
