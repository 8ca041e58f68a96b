package tree

import "encoding/binary"

// The header of a node.
const (
	nodeKind  = 0 // 1 byte
	nodeFlags = 1 // 1 byte
	nodeUsed  = 2 // bytes in use, the header among them, 2 bytes
	nodeCount = 4 // elements or children, 2 bytes
	nodeSize  = 6
)

// Kinds of nodes. Others are free for other layouts of leaves.
const (
	kindLeaf   = 1
	kindBranch = 2
)

// flagFar is set when far texts are or were in a leaf.
const flagFar = 1

func used(b []byte) int  { return int(binary.LittleEndian.Uint16(b[nodeUsed:])) }
func count(b []byte) int { return int(binary.LittleEndian.Uint16(b[nodeCount:])) }

func setHeader(b []byte, kind, flags byte, used, count int) {
	b[nodeKind], b[nodeFlags] = kind, flags
	binary.LittleEndian.PutUint16(b[nodeUsed:], uint16(used))
	binary.LittleEndian.PutUint16(b[nodeCount:], uint16(count))
}

// leafWeight returns the weight of so many bytes of elements.
func leafWeight(bytes, elements int) int { return bytes + elements*elementCost }

// search returns the place and the position in a leaf of the first element at or after a key.
func (t *Tree) search(b []byte, k *Key) (at, i int, found bool) {
	end := used(b)
	at = nodeSize
	for at < end {
		if prefix := t.order.readPrefix(b, at); prefix >= k.Prefix {
			if prefix > k.Prefix {
				return at, i, false
			}
			x, _ := readText(b, at+t.order.prefix())
			if c := t.compareName(x, k.Name); c >= 0 {
				return at, i, c == 0
			}
		}
		at = t.order.next(b, at)
		i++
	}
	return at, i, false
}

// skip returns the place of the i-th element of a leaf, or its end.
func (t *Tree) skip(b []byte, i int) int {
	at := nodeSize
	for range i {
		at = t.order.next(b, at)
	}
	return at
}

// change replaces old bytes at a place in the leaf of a path by an element, or by nothing. more is the difference that
// makes in elements.
func (t *Tree) change(p *path, at, old int, e *element, more int) {
	s := p.leaf(t)
	b := s.bytes(t)
	room, far := 0, byte(0)
	if e != nil {
		room = t.order.room(e)
		if e.name.far || e.value.far {
			far = flagFar
		}
	}
	end := used(b)
	to, elements := end+room-old, count(b)+more
	t.count += uint64(more)
	weight := leafWeight(to-nodeSize, elements)
	if weight > t.limits.leaf {
		t.splitLeaf(p, at, old, e, more)
		return
	}
	if to > end {
		b = t.fit(s.node, b, to)
	}
	copy(b[at+room:], b[at+old:end])
	if e != nil {
		t.order.write(b[at:], e)
	}
	setHeader(b, kindLeaf, b[nodeFlags]|far, to, elements)
	if to < end {
		t.fit(s.node, b, to)
	}
	if more != 0 {
		p.addCounts(t, t.height-1, more)
	}
	if weight < t.limits.leaf/3 {
		t.rebalance(p)
	}
}

// leafRun is the elements of up to two leaves while they are divided anew.
type leafRun struct {
	buf      [2*maxLeaf + 2*maxText + 64]byte
	bytes    int
	elements int
	flags    byte
}

// append adds elements to the run.
func (r *leafRun) append(b []byte, elements int) {
	r.bytes += copy(r.buf[r.bytes:], b)
	r.elements += elements
}

// appendLeaf adds a leaf to the run.
func (r *leafRun) appendLeaf(b []byte) {
	r.append(b[nodeSize:used(b)], count(b))
	r.flags |= b[nodeFlags]
}

// half returns the place in the run that divides its weight best, and the elements before it.
func (r *leafRun) half(o Order) (at, elements int) {
	whole := leafWeight(r.bytes, r.elements)
	for {
		next := o.next(r.buf[:r.bytes], at)
		before, after := leafWeight(at, elements), leafWeight(next, elements+1)
		if elements > 0 && before+after >= whole || elements+1 == r.elements {
			return at, elements
		}
		at, elements = next, elements+1
	}
}

// store writes elements to leaf n, which is b.
func (t *Tree) storeLeaf(n uint32, b, elements []byte, count int, flags byte) {
	size := nodeSize + len(elements)
	b = t.fit(n, b, size)
	setHeader(b, kindLeaf, flags, size, count)
	copy(b[nodeSize:], elements)
}

// splitLeaf is change for a leaf that becomes too heavy, and gets a neighbour after it.
func (t *Tree) splitLeaf(p *path, at, old int, e *element, more int) {
	var r leafRun
	s := p.leaf(t)
	b := s.bytes(t)
	r.append(b[nodeSize:at], 0)
	t.order.write(r.buf[r.bytes:], e)
	from := r.bytes
	r.bytes += t.order.room(e)
	to := r.bytes
	r.append(b[at+old:used(b)], count(b)+more)
	r.flags = b[nodeFlags]
	if e.name.far || e.value.far {
		r.flags |= flagFar
	}

	var cut, left int
	switch {
	case more > 0 && to == r.bytes && p.isLast(t, t.height-1):
		cut, left = from, r.elements-1 // elements come in order: leave full leaves behind
	case more > 0 && from == 0 && p.isFirst(t.height-1):
		cut, left = to, 1
	default:
		cut, left = r.half(t.order)
	}
	n, fresh := t.add(nodeSize + r.bytes - cut)
	t.storeLeaf(n, fresh, r.buf[cut:r.bytes], r.elements-left, r.flags)
	t.storeLeaf(s.node, s.bytes(t), r.buf[:cut], left, r.flags)
	sep := t.separate(&r, cut, left)
	t.addChild(p, t.height-2, more, left, twig{child: n, count: uint32(r.elements - left)}, &sep)
}

// separate returns the separator between the elements of a run before and after a place.
func (t *Tree) separate(r *leafRun, cut, left int) (sep separator) {
	if t.order&named == 0 {
		return sep
	}
	at := 0
	for range left - 1 {
		at = t.order.next(r.buf[:r.bytes], at)
	}
	before, _ := t.order.read(r.buf[:r.bytes], at)
	after, _ := t.order.read(r.buf[:r.bytes], cut)
	return t.makeSeparator(&before, &after)
}
