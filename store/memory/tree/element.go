package tree

import (
	"bytes"
	"encoding/binary"
)

// Order is the parts that the elements of a tree have, and how they are sorted.
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
	// Log is for streams: sorted by a prefix of 64 bits, then by name, with values.
	Log = 8 | named | valued
	// List has values alone, sorted by nothing but their position.
	List = valued

	// Tiny, added to an order, gives a tree such limits that few elements make many nodes. It is for tests of owners.
	Tiny Order = 1 << 6
)

func (o Order) prefix() int { return int(o & prefixMask) }

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

// makeElement returns an element for a leaf. Texts that overflow have no node yet.
func (t *Tree) makeElement(k Key, value []byte) element {
	e := element{prefix: k.Prefix}
	if t.order&named != 0 {
		e.name = makeText(k.Name, t.limits.text, t.limits.stub)
	}
	if t.order&valued != 0 {
		e.value = makeText(value, t.limits.text, 0)
	}
	return e
}

// item returns an element with its bytes.
func (t *Tree) item(e element) Item {
	return Item{Key{e.prefix, t.load(e.name)}, t.load(e.value)}
}

// compareName compares the name of an element with another one.
func (t *Tree) compareName(x text, name []byte) int {
	if !x.overflow {
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
