package journal

import "fmt"

// page is what the kernel writes at once, in bytes.
const page = 4096

// writeAhead writes zeros where few are left: steps take their place under Always. A sync of bytes that are there already
// is quick; where a file grows, what the file system knows of it is written too. An error is not told: the file grows then, or
// the next write fails. writeMu is held.
func (j *Journal) writeAhead() {
	s, n := j.current, j.opts.Ahead
	if s == nil || n <= 0 || s.zeroed-s.size >= n/4 {
		return
	}
	if j.zeros == nil {
		j.zeros = make([]byte, n)
	}
	from := max(s.zeroed, s.size)
	if n > page { // whole pages
		n -= from % page
	}
	written, _ := s.file.WriteAt(j.zeros[:n], from)
	s.zeroed = from + int64(written)
}

// trim cuts off the zeros that are left. Where that fails they stay: they are the end for recovery too.
func (s *segment) trim() {
	if s.zeroed > s.size && s.file.Truncate(s.size) == nil {
		s.zeroed = s.size
	}
}

// endsInZeros reports whether the rest of the file, where a frame should begin, is zeros that were written ahead.
func (r *reader) endsInZeros() (bool, error) {
	if r.header.format < 3 || r.part > 0 || !allZero(r.buf[r.used:]) {
		return false, nil
	}
	buf := make([]byte, min(r.size-r.read, readSize/4))
	for at := r.read; at < r.size; at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), r.size-at)]
		if n, err := r.file.ReadAt(buf, at); n < len(buf) {
			return false, fmt.Errorf("cannot read %s: %w", r.name, err)
		}
		if !allZero(buf) {
			return false, nil
		}
	}
	return true, nil
}

// allZero reports whether all bytes are 0.
func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
