package tree

import "encoding/binary"

// rebalance is called when the leaf of a path has become light. It merges light nodes with a neighbour, or divides the
// elements of both anew. The first and the last node of a level may be light, so that a queue costs little at its ends.
func (t *Tree) rebalance(p *path) {
	if t.height == 1 {
		if t.count == 0 {
			t.free(t.root)
			t.root, t.height = 0, 0
		}
		return
	}
	if !t.rebalanceLeaf(p, t.height-1) {
		return
	}
	for level := t.height - 2; level > 0; level-- {
		if !t.rebalanceBranch(p, level) {
			return
		}
	}
	if b := t.get(t.root); count(b) == 1 {
		child := childAt(b, 0)
		t.free(t.root)
		t.root = child
		t.height--
	}
}

// mergeable reports whether nodes become one. Some room is left, or the next insertion splits it again.
func mergeable(weight, limit int) bool { return weight <= limit-limit/8 }

// neighbour returns which child of its parent, together with the one after it, is the path's and a neighbour.
func (p *path) neighbour(t *Tree, level int) int {
	s := &p.steps[level]
	return min(s.child, count(s.bytes(t))-2)
}

// rebalanceLeaf reports whether the leaf's parent changed and is still the path's.
func (t *Tree) rebalanceLeaf(p *path, level int) bool {
	s, parent := &p.steps[level], &p.steps[level-1]
	empty := count(s.bytes(t)) == 0
	if !empty && (p.isFirst(level) || p.isLast(t, level)) {
		return false
	}
	if empty {
		t.free(s.node)
		t.dropChild(parent, parent.child)
		return true
	}
	i, b := p.neighbour(t, level-1), parent.bytes(t)
	left, right := childAt(b, i), childAt(b, i+1)
	var r leafRun
	r.appendLeaf(t.order, t.get(left))
	r.appendLeaf(t.order, t.get(right))
	if mergeable(r.weight(), t.limits.leaf) {
		t.storeLeaf(left, t.get(left), &r, 0, r.bytes, r.elements)
		t.free(right)
		setCountAt(parent.bytes(t), i, uint32(r.elements))
		t.dropChild(parent, i+1)
		return true
	}
	return t.shareLeaves(p, level-1, i, &r)
}

// shareLeaves divides a run anew between child i of the branch at a level and the one after it. It reports whether the branch is
// still the path's.
func (t *Tree) shareLeaves(p *path, level, i int, r *leafRun) bool {
	var up branchRun
	up.appendBranch(p.steps[level].bytes(t))
	left, right := up.entries[i].child, up.entries[i+1].child
	cut, n := r.half()
	t.storeLeaf(left, t.get(left), r, 0, cut, n)
	t.storeLeaf(right, t.get(right), r, cut, r.bytes, r.elements-n)
	var old separator
	old.set(up.bytes(i+1), up.entries[i+1].overflow)
	t.freeSeparator(&old)
	sep := t.separate(r, cut, n)
	up.setSeparator(i+1, &sep)
	up.entries[i].count, up.entries[i+1].count = uint32(n), uint32(r.elements-n)
	return !t.putBranch(p, level, &up, 0)
}

// dropChild removes the i-th entry of a branch, and the separator that goes with it. That is its own, or the next one's
// if it is the first.
func (t *Tree) dropChild(s *step, i int) {
	b := s.bytes(t)
	n := count(b)
	var sep separator
	seps, size := entryAt(n), used(b) // the separators, and the place of the one that goes
	if gone := max(i, 1); gone < n {
		sep.set(separatorAt(b, gone))
		seps += endAt(b, gone-1) & endMask
	}
	for k := i + 1; k < n; k++ {
		end := endAt(b, k) - sep.size
		if k == 1 { // the first one has none
			end = 0
		}
		binary.LittleEndian.PutUint16(b[entryAt(k)+entryEnd:], uint16(end))
	}
	copy(b[entryAt(i):], b[entryAt(i+1):seps])
	copy(b[seps-entrySize:], b[seps+sep.size:size])
	size -= entrySize + sep.size
	setCounts(b, size, n-1)
	t.resize(s.node, b, size)
	t.freeSeparator(&sep)
}

// rebalanceBranch reports whether the branch's parent changed and is still the path's.
func (t *Tree) rebalanceBranch(p *path, level int) bool {
	s, parent := &p.steps[level], &p.steps[level-1]
	b := s.bytes(t)
	heavy := used(b)-nodeSize >= t.limits.branch/3
	if count(b) > 1 && (heavy || p.isFirst(level) || p.isLast(t, level)) {
		return false
	}
	var up, r branchRun
	up.appendBranch(parent.bytes(t))
	i := p.neighbour(t, level-1)
	left, right := up.entries[i].child, up.entries[i+1].child
	r.appendBranch(t.get(left))
	first := r.count
	r.appendBranch(t.get(right))
	var sep separator
	sep.set(up.bytes(i+1), up.entries[i+1].overflow)
	r.setSeparator(first, &sep) // it comes down, and another one may go up
	up.entries[i].count += up.entries[i+1].count
	if mergeable(r.weight(0, r.count), t.limits.branch) {
		t.storeBranch(left, t.get(left), &r, 0, r.count)
		t.free(right)
		up.remove(i + 1)
		t.storeBranch(parent.node, parent.bytes(t), &up, 0, up.count)
		return true
	}
	cut := r.half()
	t.storeBranch(left, t.get(left), &r, 0, cut)
	t.storeBranch(right, t.get(right), &r, cut, r.count)
	sep.set(r.bytes(cut), r.entries[cut].overflow)
	up.setSeparator(i+1, &sep)
	up.entries[i].count, up.entries[i+1].count = uint32(r.elements(0, cut)), uint32(r.elements(cut, r.count))
	return !t.putBranch(p, level-1, &up, 0)
}
