package journal

import (
	"cmp"
	"errors"
	"time"
)

// waiter waits for a step to be on stable storage.
type waiter struct {
	number uint64
	done   func(error)
}

// Sync calls done once the step is on stable storage, with nil, or cannot be. One fsync serves all who wait. done is called
// by a goroutine of the journal, which serves nobody else meanwhile.
func (j *Journal) Sync(number uint64, done func(error)) {
	j.waitMu.Lock()
	closed, first := j.closed, len(j.waiters) == 0
	if !closed {
		j.waiters = append(j.waiters, waiter{number, done})
	}
	j.waitMu.Unlock()
	if closed {
		done(ErrClosed)
		return
	}
	if !first { // run was woken for the first one
		return
	}
	select {
	case j.wake <- struct{}{}:
	default: // somebody has woken it already
	}
}

// WaitSync waits until the step is on stable storage, or cannot be.
func (j *Journal) WaitSync(number uint64) error {
	answer := make(chan error, 1)
	j.Sync(number, func(err error) { answer <- err })
	return <-answer
}

// Synced returns the number of the last step that is on stable storage with all before it.
func (j *Journal) Synced() uint64 { return j.synced.Load() }

// run serves Sync, and calls tick at intervals.
func (j *Journal) run() {
	defer j.stopped.Done()
	ticker := time.NewTicker(j.opts.Interval)
	defer ticker.Stop()
	gathered := time.NewTimer(time.Hour)
	defer gathered.Stop()
	for {
		select {
		case <-j.wake:
			if wait := j.gatherFor(); wait > 0 {
				gathered.Reset(wait)
				continue
			}
			j.serve()
		case <-gathered.C:
			j.serve()
		case <-ticker.C:
			j.tick()
		case <-j.stop:
			return
		}
	}
}

// gatherFor returns for how long the next sync waits for others to share it.
func (j *Journal) gatherFor() time.Duration {
	if j.Policy() == Always {
		return 0
	}
	return j.opts.Gather - time.Since(j.served)
}

// tick does the work of one interval: it syncs what was written, where the policy asks for it.
func (j *Journal) tick() {
	j.writeMu.Lock()
	j.guard()
	j.retry()
	finished := len(j.unsynced)
	j.writeMu.Unlock()
	if j.Policy() != Never || finished > 0 {
		_ = j.syncFiles()
	}
	if t := j.trouble.Load(); t != nil && t.Snapshot && j.opts.NeedSnapshot != nil && !j.saving.Load() {
		go j.opts.NeedSnapshot(t.Err)
	}
}

// serve syncs for all who wait.
func (j *Journal) serve() {
	j.awaitReturning()
	j.waitMu.Lock()
	waiting := j.waiters
	j.waiters = j.spare[:0]
	j.waitMu.Unlock()
	var err error
	if lastOf(waiting) > j.synced.Load() {
		j.served = time.Now()
		err = j.syncFiles()
	}
	j.waitMu.Lock()
	j.asking = len(waiting) + len(j.waiters)
	j.waitMu.Unlock()
	for i := range waiting {
		w := &waiting[i]
		switch t := j.trouble.Load(); {
		case w.number <= j.synced.Load():
			w.done(nil)
		case t != nil:
			w.done(t)
		case err != nil:
			w.done(err)
		default:
			w.done(ErrClosed)
		}
		*w = waiter{}
	}
	j.spare = waiting
}

// How awaitReturning waits.
const (
	mostAwait  = 250 * time.Microsecond
	awaitStep  = 20 * time.Microsecond
	awaitAgain = 64 // syncs after one for which few came back
)

// awaitReturning waits, under Always, for those whom the last sync has answered. They are about to ask for the next
// one, and one sync for all serves more of them than two in turn. It waits for half a sync at most, and not where
// nobody came lately.
func (j *Journal) awaitReturning() {
	if j.Policy() != Always {
		return
	}
	if j.skipAwait > 0 {
		j.skipAwait--
		return
	}
	before := j.waiting()
	if before >= j.asking {
		return
	}
	now := before
	for end := time.Now().Add(min(time.Duration(j.lastSync.Load())/2, mostAwait)); now < j.asking && time.Now().Before(end); now = j.waiting() {
		Nap(awaitStep)
	}
	if now-before < (j.asking-before)/2 {
		j.skipAwait = awaitAgain
	}
}

// waiting returns how many wait for a sync.
func (j *Journal) waiting() int {
	j.waitMu.Lock()
	defer j.waitMu.Unlock()
	return len(j.waiters)
}

// lastOf returns the last step that somebody waits for.
func lastOf(waiting []waiter) (last uint64) {
	for _, w := range waiting {
		last = max(last, w.number)
	}
	return last
}

// syncFiles writes what was appended and makes it survive a power cut. A file whose fsync has failed is never synced
// again. The kernel may have dropped what it could not write, and say that all is well.
func (j *Journal) syncFiles() error {
	j.syncMu.Lock()
	defer j.syncMu.Unlock()
	j.writeMu.Lock()
	writeErr := j.flush()
	if writeErr == nil && j.Policy() == Always {
		j.writeAhead()
	}
	written, current, finished := j.written.Load(), j.current, j.unsynced
	life := j.life
	j.writeMu.Unlock()
	if current == nil || written <= j.stable && current.named && len(finished) == 0 {
		return writeErr
	}
	begin := time.Now()
	err := j.syncAll(finished, current)
	j.lastSync.Store(int64(time.Since(begin)))

	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	if life != j.life { // somebody has abandoned these files
		return cmp.Or(j.Err(), errAbandoned)
	}
	if err != nil {
		return j.abandon("fsync", err)
	}
	current.named = true
	for _, s := range finished {
		_ = s.file.Close()
	}
	j.unsynced = j.unsynced[len(finished):]
	j.stable = written
	if t := j.trouble.Load(); t == nil || !t.Snapshot {
		j.synced.Store(written)
	}
	return writeErr
}

// errAbandoned is for who has waited for a sync of files that a writer has given up meanwhile.
var errAbandoned = errors.New("the files of the log were given up")

// syncAll syncs segments from the oldest on, and then their names.
func (j *Journal) syncAll(finished []*segment, current *segment) error {
	named := current.named
	for _, s := range append(finished[:len(finished):len(finished)], current) {
		j.fsyncs.Add(1)
		if err := s.file.Sync(); err != nil {
			return err
		}
		named = named && s.named
	}
	if named {
		return nil
	}
	return j.fs.SyncDir(j.dir)
}
