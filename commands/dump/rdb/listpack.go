package rdb

import "encoding/binary"

// A listpack is a header of 6 bytes (its length and the count of elements), elements, and a last byte. Each element is
// followed by its own length, for those who read backwards.
const (
	listpackHeader = 6
	listpackEnd    = 0xff
)

// listpack reads the elements of a listpack.
func (r *reader) listpack(b []byte) (all [][]byte) {
	if len(b) < listpackHeader+1 || binary.LittleEndian.Uint32(b) != uint32(len(b)) {
		r.failed = true
		return nil
	}
	in := reader{rest: b[listpackHeader:]}
	for !in.failed && len(in.rest) > 0 && in.rest[0] != listpackEnd {
		before := len(in.rest)
		all = append(all, in.element())
		in.take(uint64(backwards(before - len(in.rest))))
	}
	if n := int(binary.LittleEndian.Uint16(b[4:])); in.failed || len(in.rest) != 1 || n != 0xffff && n != len(all) {
		r.failed = true
		return nil
	}
	return all
}

// backwards returns how many bytes the length of an element of so many bytes takes.
func backwards(n int) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14-1:
		return 2
	case n < 1<<21-1:
		return 3
	case n < 1<<28-1:
		return 4
	}
	return 5
}

// element reads an element of a listpack.
func (r *reader) element() []byte {
	b := r.byte()
	switch {
	case b < 0x80:
		return decimal(int64(b))
	case b < 0xc0:
		return r.take(uint64(b & 63))
	case b < 0xe0:
		return decimal(int64(int16(uint16(b)<<11|uint16(r.byte())<<3)) >> 3) // 13 bits with a sign
	case b < 0xf0:
		return r.take(uint64(b&15)<<8 | uint64(r.byte()))
	}
	switch b {
	case 0xf0:
		if b := r.take(4); b != nil {
			return r.take(uint64(binary.LittleEndian.Uint32(b)))
		}
	case 0xf1, 0xf2, 0xf3:
		return r.integer(int(b-0xf1) + 2)
	case 0xf4:
		return r.integer(8)
	}
	r.failed = true
	return nil
}

// integer reads an integer of so many bytes.
func (r *reader) integer(size int) []byte {
	var b [8]byte
	copy(b[8-size:], r.take(uint64(size)))
	return decimal(int64(binary.LittleEndian.Uint64(b[:])) >> (64 - 8*size))
}

// integers reads an intset: the size of a number and their count, each of 4 bytes, and the numbers.
func (r *reader) integers(b []byte) (all [][]byte) {
	if len(b) < 8 {
		r.failed = true
		return nil
	}
	size, n := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	in := reader{rest: b[8:]}
	if size != 2 && size != 4 && size != 8 || uint64(n)*uint64(size) != uint64(len(in.rest)) {
		r.failed = true
		return nil
	}
	for range n {
		all = append(all, in.integer(int(size)))
	}
	return all
}
