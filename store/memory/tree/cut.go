package tree

import "encoding/binary"

// CutEnd removes the elements before the i-th, or with after those from the i-th on, of a tree that keeps some and
// loses some. It changes a few nodes only, and calls visit for each subtree that leaves the tree: a Tree of the same
// Nodes, to be freed. Its nodes count in the Bytes of t until Discount is called.
func (t *Tree) CutEnd(i int, after bool, visit func(part Tree)) {
	within(i, t.Len())
	from, n := 0, i
	if after {
		from, n = i, t.Len()-i
	}
	if n == 0 {
		return
	}
	w := t.watcher
	if w != nil {
		t.watchCut(from, n)
		t.watcher = nil
	}
	n -= t.dropSubtrees(i, after, visit)
	for n > 0 { // in the leaf at the end
		n -= t.DeleteSome(from, n)
	}
	t.mendEnd(after)
	t.watcher = w
}

// dropSubtrees removes the children of branches that are wholly before an element, or after the one before it. It
// returns how many elements these have.
func (t *Tree) dropSubtrees(i int, after bool, visit func(part Tree)) (dropped int) {
	var p path
	if after {
		i-- // the last one that stays
	}
	b, n := p.enter(t, 0, t.root), t.Len()
	for level := range t.height - 1 {
		child, in := childWith(b, i, n)
		i, n = in, int(countAt(b, child))
		var r branchRun
		r.appendBranch(b)
		low, high := child, r.count // that stay
		if after {
			low, high = 0, child+1
		}
		gone := 0
		for k, w := range r.entries[:r.count] {
			if k > 0 && w.overflow && (k <= low || k >= high) {
				t.free(overflowText(r.bytes(k)).node)
			}
			if k < low || k >= high {
				gone += int(w.count)
				visit(Tree{nodes: t.nodes, limits: t.limits, order: t.order, height: t.height - level - 1, root: w.child, count: uint64(w.count)})
			}
		}
		s := &p.steps[level]
		if s.child = child - low; gone > 0 {
			t.storeBranch(s.node, s.bytes(t), &r, low, high)
			p.addCounts(t, level, -gone)
			t.count -= uint64(gone)
			dropped += gone
		}
		b = p.enter(t, level+1, childAt(s.bytes(t), s.child))
	}
	return dropped
}

// mendEnd has branches at an end of the tree have two children again.
func (t *Tree) mendEnd(last bool) {
	for level := 0; level < t.height-1; {
		var p path
		i := 0
		if last {
			i = t.Len()
		}
		p.findPlace(t, i)
		switch {
		case count(p.steps[level].bytes(t)) > 1:
			level++
		case level == 0:
			t.root = childAt(p.steps[0].bytes(t), 0)
			t.free(p.steps[0].node)
			t.height--
		default:
			t.rebalanceBranch(&p, level)
			level = 0 // branches above may have one child fewer
		}
	}
}

// Discount takes n bytes of nodes that a tree has no more from a state that AppendTo wrote.
func Discount(state []byte, n int64) {
	t := Open(nil, state)
	SetBytes(state, t.Bytes()-n)
}

// Weigh returns how many nodes the tree has, and their bytes. It visits them all.
func (t *Tree) Weigh() (nodes int, bytes int64) {
	type place struct {
		n     uint32
		level int
	}
	var todo []place
	if t.height > 0 {
		todo = append(todo, place{t.root, 0})
	}
	for len(todo) > 0 {
		one := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		nodes++
		bytes += int64(len(t.get(one.n)))
		t.Below(one.n, one.level, func(n uint32, level int) { todo = append(todo, place{n, level}) })
	}
	return nodes, bytes
}

// SetBytes changes the bytes of all nodes in a state that AppendTo wrote.
func SetBytes(state []byte, n int64) {
	binary.LittleEndian.PutUint32(state[stateBytes:], uint32(n))
	binary.LittleEndian.PutUint16(state[stateBytes+4:], uint16(n>>32))
}

const stateBytes = 10
