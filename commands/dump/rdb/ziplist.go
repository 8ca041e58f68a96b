package rdb

import "encoding/binary"

// A ziplist, which Redis wrote before 7.0, is a header of 10 bytes, elements, and a last byte. The header has its
// length, where its last element is, and the count of elements. Each element follows the length of the one before.
const (
	ziplistHeader = 10
	ziplistEnd    = 0xff
	longBefore    = 0xfe // 4 bytes with the length follow
)

// ziplist reads the elements of a ziplist.
func (r *reader) ziplist(b []byte) (all [][]byte) {
	if len(b) < ziplistHeader+1 || binary.LittleEndian.Uint32(b) != uint32(len(b)) {
		r.failed = true
		return nil
	}
	in := reader{rest: b[ziplistHeader:]}
	for !in.failed && len(in.rest) > 0 && in.rest[0] != ziplistEnd {
		if in.byte() == longBefore {
			in.take(4)
		}
		all = append(all, in.ziplistElement())
	}
	if n := int(binary.LittleEndian.Uint16(b[8:])); in.failed || len(in.rest) != 1 || n != 0xffff && n != len(all) {
		r.failed = true
		return nil
	}
	return all
}

// ziplistElement reads an element behind the length of the one before.
func (r *reader) ziplistElement() []byte {
	b := r.byte()
	switch b >> 6 {
	case 0:
		return r.take(uint64(b & 63))
	case 1:
		return r.take(uint64(b&63)<<8 | uint64(r.byte()))
	case 2:
		if b := r.take(4); b != nil {
			return r.take(uint64(binary.BigEndian.Uint32(b)))
		}
		return nil
	}
	switch b {
	case 0xc0:
		return r.integer(2)
	case 0xd0:
		return r.integer(4)
	case 0xe0:
		return r.integer(8)
	case 0xf0:
		return r.integer(3)
	case 0xfe:
		return r.integer(1)
	}
	if b < 0xf1 || b > 0xfd {
		r.failed = true
		return nil
	}
	return decimal(int64(b&15) - 1)
}

// zipmap reads the fields of a zipmap, in which Redis kept small hashes before 2.6: a count, and names and values. Behind the
// length of a value is how many bytes after it are free.
func (r *reader) zipmap(b []byte) (all [][]byte) {
	in := reader{rest: b}
	in.byte()
	for !in.failed && len(in.rest) > 0 && in.rest[0] != ziplistEnd {
		name := in.take(in.zipmapLength())
		n := in.zipmapLength()
		free := in.byte()
		all = append(all, name, in.take(n))
		in.take(uint64(free))
	}
	if in.failed || len(in.rest) != 1 {
		r.failed = true
		return nil
	}
	return all
}

func (r *reader) zipmapLength() uint64 {
	n := r.byte()
	if n < longBefore {
		return uint64(n)
	}
	if b := r.take(4); n == longBefore && b != nil {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	r.failed = true
	return 0
}
