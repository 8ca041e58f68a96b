package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
)

// reader reads the payloads of one file in their order.
type reader struct {
	name     string
	file     File
	header   header
	sealer   *sealer
	size     int64 // of the file
	read     int64 // of the file, into buf
	end      int64 // of the last whole payload in the file
	part     uint32
	isLog    bool
	unopened bool   // sealed payloads are returned as they are
	parts    []byte // of the payload that is being read
	buf      []byte // what is read and not used is buf[used:]
	used     int
}

// readSize is how many bytes are read at once.
const readSize = 1 << 20

// openReader opens a file and reads its header. The error is a *DamageError where the file is not what its name says.
func openReader(fs FS, name, magic string, keys Keys) (*reader, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, err
	}
	r := &reader{name: name, file: f}
	if err := r.begin(magic, keys); err != nil {
		_ = f.Close()
		return nil, err
	}
	return r, nil
}

// begin reads the header and finds the key.
func (r *reader) begin(magic string, keys Keys) (err error) {
	if r.size, err = r.file.Size(); err != nil {
		return err
	}
	if err := r.fill(int(min(r.size, headerSize))); err != nil {
		return err
	}
	if r.header, err = parseHeader(r.name, r.buf, magic); err != nil {
		return err
	}
	r.used, r.end, r.isLog = headerSize, headerSize, magic == logMagic
	r.sealer, err = sealerOf(r.name, &r.header, keys)
	return err
}

func (r *reader) close() { _ = r.file.Close() }

// offset is where in the file the next frame begins.
func (r *reader) offset() int64 { return r.read - int64(len(r.buf)-r.used) }

// fill reads on until n bytes are there, which the caller knows that the file has.
func (r *reader) fill(n int) error {
	if len(r.buf)-r.used >= n {
		return nil
	}
	r.buf = r.buf[:copy(r.buf, r.buf[r.used:])]
	r.used = 0
	want := int(min(int64(max(n, readSize)), r.size-r.read+int64(len(r.buf))))
	if cap(r.buf) < want {
		r.buf = append(make([]byte, 0, want), r.buf...)
	}
	have := len(r.buf)
	got, err := r.file.ReadAt(r.buf[have:want], r.read)
	r.buf = r.buf[:have+got]
	r.read += int64(got)
	if len(r.buf) >= n {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // the file has become shorter
	}
	return fmt.Errorf("cannot read %s: %w", r.name, err)
}

// next returns the next payload, which is valid until the next call. The error is io.EOF after the last, and a
// *DamageError where none is whole.
func (r *reader) next() (k kind, number uint64, payload []byte, err error) {
	r.parts = r.parts[:0]
	for {
		f, err := r.frame()
		if err != nil {
			return 0, 0, nil, err
		}
		k, body := f.kind(), f.body()
		if r.part > 0 && (f.number() != number || !k.sealed()) {
			return 0, 0, nil, r.damage("parts of two payloads follow each other")
		}
		number = f.number()
		if r.sealer != nil && k.sealed() && !r.unopened {
			var ok bool
			if body, ok = r.sealer.open(body, k, number, r.part); !ok {
				return 0, 0, nil, r.damage("it is not what was sealed")
			}
		}
		r.used += len(f)
		if k == partKind {
			r.parts = append(r.parts, body...)
			r.part++
			continue
		}
		if r.part > 0 {
			body = append(r.parts, body...)
			r.parts, r.part = body, 0
		}
		r.end = r.offset()
		return k, number, body, nil
	}
}

// frame returns the next frame, and does not go on to the one after it.
func (r *reader) frame() (frame, error) {
	left := r.size - r.offset()
	if left == 0 && r.part == 0 {
		return nil, io.EOF
	}
	if err := r.fill(int(min(left, frameHeader))); err != nil {
		return nil, err
	}
	if r.isLog && allZero(r.buf[r.used:][:min(left, frameHeader)]) {
		if yes, err := r.endsInZeros(); err != nil || yes {
			return nil, cmp.Or(err, io.EOF)
		}
	}
	if left < frameHeader {
		return nil, r.damage("it ends within a frame")
	}
	length := frame(r.buf[r.used:]).length()
	switch {
	case length > maxBody+r.sealer.overhead():
		return nil, r.damage("a frame is longer than any")
	case int64(length) > left-frameHeader:
		return nil, r.damage("it ends within a frame")
	}
	if err := r.fill(frameHeader + length); err != nil {
		return nil, err
	}
	f := firstFrame(r.buf[r.used:])
	if !f.whole() {
		return nil, r.damage("the checksum does not match")
	}
	if k := f.kind(); k == 0 || k > s2Kind || k == s2Kind && r.header.format < 2 {
		return nil, r.damage(fmt.Sprintf("frames of kind %d are not known", k))
	}
	return f, nil
}

// damage returns the error that the frame which comes next is bad.
func (r *reader) damage(reason string) error { return &DamageError{r.name, r.offset(), reason} }
