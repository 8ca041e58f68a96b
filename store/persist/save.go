package persist

import (
	"errors"
	"time"

	"sessd/store"
	"sessd/store/journal"
)

// Save writes a snapshot beside requests, and removes what it makes useless. It fails with journal.ErrSaving while one is
// being written.
func (k *Keeper) Save() error { return k.save(true) }

// save is Save, in as little time as it takes where no request is to be spared.
func (k *Keeper) save(spares bool) error {
	s := &k.saved
	begin, before := time.Now(), k.Appended()
	s.mu.Lock()
	if !s.begun.IsZero() {
		s.mu.Unlock()
		return journal.ErrSaving
	}
	s.begun = begin
	s.attempts++
	s.mu.Unlock()
	err := k.Journal.Save(func(began func(), emit func([]byte) error) error {
		if !spares {
			return k.engine.Snapshot(began, emit)
		}
		pace := pacer{begin}
		return k.engine.Snapshot(began, func(chunk []byte) error {
			err := emit(chunk)
			pace.rest()
			return err
		})
	})
	s.mu.Lock()
	s.begun, s.failed, s.took = time.Time{}, err, time.Since(begin)
	if err == nil {
		s.last, s.steps, s.retry = time.Now(), before, time.Time{}
	} else {
		s.retry = time.Now().Add(retryAfter)
	}
	s.mu.Unlock()
	if err != nil {
		k.log.Error("the snapshot failed", "error", err)
		return err
	}
	k.log.Info("snapshot written", "bytes", k.Stats().SnapshotBytes, "took", time.Since(begin).Round(time.Millisecond))
	return nil
}

// retryAfter is how long no snapshot is begun by itself after one that failed.
const retryAfter = time.Minute

// SaveInBackground begins a snapshot, and fails with journal.ErrSaving while one is being written.
func (k *Keeper) SaveInBackground() error {
	if k.Saving() {
		return journal.ErrSaving
	}
	k.inBackground(func() { _ = k.Save() }) // it is logged
	return nil
}

// Saving reports whether a snapshot is being written.
func (k *Keeper) Saving() bool {
	k.saved.mu.Lock()
	defer k.saved.mu.Unlock()
	return !k.saved.begun.IsZero()
}

// savedSteps returns how many steps the log had when the last snapshot began.
func (k *Keeper) savedSteps() uint64 {
	k.saved.mu.Lock()
	defer k.saved.mu.Unlock()
	return k.saved.steps
}

// State is part of commands.Durability.
func (k *Keeper) State() store.LogState {
	j := k.Stats()
	state := store.LogState{
		Loading: !k.Loaded(), LoadBegan: k.opened, Policy: k.Policy().String(), LogBytes: j.LogBytes, SnapshotBytes: j.SnapshotBytes,
		PendingBytes: int64(j.Pending), UnsyncedSteps: int64(j.Appended - min(j.Synced, j.Appended)), Fsyncs: j.Fsyncs, LastFsync: j.LastFsync,
		BytesWritten: j.BytesWritten, Trouble: k.Err(),
	}
	state.LoadedBytes, state.LoadBytes = k.Progress()
	s := &k.saved
	s.mu.Lock()
	defer s.mu.Unlock()
	state.Changes, state.Snapshots = int64(j.Appended-min(s.steps, j.Appended)), s.attempts
	state.LastSnapshot, state.LastSnapshotTook, state.SnapshotBegan, state.LastSnapshotError = s.last, s.took, s.begun, s.failed
	return state
}

// watchGrowth writes a snapshot when the log has grown.
func (k *Keeper) watchGrowth() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-k.stop:
			return
		case <-ticker.C:
			if k.isGrown() {
				_ = k.SaveInBackground() // one that is under way is as good
			}
		}
	}
}

// isGrown reports whether the log has outgrown the newest snapshot.
func (k *Keeper) isGrown() bool {
	percent, stats := k.percent.Load(), k.Stats()
	if percent == 0 || stats.Saving || stats.LogBytes < k.minBytes.Load() || stats.LogBytes*100 < stats.SnapshotBytes*percent {
		return false
	}
	k.saved.mu.Lock()
	defer k.saved.mu.Unlock()
	return time.Now().After(k.saved.retry)
}

// heal begins the snapshot without which the log cannot go on. One that Close makes does as well.
func (k *Keeper) heal(error) {
	k.inBackground(func() {
		err := k.Save()
		if err == nil || errors.Is(err, journal.ErrSaving) {
			return
		}
		if k.SyncsWrites() && k.fatal != nil {
			k.fatal(err)
		}
	})
}
