package tree

import (
	"bytes"
	"encoding/binary"
)

// The header of a node.
const (
	nodeKind  = 0 // 1 byte
	nodeFlags = 1 // 1 byte
	nodeUsed  = 2 // bytes in use, the header among them, 2 bytes
	nodeCount = 4 // elements or children, 2 bytes
	nodeName  = 6 // length of the names in a fixed-length leaf, 1 byte
	nodeValue = 7 // and of the values, 1 byte
	nodeSize  = 8
)

// Kinds of nodes. Others are free for other layouts of leaves.
const (
	kindLeaf   = 1
	kindBranch = 2
)

// Flags of a leaf.
const (
	flagOverflow = 1 // texts that overflow are or were in it
	flagFixed    = 2 // its elements have one length, see form
)

func used(b []byte) int  { return int(binary.LittleEndian.Uint16(b[nodeUsed:])) }
func count(b []byte) int { return int(binary.LittleEndian.Uint16(b[nodeCount:])) }

// setCounts changes the bytes in use and the count in a header.
func setCounts(b []byte, used, count int) {
	binary.LittleEndian.PutUint16(b[nodeUsed:], uint16(used))
	binary.LittleEndian.PutUint16(b[nodeCount:], uint16(count))
}

// leafWeight returns the weight of so many bytes of elements.
func leafWeight(bytes, elements int) int { return bytes + elements*elementCost }

// weight returns the weight of a leaf's elements.
func (t *Tree) weight(b []byte) int {
	f := t.order.formOf(b)
	return leafWeight(used(b)-nodeSize+count(b)*f.codes(), count(b))
}

// search returns the place and the position in a leaf of the first element at or after a key. The span is that of the
// leaf's hashes.
func (t *Tree) search(b []byte, k *Key, span *hashSpan) (at, i int, found bool) {
	f := t.order.formOf(b)
	switch {
	case f.size > 0 && t.order.prefix() == hashWidth:
		return f.searchHash(b, k, span)
	case f.size > 0:
		return f.search(b, k)
	}
	return t.searchPlain(b, &f, k)
}

// searchPlain is search in a leaf without a fixed length.
func (t *Tree) searchPlain(b []byte, f *form, k *Key) (at, i int, found bool) {
	width, end := f.order.prefix(), used(b)
	at, i = f.skipBelow(b, nodeSize, end, k.Prefix)
	for at < end {
		if prefix := f.prefix(b, at); prefix >= k.Prefix {
			if prefix > k.Prefix {
				return at, i, false
			}
			x, _ := readText(b, at+width)
			if c := t.compareName(x, k.Name); c >= 0 {
				return at, i, c == 0
			}
		}
		at = f.next(b, at)
		i++
	}
	return at, i, false
}

// search is that of a fixed-length leaf.
func (f *form) search(b []byte, k *Key) (at, i int, found bool) {
	width := f.order.prefix()
	for low, high := 0, count(b); ; {
		if low == high {
			return nodeSize + low*f.size, low, found
		}
		mid := int(uint(low+high) / 2)
		at := nodeSize + mid*f.size
		switch prefix := f.prefix(b, at); {
		case prefix < k.Prefix:
			low = mid + 1
		case prefix > k.Prefix:
			high, found = mid, false
		default:
			if c := bytes.Compare(b[at+width:at+width+int(f.name)], k.Name); c < 0 {
				low = mid + 1
			} else {
				high, found = mid, c == 0
			}
		}
	}
}

// change replaces old bytes at a place in the leaf of a path by an element, or by nothing. more is the difference that
// makes in elements.
func (t *Tree) change(p *path, at, old int, e *element, more int) {
	s := p.leaf(t)
	b := s.bytes(t)
	f := t.order.formOf(b)
	room, overflow := 0, byte(0)
	if e != nil {
		if !f.fits(e) {
			at, old = t.makePlain(s, at, old)
			b = s.bytes(t)
			f = f.order.plain()
		}
		room = f.room(e)
		if e.name.overflow || e.value.overflow {
			overflow = flagOverflow
		}
	}
	end := used(b)
	to, elements := end+room-old, count(b)+more
	t.count += uint64(more)
	weight := leafWeight(to-nodeSize+elements*f.codes(), elements)
	if weight > t.limits.leaf {
		t.splitLeaf(p, at, old, e, more)
		return
	}
	if to > end {
		b = t.resizeLeaf(p, b, to, &f)
	}
	copy(b[at+room:], b[at+old:end])
	if e != nil {
		f.write(b[at:], e)
	}
	b[nodeFlags] |= overflow
	setCounts(b, to, elements)
	if to < end {
		t.resizeLeaf(p, b, to, &f)
	}
	if more != 0 {
		p.addCounts(t, t.height-1, more)
	}
	if to < end && weight < t.limits.leaf/3 {
		t.rebalance(p)
	}
}

