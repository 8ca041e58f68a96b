package tree

import "encoding/binary"

// step is a node on the way to an element.
type step struct {
	b     []byte
	node  uint32
	moves uint32 // of the tree when b was lent
	child int    // which child is the next step
}

// bytes returns the node where it lies now.
func (s *step) bytes(t *Tree) []byte {
	if s.moves != t.moves {
		s.b, s.moves = t.get(s.node), t.moves
	}
	return s.b
}

// path is the way from the root to a leaf.
type path struct{ steps [maxHeight]step }

// leaf returns the last step.
func (p *path) leaf(t *Tree) *step { return &p.steps[t.height-1] }

// enter makes a node the step at a level, and returns its bytes.
func (p *path) enter(t *Tree, level int, node uint32) []byte {
	b := t.get(node)
	p.steps[level] = step{b: b, node: node, moves: t.moves}
	return b
}

// find fills the path to the first element at or after a key, or to the end of the leaf where it belongs. It returns
// the place and the position in the leaf. The tree is not empty.
func (p *path) find(t *Tree, k *Key) (at, i int, found bool) {
	span := allHashes()
	b := p.enter(t, 0, t.root)
	for level := range t.height - 1 {
		child := t.childOf(b, k, &span)
		p.steps[level].child = child
		b = p.enter(t, level+1, childAt(b, child))
	}
	return t.search(b, k, &span)
}

// findAt fills the path to the i-th element, and returns its place in the leaf. The count of the tree leads to the end
// of the last leaf. The tree is not empty.
func (p *path) findAt(t *Tree, i int) (at int) {
	at, _ = p.findPlace(t, i)
	return at
}

// findPlace is findAt, and returns the position in the leaf too.
func (p *path) findPlace(t *Tree, i int) (at, in int) {
	b, n := p.enter(t, 0, t.root), t.Len()
	for level := range t.height - 1 {
		var child int
		child, i = childWith(b, i, n)
		n = int(countAt(b, child))
		p.steps[level].child = child
		b = p.enter(t, level+1, childAt(b, child))
	}
	if i == count(b) {
		return used(b), i
	}
	f := t.order.formOf(b)
	return f.skip(b, i), i
}

// childWith returns which child of a branch has the i-th of its n elements, the last one for the n-th, and the position
// there. It counts from the nearer end.
func childWith(b []byte, i, n int) (child, in int) {
	last := count(b) - 1
	if i < n/2 {
		for ; child < last; child++ {
			below := int(countAt(b, child))
			if i < below {
				break
			}
			i -= below
		}
		return child, i
	}
	for child = last; ; child-- {
		below := int(countAt(b, child))
		if n-i <= below || child == 0 {
			return child, below - (n - i)
		}
		n -= below
	}
}

// before returns the count of elements in leaves before the path's leaf.
func (p *path) before(t *Tree) int {
	n := 0
	for level := range t.height - 1 {
		s := &p.steps[level]
		for i, b := 0, s.bytes(t); i < s.child; i++ {
			n += int(countAt(b, i))
		}
	}
	return n
}

// addCounts adds to the counts of the path's children in the branches above a level.
func (p *path) addCounts(t *Tree, level, more int) {
	for i := range level {
		s := &p.steps[i]
		at := entryAt(s.child) + entryCount
		b := s.bytes(t)
		binary.LittleEndian.PutUint32(b[at:], binary.LittleEndian.Uint32(b[at:])+uint32(more))
	}
}

// isFirst reports whether no node of a level is before the path's.
func (p *path) isFirst(level int) bool {
	for i := range level {
		if p.steps[i].child > 0 {
			return false
		}
	}
	return true
}

// isLast reports whether no node of a level is after the path's.
func (p *path) isLast(t *Tree, level int) bool {
	for i := range level {
		s := &p.steps[i]
		if s.child < count(s.bytes(t))-1 {
			return false
		}
	}
	return true
}

// next moves the path to the leaf after it, by 1 or -1. It reports whether there is one; if not, nothing changes.
func (p *path) next(t *Tree, by int) bool {
	level := t.height - 2
	for ; level >= 0; level-- {
		s := &p.steps[level]
		if i := s.child + by; i >= 0 && i < count(s.bytes(t)) {
			s.child = i
			break
		}
	}
	if level < 0 {
		return false
	}
	for ; level < t.height-1; level++ {
		s := &p.steps[level]
		b := p.enter(t, level+1, childAt(s.bytes(t), s.child))
		if by < 0 && level+1 < t.height-1 {
			p.steps[level+1].child = count(b) - 1
		}
	}
	return true
}
