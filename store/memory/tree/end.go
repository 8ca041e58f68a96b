package tree

import "encoding/binary"

// End is the first or the last leaf of a list or a sorted set, and the way there. It changes the leaf as long as no node has to
// move or to change its size. Nothing has to be reserved for that, and of the tree's state it writes the count alone. An End is
// valid as long as no node of its tree moves, comes or goes.
type End struct {
	limits *limits
	order  Order
	state  [StateSize]byte // when it was found
	last   bool
	leaf   []byte
	counts [maxHeight - 1][]byte // of the elements below, in the branches on the way
	levels int                   // how many these are
	edge   int                   // see edgeStep
	from   int                   // the place of the element that Value or Key has returned
	to     int                   // the place after it
}

// Find makes e the first or the last leaf of a tree, whose state is as given. It must not be empty.
func (e *End) Find(t *Tree, state []byte, last bool) {
	i := 0
	if last {
		i = t.Len() - 1
	}
	var p path
	p.findAt(t, i)
	e.limits, e.order, e.last, e.edge = t.limits, t.order, last, t.edgeStep()
	copy(e.state[:], state)
	e.leaf, e.levels = p.leaf(t).b, t.height-1
	for level := range e.levels {
		s := &p.steps[level]
		at := entryAt(s.child) + entryCount
		e.counts[level] = s.b[at : at+4]
	}
}

// Is reports whether the tree with a state has the nodes that e has found, if none has moved.
func (e *End) Is(state []byte) bool {
	const notCount = 8 * (8 - stateCount) // bits of the count in either half
	a, b := e.state[:StateSize], state[:StateSize]
	return binary.LittleEndian.Uint64(a)<<notCount == binary.LittleEndian.Uint64(b)<<notCount &&
		binary.LittleEndian.Uint64(a[8:])>>notCount == binary.LittleEndian.Uint64(b[8:])>>notCount
}

// Takes reports whether Push can add a value.
func (e *End) Takes(value []byte) bool {
	b := e.leaf
	elements, codes := count(b)+1, 0
	x := text{bytes: value, size: len(value)}
	room := x.room()
	if b[nodeFlags]&flagFixed != 0 {
		if len(value) != int(b[nodeValue]) {
			return false
		}
		room, codes = len(value), 1
	}
	to := used(b) + room
	return to <= len(b) && len(value) <= e.limits.text && leafWeight(to-nodeSize+elements*codes, elements) <= e.limits.leaf
}

// Push adds a value at the end, which Takes it.
func (e *End) Push(state, value []byte) {
	b, at := e.leaf, nodeSize
	x := text{bytes: value, size: len(value)}
	room, fixed := x.room(), b[nodeFlags]&flagFixed != 0
	if fixed {
		room = len(value)
	}
	end := used(b)
	if e.last {
		at = end
	} else {
		copy(b[at+room:], b[at:end])
	}
	if fixed {
		copy(b[at:], value)
	} else {
		x.write(b[at:])
	}
	setCounts(b, end+room, count(b)+1)
	e.add(state, 1)
}

// Value returns the value at the end of a list, which lasts until the tree is changed. It is false where Pop cannot remove that.
func (e *End) Value() (value []byte, ok bool) {
	b, f := e.leaf, List.formOf(e.leaf)
	e.seek(&f)
	if f.size > 0 {
		e.to = e.from + f.size
		return b[e.from:e.to], e.Pops()
	}
	x, to := readText(b, e.from)
	e.to = to
	return x.bytes, !x.overflow && e.Pops()
}

// Key returns the key at the end of a sorted set, which lasts until the tree is changed. It is false where not all of it lies there.
func (e *End) Key() (k Key, ok bool) {
	f := e.order.formOf(e.leaf)
	e.seek(&f)
	k, e.to, ok = f.readKey(e.leaf, e.from)
	return k, ok
}

// readKey returns the key of the element at a place of a sorted set's leaf, and the place after it. It is false where not all of
// the name lies there.
func (f *form) readKey(b []byte, at int) (k Key, to int, ok bool) {
	k.Prefix = binary.BigEndian.Uint64(b[at:])
	at += scoreWidth
	if f.size > 0 {
		to = at + int(f.name)
		k.Name = b[at:to]
		return k, to, true
	}
	x, to := readText(b, at)
	k.Name = x.bytes
	return k, to, !x.overflow
}

// seek goes to the element at the end.
func (e *End) seek(f *form) {
	e.from = nodeSize
	if e.last {
		e.from = f.skip(e.leaf, count(e.leaf)-1)
	}
}

// Pops reports whether Pop can remove the element that Value or Key has returned.
func (e *End) Pops() bool {
	b := e.leaf
	left := used(b) - (e.to - e.from)
	return count(b) > 1 && len(b)-left < 2*e.edge
}

// Pop removes the element that Value or Key has returned, as Pops permits.
func (e *End) Pop(state []byte) {
	b, end := e.leaf, used(e.leaf)
	if !e.last {
		copy(b[e.from:], b[e.to:end])
	}
	setCounts(b, end-(e.to-e.from), count(b)-1)
	e.add(state, -1)
}

// add adds to the counts of the elements.
func (e *End) add(state []byte, more int) {
	for _, c := range e.counts[:e.levels] {
		binary.LittleEndian.PutUint32(c, binary.LittleEndian.Uint32(c)+uint32(more))
	}
	c := state[stateCount : stateCount+4]
	binary.LittleEndian.PutUint32(c, binary.LittleEndian.Uint32(c)+uint32(more))
}

// The end leaves of a long tree have room for many elements, so that they seldom change their size. Together they spend
// at most about a sixteenth of the tree's bytes on that.
const edgeShare = 64

// edgeStep is the step of the limits for the first and the last leaf.
func (t *Tree) edgeStep() int {
	return max(t.limits.step, min(int(t.bytes/edgeShare), t.limits.leaf))
}

// resizeLeaf is resize for the leaf of a path, whose elements are of a form.
func (t *Tree) resizeLeaf(p *path, b []byte, size int, f *form) []byte {
	s := p.leaf(t)
	switch {
	case p.isEdge(t):
		return t.resizeEdge(s.node, b, size, f)
	case size <= len(b) && len(b)-size < t.limits.slack:
		return b
	}
	return t.resize(s.node, b, size)
}

// isEdge reports whether the path's leaf is the first or the last one.
func (p *path) isEdge(t *Tree) bool { return p.isFirst(t.height-1) || p.isLast(t, t.height-1) }

// resizeEdge is resize for the first or the last leaf.
func (t *Tree) resizeEdge(n uint32, b []byte, size int, f *form) []byte {
	if size <= len(b) && len(b)-size < 2*t.edgeStep() {
		return b
	}
	return t.trim(n, b, t.edgeRoom(size, f))
}

// edgeRoom returns the room that a leaf at an end gets for so many bytes. It is no more than the leaf can use with
// elements of the form.
func (t *Tree) edgeRoom(size int, f *form) int {
	most, step := nodeSize+t.limits.leaf, t.edgeStep()
	if f.size > 0 {
		most = nodeSize + t.limits.leaf/(f.size+f.codes()+elementCost)*f.size
	}
	return max(size, min((size+step-1)/step*step, most))
}