// makePlain makes a fixed-length leaf plain. It returns the place and the size of an element in the plain one.
func (t *Tree) makePlain(s *step, at, size int) (to, room int) {
	var r leafRun
	b := s.bytes(t)
	f := t.order.formOf(b)
	r.appendLeaf(t.order, b)
	r.makePlain()
	b = t.resize(s.node, b, nodeSize+r.bytes)
	b[nodeFlags] &^= flagFixed
	setCounts(b, nodeSize+copy(b[nodeSize:], r.buf[:r.bytes]), r.elements)
	if size > 0 {
		size += f.codes()
	}
	return at + (at-nodeSize)/f.size*f.codes(), size
}

// splitLeaf is change for a leaf that becomes too heavy, and gets a neighbour after it.
func (t *Tree) splitLeaf(p *path, at, old int, e *element, more int) {
	s := p.leaf(t)
	b := s.bytes(t)
	isLast := at == used(b) && p.isLast(t, t.height-1)
	if more > 0 && (isLast || at == nodeSize && p.isFirst(t.height-1)) {
		t.splitEnd(p, e, isLast)
		return
	}
	var r leafRun
	f := t.order.formOf(b)
	r.append(f, b[nodeSize:at])
	r.add(e)
	r.append(f, b[at+old:used(b)])
	r.elements = count(b) + more
	r.flags |= b[nodeFlags]
	cut, left := r.half()
	n, fresh := t.alloc(nodeSize + r.bytes - cut + (r.elements-left)*f.codes())
	t.storeLeaf(n, fresh, &r, cut, r.bytes, r.elements-left)
	t.storeLeaf(s.node, s.bytes(t), &r, 0, cut, left)
	sep := t.separate(&r, cut, left)
	t.addChild(p, t.height-2, more, left, branchEntry{child: n, count: uint32(r.elements - left)}, &sep)
}

// splitEnd is splitLeaf for an element that comes after all others, or before them. Elements come in order then, so the
// full leaf stays as it is, and the element has one of its own.
func (t *Tree) splitEnd(p *path, e *element, isLast bool) {
	s := p.leaf(t)
	sep := t.separateEnd(s.bytes(t), e, isLast)
	f := t.order.aloneForm(e)
	size, b := nodeSize+f.room(e), s.bytes(t)
	full, elements := used(b), count(b)
	if isLast {
		t.trim(s.node, b, full)
		n, fresh := t.alloc(t.edgeRoom(size, &f))
		f.writeAlone(fresh, e)
		t.addChild(p, t.height-2, 1, elements, branchEntry{child: n, count: 1}, &sep)
		return
	}
	n, fresh := t.alloc(full)
	copy(fresh, s.bytes(t)[:full])
	b = t.resizeEdge(s.node, s.bytes(t), size, &f)
	f.writeAlone(b, e)
	t.addChild(p, t.height-2, 1, 1, branchEntry{child: n, count: uint32(elements)}, &sep)
}

// separateEnd returns the separator between the last element of a leaf, or the first one, and another.
func (t *Tree) separateEnd(b []byte, e *element, isLast bool) (sep separator) {
	if t.order&named == 0 {
		return sep
	}
	f, at := t.order.formOf(b), nodeSize
	if isLast {
		at = f.skip(b, count(b)-1)
	}
	end, _ := f.read(b, at)
	var name [maxText]byte // nodes may move
	if !end.name.overflow {
		end.name.bytes = name[:copy(name[:], end.name.bytes)]
	}
	if isLast {
		return t.makeSeparator(&end, e)
	}
	return t.makeSeparator(e, &end)
}
