package journal

import (
	"encoding/binary"
	"errors"
	"path/filepath"
)

// snapshotFile is a snapshot that is whole.
type snapshotFile struct {
	name    string
	number  uint64 // of the last step in it
	size    int64
	created int64
	clear   bool
}

// ErrSaving says that a snapshot is being written already.
var ErrSaving = errors.New("a snapshot is being written already")

// Snapshot is a snapshot that is being written, by one goroutine. It ends with Finish or Abort.
type Snapshot struct {
	j      *Journal
	file   File
	header header
	sealer *sealer
	packer packer
	chunks uint64
	size   int64
	out    int64  // bytes that the disk was given
	synced int64  // or written out at least
	clear  []byte // scratch
	stored []byte
	begun  int64 // bytes of the log that the snapshot replaces
	err    error
}

// Save writes a snapshot. walk calls began at a moment between two steps, and then gives emit the chunks; began is quick,
// and may be called under locks. Steps may be appended meanwhile, and chunks may hold changes of steps after began where
// these can be applied again. An error of emit has to end walk. It fails with ErrSaving while there is a snapshot.
func (j *Journal) Save(walk func(began func(), emit func(chunk []byte) error) error) error {
	if !j.saving.CompareAndSwap(false, true) {
		return ErrSaving
	}
	var s *Snapshot
	var number uint64
	begin := func() (err error) {
		if s == nil {
			s, err = j.beginSnapshot(number)
		}
		return err
	}
	err := walk(func() { number = j.Appended() }, func(chunk []byte) error {
		if err := begin(); err != nil {
			return err
		}
		return s.Write(chunk)
	})
	if err == nil {
		err = begin() // where there was no chunk
	}
	switch {
	case err == nil:
		return s.Finish(j.Appended())
	case s != nil:
		s.Abort()
	default:
		j.saving.Store(false)
	}
	return err
}

// BeginSnapshot begins a snapshot of the state after a step, which may not be the last that was appended. It fails with
// ErrSaving while there is one. The state may hold changes of later steps too where these can be applied again; Finish is
// told of them.
func (j *Journal) BeginSnapshot(number uint64) (*Snapshot, error) {
	if !j.saving.CompareAndSwap(false, true) {
		return nil, ErrSaving
	}
	s, err := j.beginSnapshot(number)
	if err != nil {
		j.saving.Store(false)
	}
	return s, err
}

// beginSnapshot is BeginSnapshot for who has saving.
func (j *Journal) beginSnapshot(number uint64) (*Snapshot, error) {
	s := &Snapshot{j: j, header: newHeader(j.opts.Keys, number)}
	j.writeMu.Lock()
	if err := j.relock(); err != nil {
		j.writeMu.Unlock()
		return nil, err
	}
	err := j.flush()
	if err == nil && j.written.Load() >= j.current.first { // the log after the snapshot begins a segment
		err = j.roll(j.written.Load() + 1)
	}
	s.begun = j.grown
	j.writeMu.Unlock()
	if err != nil && !j.needsSnapshot() {
		return nil, err
	}
	name := filepath.Join(j.dir, temporaryName)
	if s.sealer, err = sealerOf(name, &s.header, j.opts.Keys); err != nil {
		return nil, err
	}
	_ = j.fs.Remove(name) // left by an Abort that failed
	if s.file, err = j.fs.Create(name); err != nil {
		return nil, err
	}
	s.packer.compresses = !j.opts.Uncompressed
	s.put(s.header.append(nil, snapshotMagic))
	if s.err != nil {
		s.discard()
		return nil, s.err
	}
	return s, nil
}

// needsSnapshot reports whether only a snapshot ends the trouble.
func (j *Journal) needsSnapshot() bool {
	t := j.trouble.Load()
	return t != nil && t.Snapshot
}

// Number returns the number of the last step that is wholly in the snapshot.
func (s *Snapshot) Number() uint64 { return s.header.number }

// Size returns how many bytes were written.
func (s *Snapshot) Size() int64 { return s.size }

// Write adds a chunk: a part of the state that recovery gives back as it is. Chunks of 64 KiB to 1 MiB compress well and
// are cheap to load. After an error only Abort is left.
func (s *Snapshot) Write(chunk []byte) error {
	if s.err != nil {
		return s.err
	}
	k, body := s.packer.pack(chunk)
	s.chunks++
	s.clear = appendPayload(s.clear[:0], k, s.chunks, body)
	s.stored = encode(s.stored[:0], s.clear, s.sealer)
	s.put(s.stored)
	if s.sealer == nil {
		s.stored = nil
	}
	return s.err
}

// A snapshot is written to the disk while it grows. A flood at its end would make the log's fsyncs wait. So does a
// large piece at once, during which the kernel serves nobody else.
const (
	beginEvery = 256 << 10 // bytes that the disk is given at once
	awaitEvery = 8 << 20   // bytes that may be on their way behind those that were written last
	syncEvery  = 16 << 20  // bytes between syncs, where the file system does not write in the background
)

// put writes bytes at the end of the file. An error stays.
func (s *Snapshot) put(b []byte) {
	if s.err != nil {
		return
	}
	n, err := s.file.WriteAt(b, s.size)
	s.size += int64(n)
	if s.err = err; err == nil {
		s.err = s.writeOut()
	}
}

