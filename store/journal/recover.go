package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"syscall"
)

// Loader is given the state. Payloads are valid during the call. An error ends recovery, and what was loaded is of no use.
type Loader interface {
	// Chunk is given the chunks of one snapshot in the order in which they were written.
	Chunk(payload []byte) error
	// Step is given the steps after the snapshot in their order.
	Step(number uint64, payload []byte) error
	// Reset forgets all chunks: the rest of their snapshot is damaged, and another one may follow.
	Reset() error
}

// Recovered is what recovery has found.
type Recovered struct {
	Snapshot uint64         // last step that the snapshot has; 0: none was loaded
	Last     uint64         // last step
	Steps    uint64         // that were read from the log
	Cuts     []Cut          // what was cut off because it was torn
	Bad      []*DamageError // a snapshot each, which was passed over
	Clear    bool           // there are keys, and files in clear text
}

// Cut is the end of a segment that was not written wholly.
type Cut struct {
	File   string
	Offset int64 // 0: the whole file
	Bytes  int64
	Reason string
}

// apply cuts the file, or removes it.
func (c *Cut) apply(fs FS) error {
	if c.Offset == 0 {
		return fs.Remove(c.File)
	}
	return truncate(fs, c.File, c.Offset)
}

// Recover loads the state that the folder has, and makes the journal ready for steps. A *DamageError says that something
// is missing which was on stable storage.
func (j *Journal) Recover(to Loader) (*Recovered, error) {
	r := newRecovery(j.folder, to)
	r.done, r.total = &j.done, &j.total
	if err := r.run(); err != nil {
		return nil, err
	}
	if err := r.apply(); err != nil {
		return nil, err
	}
	if err := j.start(r); err != nil {
		return nil, err
	}
	return &r.found, nil
}

// Progress returns how many bytes Recover has read, and how many it has to read in all.
func (j *Journal) Progress() (done, total int64) { return j.done.Load(), j.total.Load() }

// recovery finds the state in a folder, and changes nothing there until apply.
type recovery struct {
	*folder
	to          Loader
	done, total *atomic.Int64
	found       Recovered
	claimed     uint64    // last step that is said to be on stable storage
	unsynced    []string  // segments with steps after it
	kept        []logFile // segments that stay
	lastBytes   int64     // of the steps that were read
	good        []snapshotFile
}

// newRecovery returns a recovery that nobody asks for its progress.
func newRecovery(d *folder, to Loader) *recovery {
	return &recovery{folder: d, to: to, done: new(atomic.Int64), total: new(atomic.Int64)}
}

// run loads the newest snapshot that is whole, or else an older one that the log begins after, and the steps after it.
func (r *recovery) run() error {
	r.claimed = r.promised()
	for i := len(r.snapshots) - 1; i >= 0; i-- {
		s := r.snapshots[i]
		if _, reached := r.after(s.number); len(r.found.Bad) > 0 && !reached {
			continue
		}
		damage, err := r.loadWhole(s)
		if err != nil {
			return err
		}
		if damage == nil {
			r.keep(i)
			r.found.Snapshot = s.number
			return r.replay(s.number)
		}
		r.found.Bad = append(r.found.Bad, damage)
	}
	if _, reached := r.after(0); len(r.found.Bad) > 0 && !reached {
		return r.found.Bad[0]
	}
	r.expect(0, 0)
	return r.replay(0)
}

// keep notes the snapshot that was loaded, and those before it.
func (r *recovery) keep(loaded int) {
	for _, s := range r.snapshots[:loaded+1] {
		if s.bad == nil {
			r.good = append(r.good, s.snapshotFile)
		}
	}
}

// expect notes how much recovery reads: the bytes of a snapshot, and the log after it.
func (r *recovery) expect(total int64, number uint64) {
	segments, _ := r.after(number)
	for _, one := range segments {
		total += one.size
	}
	r.total.Store(total)
	r.done.Store(0)
}

// apply cuts off what is torn, and syncs what a power cut could still take.
func (r *recovery) apply() error {
	for _, cut := range r.found.Cuts {
		if err := cut.apply(r.fs); err != nil {
			return err
		}
	}
	for _, name := range r.unsynced {
		if err := rewrite(r.fs, name); err != nil {
			return fmt.Errorf("cannot write %s again: %w", name, err)
		}
	}
	if r.temporary {
		if err := r.fs.Remove(filepath.Join(r.dir, temporaryName)); err != nil {
			return err
		}
	}
	return r.fs.SyncDir(r.dir)
}

// rewrite writes a file over itself and syncs it. An fsync alone is not enough. It succeeds where one of the process
// before has failed, and what the kernel still shows would be gone after a power cut.
func rewrite(fs FS, name string) (err error) {
	f, err := fs.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return err
	}
	buf := make([]byte, min(size, readSize))
	for at := int64(0); at < size; at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), size-at)]
		if _, err := f.ReadAt(buf, at); err != nil {
			return err
		}
		if _, err := f.WriteAt(buf, at); err != nil {
			return err
		}
	}
	return f.Sync()
}

// truncate cuts a file, synced.
func truncate(fs FS, name string, size int64) error {
	f, err := fs.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

// start makes the journal ready after recovery.
func (j *Journal) start(r *recovery) error {
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	last := r.found.Last
	for _, one := range r.segments {
		j.nextIndex = max(j.nextIndex, one.index)
	}
	j.nextIndex++
	j.segments, j.snapshots, j.grown = r.kept, r.good, r.lastBytes
	for _, bad := range r.found.Bad {
		j.badSnapshots = append(j.badSnapshots, bad.File)
	}
	j.appended.Store(last)
	j.written.Store(last)
	j.synced.Store(last)
	j.taken, j.stable, j.marked = last, last, last
	if err := j.roll(last + 1); errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) { // what there is can be read
		j.blocked = true
		_ = j.setTrouble("begin", err, false)
	} else if err != nil {
		return err
	}
	if n := len(j.segments); n > 0 && j.segments[n-1].first == last+1 { // it has no step
		_ = j.fs.Remove(j.segments[n-1].name)
		j.segments = j.segments[:n-1]
	}
	if j.current != nil && last > 0 { // who removes a segment before is found out, though nothing is ever synced
		j.batch, j.batchLast = appendMark(j.batch, &j.current.header, last), last
		_ = j.write() // it has made that trouble
	}
	j.folder = nil
	j.stopped.Add(1)
	go j.run()
	return nil
}
