package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ahead is how many chunks are read and unpacked before the loader asks for them.
const ahead = 4

// chunk is one that was read, or why there is none.
type chunk struct {
	payload []byte
	number  uint64
	offset  int64 // in the file, after it
	err     error
}

// loadWhole loads a snapshot, or nothing of one that is not as it was written: damage says where. It is read once, where it
// is whole.
func (r *recovery) loadWhole(s savedFile) (damage *DamageError, err error) {
	if s.bad != nil {
		return s.bad.(*DamageError), nil
	}
	err = r.load(s)
	if !errors.As(err, &damage) {
		return nil, err
	}
	switch badErr := r.verify(s); {
	case badErr == nil: // it was written so
		return nil, err
	case !errors.As(badErr, &damage):
		return nil, badErr
	}
	return damage, r.to.Reset()
}

// verify reads a snapshot without opening what is in it.
func (r *recovery) verify(s savedFile) error {
	in, err := openReader(r.fs, s.name, snapshotMagic, r.keys)
	if err != nil {
		return err
	}
	defer in.close()
	in.unopened = true
	for last := uint64(0); ; last++ {
		if _, _, _, err := in.packed(last); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// load loads a snapshot. One goroutine reads and unpacks, and the caller's loads.
func (r *recovery) load(s savedFile) error {
	r.expect(s.size, s.number)
	in, err := openReader(r.fs, s.name, snapshotMagic, r.keys)
	if err != nil {
		return err
	}
	defer in.close()
	r.found.Clear = r.found.Clear || len(r.keys) > 0 && s.clear
	chunks, used, stop := make(chan chunk, ahead), make(chan []byte, ahead+1), make(chan struct{})
	defer func() {
		close(stop)
		for range chunks { // until the goroutine has ended
		}
	}()
	go in.chunks(chunks, used, stop)
	for c := range chunks {
		switch {
		case errors.Is(c.err, io.EOF):
			r.claimed = max(r.claimed, c.number)
			r.done.Store(s.size)
			return nil
		case c.err != nil:
			return c.err
		}
		r.done.Store(c.offset)
		if err := r.to.Chunk(c.payload); err != nil {
			return fmt.Errorf("%s, chunk %d: %w", s.name, c.number, err)
		}
		if cap(c.payload) <= keepBuffer {
			used <- c.payload
		}
	}
	return nil
}

// chunks reads a snapshot into out, and closes it. The last one has an error: io.EOF where the snapshot is whole, and then
// the number of the step that the log must reach. Buffers come back in used.
func (r *reader) chunks(out chan<- chunk, used <-chan []byte, stop <-chan struct{}) {
	defer close(out)
	var unpack unpacker
	defer unpack.close()
	for last := uint64(0); ; last++ {
		var buf []byte
		select {
		case buf = <-used:
		default: // there are fewer than may be ahead
		}
		c := r.chunk(last, buf[:0], &unpack)
		select {
		case out <- c:
		case <-stop:
			return
		}
		if c.err != nil {
			return
		}
	}
}

// chunk reads the chunk after another one into buf.
func (r *reader) chunk(last uint64, buf []byte, unpack *unpacker) chunk {
	begin := r.offset()
	k, number, payload, err := r.packed(last)
	switch {
	case err != nil:
		return chunk{number: number, err: err}
	case k == chunkKind:
		buf = append(buf, payload...)
	default:
		if buf, err = unpack.unpack(buf, k, payload); err != nil {
			return chunk{err: &DamageError{r.name, begin, err.Error()}}
		}
	}
	return chunk{payload: buf, number: number, offset: r.offset()}
}

// packed returns the chunk after another one as it is in the file. After the last the error is io.EOF, and number that of
// the step that the log must reach.
func (r *reader) packed(last uint64) (k kind, number uint64, payload []byte, err error) {
	begin := r.offset()
	k, number, payload, err = r.next()
	switch {
	case errors.Is(err, io.EOF):
		return 0, 0, nil, r.damage("it has no end")
	case err != nil:
		return 0, 0, nil, err
	case k == endKind && number == last && len(payload) == 8 && r.offset() == r.size:
		return k, binary.LittleEndian.Uint64(payload), nil, io.EOF
	case k == endKind:
		return 0, 0, nil, &DamageError{r.name, begin, "the end is of another snapshot"}
	case k != chunkKind && k != zstdKind && k != s2Kind || number != last+1:
		return 0, 0, nil, &DamageError{r.name, begin, fmt.Sprintf("chunk %d should be there", last+1)}
	}
	return k, number, payload, nil
}
