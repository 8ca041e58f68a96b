package journal

import (
	"cmp"
	"errors"
	"math"
)

var errDropped = errors.New("the disk took none for too long")

// Append adds a step to the log and returns its number. It copies the payload and does no input or output, so it may be
// called under locks. The step is in the kernel once Commit, and on stable storage once Sync, has said so.
func (j *Journal) Append(payload []byte) uint64 {
	j.pendingMu.Lock()
	number := j.appended.Load() + 1
	if len(j.pending) > j.opts.MaxPending && j.trouble.Load() != nil {
		j.dropping = true
	}
	if !j.dropping {
		j.pending = appendPayload(j.pending, stepKind, number, payload)
		j.taken = number
	}
	j.appended.Store(number)
	j.pendingMu.Unlock()
	return number
}

// Appended returns the number of the last step that was appended.
func (j *Journal) Appended() uint64 { return j.appended.Load() }

// Pending returns how many bytes were appended and taken by no write. Who appends without end, and never calls Commit,
// waits while it is large.
func (j *Journal) Pending() int {
	j.pendingMu.Lock()
	defer j.pendingMu.Unlock()
	return len(j.pending)
}

// Commit hands all that was appended to the kernel, so that the step survives the death of the process. One caller writes
// for all that wait. It returns at once where the step was written before. During trouble of the disk it does not wait for
// room: the error is a *Trouble.
func (j *Journal) Commit(number uint64) error {
	if number <= j.lost.Load() {
		return j.Err() // nil where a snapshot has it meanwhile
	}
	if number <= j.written.Load() {
		return nil
	}
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	if number > j.written.Load() {
		if err := j.flush(); number > j.written.Load() {
			return cmp.Or(err, j.Err(), errDropped)
		}
	}
	if number <= j.lost.Load() {
		return j.Err()
	}
	return nil
}

// flush writes all that was appended. writeMu is held.
func (j *Journal) flush() error {
	if j.current == nil || j.blocked {
		return j.refusal()
	}
	if len(j.batch) > 0 { // left by a write that failed
		if err := j.write(); err != nil {
			return err
		}
	}
	j.take()
	if len(j.batch) > 0 {
		if err := j.write(); err != nil {
			return err
		}
	}
	if j.current.size >= j.opts.SegmentSize && !j.crowded {
		j.crowded = j.roll(j.written.Load()+1) != nil
	}
	return nil
}

// refusal is why flush does nothing.
func (j *Journal) refusal() error {
	if t := j.trouble.Load(); t != nil {
		return t
	}
	return ErrClosed
}

// keepBuffer is how large a buffer may be to be used again.
const keepBuffer = 1 << 20

// take makes what was appended the batch, which is empty.
func (j *Journal) take() {
	fresh := j.batch[:0]
	if cap(fresh) > keepBuffer {
		fresh = nil
	}
	j.pendingMu.Lock()
	j.batch, j.pending = j.pending, fresh
	j.batchLast = j.taken
	j.pendingMu.Unlock()
	if synced := j.synced.Load(); len(j.batch) > 0 && synced > j.marked {
		j.batch = appendMark(j.batch, &j.current.header, synced)
		j.marked = synced
	}
}

// write writes the batch. After an error what is left of it is not in the file.
func (j *Journal) write() error {
	s := j.current
	clear, last := len(j.batch), j.batchLast
	if s.sealer == nil {
		j.stored = encode(nil, j.batch, nil)
	} else {
		j.stored = encode(j.stored[:0], j.batch, s.sealer)
	}
	stored := len(j.stored)
	n, err := s.file.WriteAt(j.stored, s.size)
	if s.sealer == nil || cap(j.stored) > keepBuffer {
		j.stored = nil
	}
	if err != nil {
		clear, stored, last = wholePayloads(j.batch, s.sealer, n)
	}
	s.size += int64(stored)
	j.grown += int64(stored)
	j.bytes.Add(int64(stored))
	j.batch = j.batch[:copy(j.batch, j.batch[clear:])]
	if last > 0 {
		j.written.Store(last)
	}
	if err == nil {
		return nil
	}
	if cutErr := s.file.Truncate(s.size); cutErr != nil {
		return j.abandon("cut", cutErr)
	}
	s.zeroed = s.size
	j.blocked = true
	return j.setTrouble("write", err, false)
}

// roll ends the current segment and begins one for the steps from first on. writeMu is held.
func (j *Journal) roll(first uint64) error {
	next, err := j.createSegment(j.nextIndex, first)
	if err != nil {
		return err
	}
	j.nextIndex++
	if j.current != nil {
		j.current.trim()
		j.unsynced = append(j.unsynced, j.current)
		j.finished(j.current)
	}
	j.current = next
	return nil
}

// finished adds a segment to those that nobody writes to.
func (j *Journal) finished(s *segment) {
	j.segments = append(j.segments, logFile{name: s.name, first: s.first, clear: s.sealer == nil})
}

// abandon ends the segments whose bytes may be lost, and begins one that a snapshot makes good. writeMu is held.
func (j *Journal) abandon(doing string, cause error) error {
	if j.current != nil {
		_ = j.current.file.Close()
		j.finished(j.current)
		j.current = nil
	}
	for _, s := range j.unsynced {
		_ = s.file.Close()
	}
	j.unsynced = nil
	j.life++
	j.heals = max(j.heals, j.written.Load())
	j.lost.Store(max(j.lost.Load(), j.heals))
	t := j.setTrouble(doing, cause, true)
	j.blocked = j.roll(j.written.Load()+1) != nil
	return t
}

// retry tries again what trouble has stopped. writeMu is held.
func (j *Journal) retry() {
	j.crowded = false
	if j.blocked {
		if j.current == nil && j.roll(j.written.Load()+1) != nil {
			return
		}
		j.blocked = false
	}
	if j.flush() != nil || !j.skip() {
		return
	}
	if t := j.trouble.Load(); t != nil && !t.Snapshot {
		j.endTrouble()
	}
}

// skip begins a segment after the steps that were dropped, and reports whether there are none left. writeMu is held.
func (j *Journal) skip() bool {
	j.pendingMu.Lock()
	dropping := j.dropping
	j.pendingMu.Unlock()
	if !dropping {
		return true
	}
	j.setTrouble("keep every step in", errDropped, true)
	j.pendingMu.Lock() // no step is appended until it is known where it goes
	defer j.pendingMu.Unlock()
	last := j.appended.Load()
	if j.roll(last+1) != nil {
		return false
	}
	j.dropping, j.taken = false, last
	j.heals = last
	j.lost.Store(math.MaxUint64) // no recovery gets to what follows
	j.written.Store(last)
	return true
}