// writeOut has the disk take what the kernel has gathered.
func (s *Snapshot) writeOut() error {
	out, ok := s.file.(backgroundWriter)
	if !ok {
		if s.size-s.synced < syncEvery {
			return nil
		}
		s.synced = s.size
		return s.file.Sync()
	}
	if n := s.size - s.out; n >= beginEvery {
		s.out += n
		if err := out.BeginWrite(s.out-n, n); err != nil {
			return err
		}
	}
	if s.out-s.synced < 2*awaitEvery {
		return nil
	}
	s.synced += awaitEvery
	return out.AwaitWrite(s.synced-awaitEvery, awaitEvery)
}

// Finish makes the snapshot the newest one. through is the last step of which it may hold changes, at least that it was
// begun with. The log is synced up to there before. Older files that recovery cannot need are removed.
func (s *Snapshot) Finish(through uint64) error {
	j := s.j
	var body [8]byte
	binary.LittleEndian.PutUint64(body[:], through)
	end := encode(nil, appendFrame(nil, endKind, s.chunks, body[:]), nil)
	s.put(end)
	if s.err == nil {
		s.err = s.file.Sync()
	}
	if s.err == nil {
		s.err = j.reach(through)
	}
	name := filepath.Join(j.dir, snapshotName(s.header.number))
	if s.err == nil {
		s.err = j.fs.Rename(filepath.Join(j.dir, temporaryName), name)
	}
	if s.err == nil {
		s.err = j.fs.SyncDir(j.dir)
	}
	if s.err != nil {
		err := s.err
		s.Abort()
		return err
	}
	_ = s.file.Close()
	j.adopt(s, name)
	j.saving.Store(false)
	return nil
}

// Abort ends the snapshot and leaves nothing of it.
func (s *Snapshot) Abort() {
	s.discard()
	s.j.saving.Store(false)
}

// discard removes what was written.
func (s *Snapshot) discard() {
	_ = s.file.Close()
	_ = s.j.fs.Remove(filepath.Join(s.j.dir, temporaryName))
}

// reach syncs the log, and fails where a step up to number is in no file that was synced.
func (j *Journal) reach(number uint64) error {
	err := j.syncFiles()
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	if j.stable >= number {
		return nil
	}
	if err == nil {
		err = j.Err()
	}
	return err
}

// adopt makes a finished snapshot the newest one, and removes what it makes useless.
func (j *Journal) adopt(s *Snapshot, name string) {
	file := snapshotFile{name: name, number: s.header.number, size: s.size, created: s.header.created, clear: s.sealer == nil}
	j.writeMu.Lock()
	j.grown -= s.begun
	if t := j.trouble.Load(); t != nil && t.Snapshot && j.heals <= file.number {
		j.heal(t)
	}
	var useless, segments []string
	j.snapshots, useless = newestSnapshots(j.snapshots, file)
	next := j.written.Load() + 1
	if j.current != nil {
		next = j.current.first
	}
	j.segments, segments = neededSegments(j.segments, next, j.snapshots)
	useless = append(useless, segments...)
	j.writeMu.Unlock()
	for _, name := range append(useless, s.j.badSnapshots...) {
		_ = j.fs.Remove(name)
	}
	s.j.badSnapshots = nil
}

// heal ends the trouble of steps that may be lost, since a snapshot has them. writeMu is held.
func (j *Journal) heal(t *Trouble) {
	j.heals = 0
	j.lost.Store(0)
	j.synced.Store(max(j.synced.Load(), j.stable))
	if !j.blocked {
		j.endTrouble()
		return
	}
	j.trouble.Store(nil)
	_ = j.setTrouble(t.Doing, t.Err, false)
}

// newestSnapshots returns the snapshots that are kept once there is a new one, the two newest, and the names of the others.
// Where the new one is sealed, none in clear text is kept.
func newestSnapshots(old []snapshotFile, newest snapshotFile) (kept []snapshotFile, useless []string) {
	for len(old) > 0 && old[len(old)-1].name == newest.name { // it has been replaced
		old = old[:len(old)-1]
	}
	for i, one := range old {
		if i < len(old)-1 || one.clear && !newest.clear {
			useless = append(useless, one.name)
		} else {
			kept = append(kept, one)
		}
	}
	return append(kept, newest), useless
}

// neededSegments splits segments into those that have steps after the oldest snapshot and the others. next is the first
// step of the segment after them. With one snapshot the state before it is that of an empty folder, unless the snapshot is
// sealed and what leads there is in clear text.
func neededSegments(all []logFile, next uint64, kept []snapshotFile) (needed []logFile, useless []string) {
	newest := kept[len(kept)-1]
	var oldest uint64
	if len(kept) > 1 {
		oldest = kept[0].number
	}
	for i, one := range all {
		end := next
		if i+1 < len(all) {
			end = all[i+1].first
		}
		if end <= oldest+1 || one.clear && !newest.clear && end <= newest.number+1 {
			useless = append(useless, one.name)
		} else {
			needed = append(needed, one)
		}
	}
	return needed, useless
}
