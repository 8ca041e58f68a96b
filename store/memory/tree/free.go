package tree

// FreeSome frees up to limit nodes, and a few more, from the end of the tree. It reports whether the tree is empty. Once
// it was called, nothing else may be done with the tree until it is.
func (t *Tree) FreeSome(limit int) (empty bool) {
	for t.height > 0 && limit > 0 {
		limit -= t.freeLast(limit)
	}
	return t.height == 0
}

// freeLast frees the last leaf, or the last texts in it that overflow, and the branches that become empty. It returns how many
// nodes that were.
func (t *Tree) freeLast(limit int) (freed int) {
	var p path
	b := p.enter(t, 0, t.root)
	for level := range t.height - 1 {
		p.steps[level].child = count(b) - 1
		b = p.enter(t, level+1, childAt(b, count(b)-1))
	}
	if b[nodeFlags]&flagOverflow != 0 {
		if freed = t.freeTexts(&p, limit); freed >= limit {
			return freed
		}
	}
	t.count -= uint64(count(p.leaf(t).bytes(t)))
	for level := t.height - 1; ; level-- {
		t.free(p.steps[level].node)
		freed++
		if level == 0 {
			t.root, t.height, t.count = 0, 0, 0
			return freed
		}
		s := &p.steps[level-1]
		b := s.bytes(t)
		last := count(b) - 1
		sep, overflow := separatorAt(b, last)
		x := text{}
		if overflow {
			x = overflowText(sep)
		}
		// What a branch has after its entries is found from their count, so they move up to it.
		end := entryAt(last)
		copy(b[end:], b[end+entrySize:used(b)])
		setCounts(b, used(b)-entrySize-len(sep), last)
		t.freeText(x)
		if last > 0 {
			return freed
		}
	}
}

// freeTexts frees the texts of the path's leaf that overflow, the last ones first, and removes their elements. It returns how many
// nodes it freed.
func (t *Tree) freeTexts(p *path, limit int) (freed int) {
	var places [leafElements]uint16
	s := p.leaf(t)
	b := s.bytes(t)
	f, n := t.order.formOf(b), count(b)
	for i, at := 0, nodeSize; i < n; i++ {
		places[i] = uint16(at)
		at = f.next(b, at)
	}
	for i := n - 1; i >= 0 && freed < limit; i-- {
		b = s.bytes(t)
		e, _ := f.read(b, int(places[i]))
		setCounts(b, int(places[i]), i)
		t.count--
		for _, x := range [...]text{e.name, e.value} {
			if x.overflow {
				t.free(x.node)
				freed++
			}
		}
	}
	return freed
}
