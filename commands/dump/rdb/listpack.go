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

// packer writes a listpack.
type packer struct {
	b     []byte
	count int
}

// number adds a number.
func (p *packer) number(n int64) {
	begin := p.begin()
	if n >= 0 && n < 0x80 {
		p.b = append(p.b, byte(n))
	} else {
		p.b = binary.LittleEndian.AppendUint64(append(p.b, 0xf4), uint64(n))
	}
	p.end(begin)
}

// text adds a text.
func (p *packer) text(text []byte) {
	begin := p.begin()
	switch n := len(text); {
	case n < 1<<6:
		p.b = append(p.b, 0x80|byte(n))
	case n < 1<<12:
		p.b = append(p.b, 0xe0|byte(n>>8), byte(n))
	default:
		p.b = binary.LittleEndian.AppendUint32(append(p.b, 0xf0), uint32(n))
	}
	p.b = append(p.b, text...)
	p.end(begin)
}

func (p *packer) begin() int {
	if p.b == nil {
		p.b = make([]byte, listpackHeader)
	}
	return len(p.b)
}

// end writes how long an element is, 7 bits a byte, the first ones in the last byte. A bit says that there is another
// byte in front.
func (p *packer) end(begin int) {
	n := len(p.b) - begin
	for i := backwards(n) - 1; i >= 0; i-- {
		b := byte(n>>(7*i)) & 0x7f
		if i < backwards(n)-1 {
			b |= 0x80
		}
		p.b = append(p.b, b)
	}
	p.count++
}

// bytes ends the listpack.
func (p *packer) bytes() []byte {
	p.begin()
	p.b = append(p.b, listpackEnd)
	binary.LittleEndian.PutUint32(p.b, uint32(len(p.b)))
	binary.LittleEndian.PutUint16(p.b[4:], uint16(min(p.count, 0xffff)))
	return p.b
}
