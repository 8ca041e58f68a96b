package tree

import (
	"bytes"
	"encoding/binary"
)

// Order says what the elements of a tree consist of and what they are sorted by.
type Order uint8

// An order's lower bits are the width of its prefix in bytes.
const (
	prefixMask Order = 15
	named      Order = 1 << 4
	valued     Order = 1 << 5

	// Map is for fields of a hash: sorted by a prefix of 32 bits, which is a hash of the name, then by name.
	Map = 4 | named | valued
	// Set is Map without values.
	Set = 4 | named
	// Sorted is for sorted sets: sorted by a prefix of 64 bits, which is the score (see Score), then by name.
	Sorted = 8 | named
	// List has values alone, sorted by nothing but their position.
	List = valued
)

func (o Order) prefix() int { return int(o & prefixMask) }

// next returns the place after the element at a place.
func (o Order) next(b []byte, at int) int {
	at += int(o & prefixMask)
	if o&named != 0 {
		at = skipText(b, at)
	}
	if o&valued != 0 {
		at = skipText(b, at)
	}
	return at
}

// Key is what elements are sorted by: the prefix as a number, then the name as bytes.
type Key struct {
	Prefix uint64
	Name   []byte
}

// Item is an element. Its bytes belong to Nodes, and last until the tree is changed.
type Item struct {
	Key
	Value []byte
}

// element is one as it lies in a leaf.
type element struct {
	prefix uint64
	name   text
	value  text
}

// readPrefix returns the prefix of the element at a place.
func (o Order) readPrefix(b []byte, at int) uint64 {
	switch o.prefix() {
	case 4:
		return uint64(binary.BigEndian.Uint32(b[at:]))
	case 8:
		return binary.BigEndian.Uint64(b[at:])
	}
	return 0
}

// read returns the element at a place, and the place after it.
func (o Order) read(b []byte, at int) (element, int) {
	e := element{prefix: o.readPrefix(b, at)}
	at += o.prefix()
	if o&named != 0 {
		e.name, at = readText(b, at)
	}
	if o&valued != 0 {
		e.value, at = readText(b, at)
	}
	return e, at
}

// room returns how many bytes an element takes.
func (o Order) room(e *element) int {
	n := o.prefix()
	if o&named != 0 {
		n += e.name.room()
	}
	if o&valued != 0 {
		n += e.value.room()
	}
	return n
}

// write writes an element at the beginning of b.
func (o Order) write(b []byte, e *element) {
	switch o.prefix() {
	case 4:
		binary.BigEndian.PutUint32(b, uint32(e.prefix))
	case 8:
		binary.BigEndian.PutUint64(b, e.prefix)
	}
	b = b[o.prefix():]
	if o&named != 0 {
		b = b[e.name.write(b):]
	}
	if o&valued != 0 {
		e.value.write(b)
	}
}

// makeElement returns an element for a leaf. Texts that are far have no node yet.
func (t *Tree) makeElement(k Key, value []byte) element {
	return element{
		prefix: k.Prefix,
		name:   makeText(k.Name, t.limits.text, t.limits.stub),
		value:  makeText(value, t.limits.text, 0),
	}
}

// item returns an element with its bytes.
func (t *Tree) item(e element) Item {
	return Item{Key{e.prefix, t.load(e.name)}, t.load(e.value)}
}

// compareName compares the name of an element with another one.
func (t *Tree) compareName(x text, name []byte) int {
	if !x.far {
		return bytes.Compare(x.bytes, name)
	}
	if c := bytes.Compare(x.bytes, name[:min(len(name), len(x.bytes))]); c != 0 {
		return c
	}
	return bytes.Compare(t.load(x), name)
}

// head returns the prefix of a key as the bytes that separators begin with.
func (o Order) head(prefix uint64) (head [8]byte) {
	binary.BigEndian.PutUint64(head[:], prefix<<(64-8*o.prefix()))
	return head
}
