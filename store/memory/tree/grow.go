package tree

import "encoding/binary"

// addChild makes w the child after the path's at a level, and splits branches that become too heavy. left is the count
// of the path's child now, and more is added to the counts above.
func (t *Tree) addChild(p *path, level, more, left int, w branchEntry, sep *separator) {
	if level < 0 {
		t.addRoot(left, w, sep)
		return
	}
	s := &p.steps[level]
	if b := s.bytes(t); used(b)-nodeSize+entrySize+sep.size <= t.limits.branch {
		setCountAt(b, s.child, uint32(left))
		t.insertChild(s, w, sep)
		if more != 0 {
			p.addCounts(t, level, more)
		}
		return
	}
	var r branchRun
	r.appendBranch(s.bytes(t))
	r.entries[s.child].count = uint32(left)
	r.insert(s.child+1, w, sep)
	t.putBranch(p, level, &r, more)
}

// insertChild makes w the child after the one of a step, in a branch that has no need to split.
func (t *Tree) insertChild(s *step, w branchEntry, sep *separator) {
	more := entrySize + sep.size
	size := used(s.bytes(t))
	b := t.resize(s.node, s.bytes(t), size+more)
	i, n := s.child+1, count(b)
	from := endAt(b, i-1) & endMask
	seps := entryAt(n) + from // where its separator comes, before the entries move
	copy(b[seps+more:], b[seps:size])
	copy(b[entryAt(i+1):], b[entryAt(i):seps])
	copy(b[seps+entrySize:], sep.buf[:sep.size])
	for k := i + 1; k <= n && sep.size > 0; k++ {
		binary.LittleEndian.PutUint16(b[entryAt(k)+entryEnd:], uint16(endAt(b, k)+sep.size))
	}
	putEntry(b, i, &w, from+sep.size, sep.overflow)
	setCounts(b, size+more, n+1)
}

// putBranch writes a run to the path's branch at a level, and splits what becomes too heavy, up to the root. more is
// added to the counts above. It reports whether it split anything; the path is of no use then.
func (t *Tree) putBranch(p *path, level int, r *branchRun, more int) (split bool) {
	for r.weight(0, r.count) > t.limits.branch {
		split = true
		s := &p.steps[level]
		cut := r.half()
		switch {
		case s.child+2 == r.count && p.isLast(t, level):
			cut = r.count - 2 // as splitLeaf does
		case s.child == 0 && p.isFirst(level):
			cut = 2
		}
		n, fresh := t.alloc(nodeSize + r.weight(cut, r.count))
		t.storeBranch(n, fresh, r, cut, r.count)
		t.storeBranch(s.node, s.bytes(t), r, 0, cut)
		left, w := r.elements(0, cut), branchEntry{child: n, count: uint32(r.elements(cut, r.count))}
		var sep separator
		sep.set(r.bytes(cut), r.entries[cut].overflow)
		if level == 0 {
			t.addRoot(left, w, &sep)
			return true
		}
		level--
		s = &p.steps[level]
		r.used, r.count = 0, 0
		r.appendBranch(s.bytes(t))
		r.entries[s.child].count = uint32(left)
		r.insert(s.child+1, w, &sep)
	}
	s := &p.steps[level]
	t.storeBranch(s.node, s.bytes(t), r, 0, r.count)
	if more != 0 {
		p.addCounts(t, level, more)
	}
	return split
}

// addRoot makes a root over the present one, which has left elements, and w.
func (t *Tree) addRoot(left int, w branchEntry, sep *separator) {
	if t.height == maxHeight {
		panic("tree: too high; the limits of nodes allow too few children")
	}
	var r branchRun
	r.entries[0] = branchEntry{child: t.root, count: uint32(left)}
	r.count = 1
	r.insert(1, w, sep)
	n, b := t.alloc(nodeSize + r.weight(0, 2))
	t.storeBranch(n, b, &r, 0, 2)
	t.root = n
	t.height++
}
