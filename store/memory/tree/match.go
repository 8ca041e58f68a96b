package tree

// Match visits the positions of elements of a list that are equal to a value, among n from a position on, until visit
// returns false. If backward, those before the position follow it.
func (t *Tree) Match(value []byte, from, n int, backward bool, visit func(i int) bool) {
	var c Cursor
	var found [leafElements]uint16
	for ok := c.SeekAt(t, from); ok && n > 0; {
		low, high := c.i, min(c.n, c.i+n) // positions in the leaf
		if backward {
			low, high = max(0, c.i+1-n), c.i+1
		}
		base, matches := from-c.i, t.matchLeaf(&c, value, low, high, &found)
		n -= high - low
		for i := range matches {
			if backward {
				i = matches - 1 - i
			}
			if !visit(base + int(found[i])) {
				return
			}
		}
		if backward {
			if from = base - 1; from < 0 || !c.path.next(&c.tree, -1) {
				return
			}
			c.enter()
			c.i = c.n - 1
		} else {
			from, c.i = base+high, high
			ok = c.forward()
		}
	}
}

// matchLeaf notes the positions of equal elements among some of a cursor's leaf, and returns how many there are.
func (t *Tree) matchLeaf(c *Cursor, value []byte, low, high int, found *[leafElements]uint16) (matches int) {
	if c.form.size > 0 && c.form.size != len(value) {
		return 0
	}
	at := c.form.skip(c.leaf, low)
	for i := low; i < high; i++ {
		equal, end := t.isEqual(&c.form, c.leaf, at, value)
		if at = end; equal {
			found[matches] = uint16(i)
			matches++
		}
	}
	return matches
}

// isEqual reports whether the element of a list at a place in a leaf is equal to a value, and returns the place behind it.
func (t *Tree) isEqual(f *form, b []byte, at int, value []byte) (bool, int) {
	if f.size > 0 {
		end := at + f.size
		return string(b[at:end]) == string(value), end
	}
	x, end := readText(b, at)
	return x.size == len(value) && string(t.load(x)) == string(value), end
}

// DeleteEqual removes the first elements of a list that are equal to a value, or the last ones if backward, up to limit
// of them. It returns how many, and changes each leaf once.
func (t *Tree) DeleteEqual(value []byte, limit int, backward bool) (deleted int) {
	from := 0
	if backward {
		from = t.Len() - 1
	}
	for deleted < limit && from >= 0 && from < t.Len() {
		var p path
		_, in := p.findPlace(t, from)
		n := count(p.leaf(t).bytes(t))
		gone := t.deleteInLeaf(&p, from-in, value, limit-deleted, backward)
		deleted += gone
		if backward {
			from -= in + 1
		} else {
			from += n - in - gone
		}
	}
	return deleted
}

// deleteInLeaf removes up to limit equal elements of the path's leaf, the first of which is the base-th element. Those
// that stay move together; what is behind them goes at once.
func (t *Tree) deleteInLeaf(p *path, base int, value []byte, limit int, backward bool) (deleted int) {
	b := p.leaf(t).bytes(t)
	f, n := t.order.formOf(b), count(b)
	if f.size > 0 && f.size != len(value) {
		return 0
	}
	skip := 0 // equal elements that stay before those that go
	if backward {
		equal, at := 0, nodeSize
		for range n {
			is, end := t.isEqual(&f, b, at, value)
			if at = end; is {
				equal++
			}
		}
		skip = max(0, equal-limit)
	}
	var nodes []uint32 // of texts that overflow
	to, at := nodeSize, nodeSize
	for i := range n {
		is, end := t.isEqual(&f, b, at, value)
		switch {
		case is && skip > 0:
			skip--
			is = false
		case is && deleted == limit:
			is = false
		}
		if is {
			if t.watcher != nil {
				t.watcher.Cut(base+i-deleted, 1)
			}
			deleted++
			if x, _ := f.read(b, at); x.value.overflow {
				nodes = append(nodes, x.value.node)
			}
		} else {
			to += copy(b[to:], b[at:end])
		}
		at = end
	}
	if deleted == 0 {
		return 0
	}
	t.change(p, to, at-to, nil, -deleted)
	for _, node := range nodes {
		t.free(node)
	}
	return deleted
}
