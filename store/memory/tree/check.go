package tree

import (
	"maps"
	"slices"

	"bytes"
	"fmt"
)

// Check returns an error if the tree is not as it should be. It visits every node, and is for tests.
func (t *Tree) Check() error { return t.CheckCut(0) }

// CheckCut is Check for a tree in whose Bytes count those of nodes that were cut off.
func (t *Tree) CheckCut(cut int64) error {
	c := checker{tree: t, seen: map[uint32]bool{}, bytes: uint64(cut)}
	if t.height == 0 {
		if t.root != 0 || t.count != 0 || t.bytes != c.bytes {
			return fmt.Errorf("the empty tree has root %d, %d elements, %d bytes", t.root, t.count, t.bytes)
		}
		return nil
	}
	n, err := c.node(t.root, 0, true, true)
	switch {
	case err != nil:
		return err
	case uint64(n) != t.count:
		return fmt.Errorf("there are %d elements, counted are %d", n, t.count)
	case c.bytes != t.bytes:
		return fmt.Errorf("there are %d bytes, counted are %d", c.bytes, t.bytes)
	}
	return nil
}

// Nodes returns the numbers of all nodes.
func (t *Tree) Nodes() []uint32 {
	c := checker{tree: t, seen: map[uint32]bool{}}
	if t.height > 0 {
		c.node(t.root, 0, true, true)
	}
	return slices.Sorted(maps.Keys(c.seen))
}

// CountNodes returns how many nodes the tree has. It visits them all, and is for tests.
func (t *Tree) CountNodes() int {
	c := checker{tree: t, seen: map[uint32]bool{}}
	if t.height > 0 {
		c.node(t.root, 0, true, true)
	}
	return len(c.seen)
}

type checker struct {
	tree  *Tree
	seen  map[uint32]bool
	bytes uint64
	last  []byte // sort bytes of the element before
	floor []byte // separator that the next element must not be below
	begun bool
}

// use counts a node.
func (c *checker) use(n uint32) ([]byte, error) {
	if c.seen[n] {
		return nil, fmt.Errorf("node %d is reached twice", n)
	}
	c.seen[n] = true
	b := c.tree.get(n)
	c.bytes += uint64(len(b))
	return b, nil
}

// node checks a node and what is below. It returns the count of elements.
func (c *checker) node(n uint32, level int, first, last bool) (int, error) {
	b, err := c.use(n)
	if err != nil {
		return 0, err
	}
	edge := first || last
	if used(b) > len(b) {
		return 0, fmt.Errorf("node %d uses %d of %d bytes", n, used(b), len(b))
	}
	most := 4 * c.tree.limits.step
	if edge && level == c.tree.height-1 { // which the tree was long enough for
		most = max(most, 2*c.tree.limits.leaf)
	}
	if len(b)-used(b) > most {
		return 0, fmt.Errorf("node %d uses only %d of %d bytes", n, used(b), len(b))
	}
	if level == c.tree.height-1 {
		if b[nodeKind] != kindLeaf {
			return 0, fmt.Errorf("node %d is no leaf", n)
		}
		return count(b), c.leaf(n, b, edge)
	}
	if b[nodeKind] != kindBranch || count(b) < 2 {
		return 0, fmt.Errorf("node %d of kind %d has %d children", n, b[nodeKind], count(b))
	}
	limits := c.tree.limits
	least := min(limits.branch/3, limits.branch*7/16-limits.split-entrySize/2)
	if w := used(b) - nodeSize; w > limits.branch || w < least && !edge {
		return 0, fmt.Errorf("branch %d has weight %d", n, w)
	}
	return c.branch(n, b, level, first, last)
}

func (c *checker) branch(n uint32, b []byte, level int, first, last bool) (all int, err error) {
	children := count(b)
	for i := range children {
		if sep, overflow := separatorAt(b, i); overflow {
			if _, err := c.use(overflowText(sep).node); err != nil {
				return 0, err
			}
		}
		if sep := c.tree.splitter(b, i); i == 0 && len(sep) > 0 {
			return 0, fmt.Errorf("branch %d has a separator before its first child", n)
		} else if i > 0 && c.tree.order&named != 0 {
			if bytes.Compare(c.last, sep) >= 0 {
				return 0, fmt.Errorf("branch %d: separator %q is not after %q", n, sep, c.last)
			}
			c.floor = sep
		}
		found, err := c.node(childAt(b, i), level+1, first && i == 0, last && i == children-1)
		if err != nil {
			return 0, err
		}
		if found != int(countAt(b, i)) {
			return 0, fmt.Errorf("branch %d counts %d elements in child %d, there are %d", n, countAt(b, i), i, found)
		}
		all += found
	}
	if end := entryAt(children) + endAt(b, children-1)&endMask; end != used(b) {
		return 0, fmt.Errorf("branch %d ends at %d, and uses %d bytes", n, end, used(b))
	}
	return all, nil
}

func (c *checker) leaf(n uint32, b []byte, edge bool) error {
	t := c.tree
	bound := t.order.prefix() + 2*max(2+t.limits.text, overflowSize+1+t.limits.stub) + elementCost
	least := min(t.limits.leaf/3, t.limits.leaf*7/16-bound/2)
	if w := t.weight(b); w > t.limits.leaf || w < least && !edge || count(b) == 0 {
		return fmt.Errorf("leaf %d has weight %d", n, w)
	}
	f, at := t.order.formOf(b), nodeSize
	for range count(b) {
		var e element
		e, at = f.read(b, at)
		for _, x := range []text{e.name, e.value} {
			if !x.overflow {
				continue
			}
			if b[nodeFlags]&flagOverflow == 0 {
				return fmt.Errorf("leaf %d has texts that overflow, without the flag", n)
			}
			if _, err := c.use(x.node); err != nil {
				return err
			}
		}
		if t.order&named == 0 {
			continue
		}
		head := t.order.head(e.prefix)
		key := append(head[:t.order.prefix():t.order.prefix()], t.load(e.name)...)
		if c.begun && bytes.Compare(c.last, key) >= 0 || bytes.Compare(c.floor, key) > 0 {
			return fmt.Errorf("leaf %d has %q after %q, separator %q", n, key, c.last, c.floor)
		}
		c.last, c.begun = key, true
	}
	if at != used(b) {
		return fmt.Errorf("leaf %d ends at %d, and uses %d bytes", n, at, used(b))
	}
	return nil
}
