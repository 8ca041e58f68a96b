package memory

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// A delta says how a form (redo.go) becomes of another, its base. It has the form's header, which ends with the key's
// place, in its own bytes after their length. The rest is hunks. Each has a distance, in the base, from the end of what
// was copied before, and a length to copy from there. Then come a length, and bytes to insert. All numbers are varints.

// anchors is how many places of a base are looked for in a form.
const anchors = 512

var errDelta = errors.New("memory: a delta is not of its base")

// appendDelta appends how form becomes of base. The headers are so long.
func appendDelta(dst, base, form []byte, baseHead, formHead int) []byte {
	dst = appendBytes(dst, form[:formHead])
	d := deltaWriter{dst: dst, base: base[baseHead:], form: form[formHead:]}
	d.write()
	return d.dst
}

// deltaWriter writes the hunks of a delta.
type deltaWriter struct {
	dst, base, form []byte
	copied          int // where the last copy ended in base
	from, n         int // the copy that waits for what is inserted after it
	inserted        int // where that begins in form
}

func (d *deltaWriter) write() {
	same := commonPrefix(d.base, d.form)
	d.n, d.inserted = same, same
	tail := commonSuffix(d.base[same:], d.form[same:])
	d.middle(same, len(d.base)-tail, same, len(d.form)-tail)
	if tail > 0 {
		d.copy(len(d.base)-tail, len(d.form)-tail, tail)
	}
	d.end(len(d.form))
}

// copy has n bytes of the form, from at on, copied from the base.
func (d *deltaWriter) copy(from, at, n int) {
	d.end(at)
	d.from, d.n, d.inserted = from, n, at+n
}

// end writes the copy that waits and what is inserted after it, up to a place in the form.
func (d *deltaWriter) end(at int) {
	if d.n == 0 && at == d.inserted {
		return
	}
	d.dst = binary.AppendVarint(d.dst, int64(d.from-d.copied))
	d.dst = binary.AppendUvarint(d.dst, uint64(d.n))
	d.dst = appendBytes(d.dst, d.form[d.inserted:at])
	d.copied = d.from + d.n
	d.n = 0
}

// middle finds parts of the base, between two places, among those of the form.
func (d *deltaWriter) middle(from, to, at, end int) {
	if to-from < 16 || end-at < 16 {
		return
	}
	var table [2 * anchors]uint32
	step := max(8, (to-from)/anchors)
	for i := from; i+8 <= to; i += step {
		table[anchorOf(d.base[i:])] = uint32(i) + 1
	}
	for low := at; at+8 <= end; {
		i := int(table[anchorOf(d.form[at:])]) - 1
		if i < 0 || binary.LittleEndian.Uint64(d.base[i:]) != binary.LittleEndian.Uint64(d.form[at:]) {
			at++
			continue
		}
		back := commonSuffix(d.base[from:i], d.form[low:at])
		n := back + commonPrefix(d.base[i:to], d.form[at:end])
		d.copy(i-back, at-back, n)
		at += n - back
		low = at
	}
}

// anchorOf returns the place in a table of eight bytes.
func anchorOf(b []byte) uint64 {
	return binary.LittleEndian.Uint64(b) * 0x9e3779b97f4a7c15 >> (64 - 10)
}

func commonPrefix(a, b []byte) (n int) {
	most := min(len(a), len(b))
	for n+8 <= most {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < most && a[n] == b[n] {
		n++
	}
	return n
}

func commonSuffix(a, b []byte) (n int) {
	most := min(len(a), len(b))
	for n+8 <= most {
		x := binary.LittleEndian.Uint64(a[len(a)-n-8:]) ^ binary.LittleEndian.Uint64(b[len(b)-n-8:])
		if x != 0 {
			return n + bits.LeadingZeros64(x)/8
		}
		n += 8
	}
	for n < most && a[len(a)-n-1] == b[len(b)-n-1] {
		n++
	}
	return n
}

// appendFromDelta appends the form that a delta makes of a base, whose header is so long.
func appendFromDelta(dst, base, delta []byte, baseHead int) ([]byte, error) {
	r := redoReader{rest: delta}
	dst = append(dst, r.bytes()...)
	base = base[baseHead:]
	copied := int64(0)
	for len(r.rest) > 0 {
		from := copied + r.varint()
		n := r.uvarint()
		inserted := r.bytes()
		if r.bad || from < 0 || from > int64(len(base)) || n > uint64(int64(len(base))-from) || int64(len(dst)) > maxForm {
			return dst, errDelta
		}
		copied = from + int64(n)
		dst = append(append(dst, base[from:copied]...), inserted...)
	}
	if r.bad {
		return dst, errDelta
	}
	return dst, nil
}
