package tree

import (
	"bytes"
	"encoding/binary"
)

// A branch has an entry for each child after its header, and separators after the entries.
const (
	entryChild = 0 // number of the node, 4 bytes
	entryCount = 4 // elements in it and below, 4 bytes
	entryEnd   = 8 // where its separator ends, from the end of the entries on, and a flag, 2 bytes
	entrySize  = 10

	endOverflow = 1 << 15 // the separator is in a node of its own
	endMask     = endOverflow - 1
)

// entryAt returns the place of the entry of a child.
func entryAt(i int) int { return nodeSize + i*entrySize }

func childAt(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[entryAt(i)+entryChild:]) }
func countAt(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[entryAt(i)+entryCount:]) }

// setCountAt changes how many elements are below a child.
func setCountAt(b []byte, i int, elements uint32) {
	binary.LittleEndian.PutUint32(b[entryAt(i)+entryCount:], elements)
}

func endAt(b []byte, i int) int { return int(binary.LittleEndian.Uint16(b[entryAt(i)+entryEnd:])) }

// separatorAt returns the bytes of a child's separator as they lie in a branch: for one that overflows, a length and a node.
func separatorAt(b []byte, i int) (sep []byte, overflow bool) {
	base, from, end := entryAt(count(b)), 0, endAt(b, i)
	if i > 0 {
		from = endAt(b, i-1) & endMask
	}
	return b[base+from : base+end&endMask], end&endOverflow != 0
}

// splitter returns the whole separator of a child.
func (t *Tree) splitter(b []byte, i int) []byte {
	sep, overflow := separatorAt(b, i)
	if overflow {
		return t.load(overflowText(sep))
	}
	return sep
}

// overflowText returns the text that a separator which overflows stands for.
func overflowText(sep []byte) text {
	return text{size: int(binary.LittleEndian.Uint32(sep)), node: binary.LittleEndian.Uint32(sep[4:]), overflow: true}
}

// childOf returns the child where a key belongs: the last one whose separator is not above it. The span is that of the
// branch's hashes, and then of the child's, where prefixes are hashes.
func (t *Tree) childOf(b []byte, k *Key, span *hashSpan) int {
	if t.order.prefix() == hashWidth {
		return t.childOfHash(b, k, span)
	}
	low, high := 0, count(b)-1 // the answer is among low to high
	for low < high {
		mid := int(uint(low+high+1) / 2)
		if _, above := t.startsAbove(b, mid, k); above {
			high = mid - 1
		} else {
			low = mid
		}
	}
	return low
}

// startsAbove returns the prefix with which the elements of a child begin, and reports whether the child is above a key.
func (t *Tree) startsAbove(b []byte, i int, k *Key) (start uint64, above bool) {
	sep, width := t.splitter(b, i), t.order.prefix()
	for _, c := range sep[:min(len(sep), width)] {
		start = start<<8 | uint64(c)
	}
	if len(sep) <= width {
		start <<= 8 * (width - len(sep))
		return start, start > k.Prefix
	}
	return start, start > k.Prefix || start == k.Prefix && bytes.Compare(sep[width:], k.Name) > 0
}

// separator is one that a branch is about to get. Its bytes are as separatorAt returns them.
type separator struct {
	buf      [maxSplit]byte
	size     int
	overflow bool
}

func (s *separator) set(b []byte, overflow bool) { s.size, s.overflow = copy(s.buf[:], b), overflow }

// makeSeparator returns the shortest bytes that sort after one element and not after the next.
func (t *Tree) makeSeparator(before, after *element) (sep separator) {
	width := t.order.prefix()
	a, b := t.order.head(before.prefix), t.order.head(after.prefix)
	n := commonPrefix(a[:width], b[:width])
	if n == width {
		n += commonPrefix(t.load(before.name), t.load(after.name))
	}
	n++
	if n <= width {
		sep.set(b[:n], false)
		return sep
	}
	if n <= t.limits.split {
		copy(sep.buf[:], b[:width])
		copy(sep.buf[width:], t.load(after.name)[:n-width])
		sep.size = n
		return sep
	}
	num, to := t.alloc(n)
	copy(to, b[:width])
	copy(to[width:], t.load(after.name)[:n-width])
	binary.LittleEndian.PutUint32(sep.buf[:], uint32(n))
	binary.LittleEndian.PutUint32(sep.buf[4:], num)
	sep.size, sep.overflow = 8, true
	return sep
}

func commonPrefix(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// freeSeparator frees the node of a separator that no branch has any more.
func (t *Tree) freeSeparator(s *separator) {
	if s.overflow {
		t.free(overflowText(s.buf[:]).node)
	}
}
