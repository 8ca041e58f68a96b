package memory

import (
	"encoding/binary"
	"hash/maphash"
)

// Numbers of shapes that are not in the list.
const (
	shapeInline = 0 // the names are in the entry
	shapeEmpty  = 1 // the global bag without fields
	firstShape  = 2
)

const (
	maxShapes     = 2048 // of a shard
	maxShapeNames = 64   // fields of a bag that has a shape
	maxShapeBytes = 1024 // length of the names in one
)

// shape is what many bags have in common: the name of the component and those of the fields.
type shape struct {
	key       string
	component []byte
	names     [][]byte
	uses      int
}

// shapeTable numbers the shapes of a shard. A list of names is given a number the second time it is met, so that names
// which never come again take none.
type shapeTable struct {
	list    []shape
	numbers map[string]uint16
	free    []uint16
	seen    [128]uint32 // hashes of names met lately
	seed    maphash.Seed
	key     []byte
	met     uint16 // the shape that restoring has met last
	bytes   int64  // of the names
}

// acquire returns the number of the shape of one more bag, or shapeInline when it is to have none.
func (t *shapeTable) acquire(component []byte, fields []field) uint16 {
	if len(fields) == 0 && len(component) == 0 {
		return shapeEmpty
	}
	if len(fields) > maxShapeNames {
		return shapeInline
	}
	key := appendBytes(t.key[:0], component)
	for _, f := range fields {
		if len(key) > maxShapeBytes {
			return shapeInline
		}
		key = appendBytes(key, f.name)
	}
	if len(key) > maxShapeBytes {
		return shapeInline
	}
	t.key = key
	if n, ok := t.numbers[string(key)]; ok {
		t.list[n].uses++
		return n
	}
	h := uint32(maphash.Bytes(t.seed, key))
	if seen := &t.seen[h%uint32(len(t.seen))]; *seen != h {
		*seen = h
		return shapeInline
	}
	n, ok := takeLast(&t.free)
	switch {
	case ok:
	case len(t.list) == maxShapes:
		return shapeInline
	case t.list == nil:
		t.numbers = make(map[string]uint16)
		t.list = make([]shape, firstShape, firstShape+4)
		fallthrough
	default:
		n = uint16(len(t.list))
		t.list = append(t.list, shape{})
	}
	t.list[n] = newShape(string(key))
	t.numbers[t.list[n].key] = n
	t.bytes += t.list[n].size()
	return n
}

func newShape(key string) shape {
	s := shape{key: key, uses: 1}
	rest := []byte(key)
	s.component, rest = takeBytes(rest)
	for len(rest) > 0 {
		var name []byte
		name, rest = takeBytes(rest)
		s.names = append(s.names, name)
	}
	return s
}

// size returns what the shape is counted for: its names twice, and their slices.
func (s *shape) size() int64 { return int64(2*len(s.key) + 24*len(s.names) + 96) }

// release says that one bag less has a shape.
func (t *shapeTable) release(n uint16) {
	if n < firstShape {
		return
	}
	s := &t.list[n]
	if s.uses--; s.uses == 0 {
		t.bytes -= s.size()
		delete(t.numbers, s.key)
		*s = shape{}
		t.free = append(t.free, n)
	}
}

// appendBytes appends the length of b and b.
func appendBytes(to, b []byte) []byte {
	return append(binary.AppendUvarint(to, uint64(len(b))), b...)
}

// takeBytes is the reverse of appendBytes.
func takeBytes(from []byte) (b, rest []byte) {
	if n := int(from[0]); n < 0x80 {
		return from[1 : 1+n], from[1+n:]
	}
	n, w := binary.Uvarint(from)
	return from[w : w+int(n)], from[w+int(n):]
}
