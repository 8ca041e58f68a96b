package tree

import "encoding/binary"

// InPlace is a change of one element for which no node moves or changes its size: nothing has to be reserved for it, and
// of the tree's state only the count changes. Find or FindAt goes to the element; Set, Insert or Delete plans the change
// and reports whether there is such a one; Do makes it. Nothing else may change the tree in between.
type InPlace struct {
	tree    *Tree
	path    path
	element element
	place   int // in the leaf
	old     int // bytes that the element has there
	more    int // difference in elements

	key   Key
	value []byte
	i     int // position, where elements have no key
	found bool
}

// Find goes to a key, and returns its value, which lasts until the tree is changed, and whether it is there.
func (c *InPlace) Find(t *Tree, k Key) (value []byte, found bool) {
	c.tree, c.key = t, k
	if t.height == 0 {
		return nil, false
	}
	if c.place, _, c.found = c.path.find(t, &k); !c.found || t.order&valued == 0 {
		return nil, c.found
	}
	e, _ := c.read()
	return t.load(e.value), true
}

// FindAt goes to the i-th element of a list, or to its end. It must not be empty.
func (c *InPlace) FindAt(t *Tree, i int) {
	within(i, t.Len()+1)
	c.tree, c.i, c.found = t, i, i < t.Len()
	c.place = c.path.findAt(t, i)
}

// Set plans that the element gets a value, or begins with it if it is not there.
func (c *InPlace) Set(value []byte) (ok bool) {
	if !c.found {
		return c.Insert(value)
	}
	c.value, c.more = value, 0
	return c.measure() && c.put()
}

// Insert plans a new element at the place.
func (c *InPlace) Insert(value []byte) (ok bool) {
	if c.tree.height == 0 {
		return false
	}
	c.value, c.old, c.more = value, 0, 1
	return c.put()
}

// Delete plans that the element ends, which must be there.
func (c *InPlace) Delete() (ok bool) {
	c.more = -1
	return c.measure() && c.fits(0)
}

// SameLeaf reports whether both are in one leaf, so that the second is to be found and planned when the first is done.
func (c *InPlace) SameLeaf(other *InPlace) bool {
	t := c.tree
	return t == other.tree && t.height > 0 && c.path.leaf(t).node == other.path.leaf(t).node
}

// read returns the element at the place, and the place after it.
func (c *InPlace) read() (element, int) {
	b := c.path.leaf(c.tree).b
	f := c.tree.order.formOf(b)
	return f.read(b, c.place)
}

// measure notes the size of the element at the place, and reports whether all of it lies there.
func (c *InPlace) measure() bool {
	e, end := c.read()
	c.old = end - c.place
	return !e.name.overflow && !e.value.overflow
}

// put reports whether the element of the key and the value can be written at the place.
func (c *InPlace) put() bool {
	t := c.tree
	if len(c.key.Name) > t.limits.text || len(c.value) > t.limits.text {
		return false
	}
	c.element = t.makeElement(c.key, c.value)
	f := t.order.formOf(c.path.leaf(t).b)
	return f.fits(&c.element) && c.fits(f.room(&c.element))
}

// fits reports whether the leaf stays as it is, and its neighbours, when room bytes replace the old ones.
func (c *InPlace) fits(room int) bool {
	t, l := c.tree, c.tree.limits
	b := c.path.leaf(t).b
	f := t.order.formOf(b)
	end := used(b)
	to, elements := end+room-c.old, count(b)+c.more
	if to != end && (to > len(b) || len(b)-to >= 2*l.step) {
		return false
	}
	weight := leafWeight(to-nodeSize+elements*f.codes(), elements)
	if to >= end || weight >= l.leaf/3 {
		return weight <= l.leaf
	}
	return elements > 0 && (c.path.isFirst(t.height-1) || c.path.isLast(t, t.height-1))
}

// Do makes the change that was planned.
func (c *InPlace) Do() {
	t := c.tree
	if t.watcher != nil {
		c.tell()
	}
	e := &c.element
	if c.more < 0 {
		e = nil
	}
	t.change(&c.path, c.place, c.old, e, c.more)
}

// tell tells the watcher of the change.
func (c *InPlace) tell() {
	w := c.tree.watcher
	switch named := c.tree.order&named != 0; {
	case named && c.more < 0:
		w.Deleted(c.key)
	case named:
		w.Set(c.key, c.value)
	case c.more < 0:
		w.Cut(c.i, 1)
	case c.more > 0:
		w.Inserted(c.i, c.value)
	default:
		w.Replaced(c.i, c.value)
	}
}

const stateCount = 6

// KeepCount changes the count in a state that AppendTo wrote.
func (t *Tree) KeepCount(state []byte) {
	binary.LittleEndian.PutUint32(state[stateCount:], uint32(t.count))
}

// CountOf returns the count of elements of a tree with a state.
func CountOf(state []byte) int { return int(binary.LittleEndian.Uint32(state[stateCount:])) }
