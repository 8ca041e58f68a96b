package tree

import "encoding/binary"

// InPlace is a change of one element for which no node moves or changes its size. Nothing has to be reserved for it,
// and of the tree's state only the count changes. Find or FindAt goes to the element; Set, Insert or Delete plans the
// change and reports whether there is such a one; Do makes it. Nothing else may change the tree in between.
type InPlace struct {
	tree    *Tree
	path    path
	element element
	place   int  // in the leaf
	old     int  // bytes that the element has there
	value   int  // the place of its value, where another of the same length is written over it; else 0
	more    int  // difference in elements
	fixed   bool // the element is as long as all in the leaf, and is written without being made
	hinted  bool // of the path only the leaf is known

	key   Key
	text  []byte // the value that it gets
	i     int    // position, where elements have no key
	found bool
}

// FindValue is Find for an element whose value is to be changed, if it is there.
func (c *InPlace) FindValue(t *Tree, k Key) (found bool) {
	if t.height > 0 {
		if leaf, b, at, found := t.findHinted(&k); found {
			c.tree, c.key = t, k
			c.path.steps[t.height-1] = step{b: b, node: leaf, moves: t.moves}
			c.place, c.found, c.hinted = at, true, true
			return true
		}
	}
	return c.Find(t, k)
}

// Find goes to a key, and reports whether it is there.
func (c *InPlace) Find(t *Tree, k Key) (found bool) {
	c.tree, c.key, c.hinted, c.found = t, k, false, false
	if t.height == 0 {
		return false
	}
	c.place, _, c.found = c.path.find(t, &k)
	if t.hints != nil {
		t.hints.note(t, k.Prefix, c.path.leaf(t).node)
	}
	return c.found
}

// complete makes the path known.
func (c *InPlace) complete() {
	if c.hinted {
		c.place, _, _ = c.path.find(c.tree, &c.key)
		c.hinted = false
	}
}

// FindAt goes to the i-th element, or to the end of a list. The tree must not be empty.
func (c *InPlace) FindAt(t *Tree, i int) {
	within(i, t.Len()+1)
	c.tree, c.i, c.found = t, i, i < t.Len()
	c.place = c.path.findAt(t, i)
}

// Key returns the key of the element, which lasts until the tree is changed.
func (c *InPlace) Key() Key {
	e, _ := c.read()
	return Key{e.prefix, c.tree.load(e.name)}
}

// Set plans that the element gets a value, or begins with it if it is not there.
func (c *InPlace) Set(value []byte) (ok bool) {
	if !c.found {
		return c.Insert(value)
	}
	c.text, c.more, c.value = value, 0, 0
	if f := c.tree.order.formOf(c.path.leaf(c.tree).b); f.size > 0 && len(value) == int(f.value) {
		c.value = c.place + f.size - len(value)
		return true
	}
	c.complete()
	return c.measure() && c.put()
}

// Insert plans a new element at the place.
func (c *InPlace) Insert(value []byte) (ok bool) {
	if c.tree.height == 0 {
		return false
	}
	c.text, c.value, c.old, c.more = value, 0, 0, 1
	return c.put()
}

// Delete plans that the element ends, which must be there.
func (c *InPlace) Delete() (ok bool) {
	c.complete()
	c.value, c.more = 0, -1
	if !c.measure() || !c.fits(0) {
		return false
	}
	if t := c.tree; t.watcher != nil && t.order&named != 0 {
		c.key = c.Key() // of an element that was found by its position
	}
	return true
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
	if f := c.tree.order.formOf(c.path.leaf(c.tree).b); f.size > 0 {
		c.old = f.size
		return true
	}
	e, end := c.read()
	c.old = end - c.place
	return !e.name.overflow && !e.value.overflow
}

// put reports whether the element of the key and the value can be written at the place.
func (c *InPlace) put() bool {
	t := c.tree
	if len(c.key.Name) > t.limits.text || len(c.text) > t.limits.text {
		return false
	}
	f := t.order.formOf(c.path.leaf(t).b)
	if c.fixed = f.size > 0 && c.more > 0 && len(c.key.Name) == int(f.name) && len(c.text) == int(f.value); c.fixed {
		return c.fits(f.size)
	}
	c.element = t.makeElement(c.key, c.text)
	return f.fits(&c.element) && c.fits(f.room(&c.element))
}

// fits reports whether the leaf stays as it is, and its neighbours, when room bytes replace the old ones.
func (c *InPlace) fits(room int) bool {
	t, l := c.tree, c.tree.limits
	b := c.path.leaf(t).b
	f := t.order.formOf(b)
	end := used(b)
	to, elements := end+room-c.old, count(b)+c.more
	if slack := len(b) - to; to != end && (slack < 0 || slack >= l.slack && (slack >= 2*t.edgeStep() || !c.path.isEdge(t))) {
		return false
	}
	weight := leafWeight(to-nodeSize+elements*f.codes(), elements)
	if to >= end || weight >= l.leaf/3 {
		return weight <= l.leaf
	}
	return elements > 0 && c.path.isEdge(t)
}

// Do makes the change that was planned.
func (c *InPlace) Do() {
	t := c.tree
	if t.watcher != nil {
		c.tell()
	}
	switch {
	case c.value > 0:
		copy(t.get(c.path.leaf(t).node)[c.value:], c.text)
	case c.more < 0:
		t.change(&c.path, c.place, c.old, nil, c.more)
	case c.fixed:
		c.insertFixed()
	default:
		t.change(&c.path, c.place, c.old, &c.element, c.more)
		c.element = element{}
	}
	c.key, c.text = Key{}, nil // which are the caller's
}

// Remove ends the element that was found, though nodes move for that, which was planned with Delete and refused. What removing
// takes is reserved.
func (c *InPlace) Remove() {
	if c.tree.watcher != nil {
		c.tree.watcher.Deleted(c.key)
	}
	c.tree.remove(&c.path, c.place)
	c.key = Key{}
}

// insertFixed inserts the element in a fixed-length leaf, as Tree.change does where nothing else changes.
func (c *InPlace) insertFixed() {
	t := c.tree
	b := c.path.leaf(t).b
	f, end := t.order.formOf(b), used(b)
	copy(b[c.place+f.size:], b[c.place:end])
	e := element{prefix: c.key.Prefix, name: text{bytes: c.key.Name}, value: text{bytes: c.text}}
	f.write(b[c.place:], &e)
	setCounts(b, end+f.size, count(b)+1)
	t.count++
	c.path.addCounts(t, t.height-1, 1)
}

// tell tells the watcher of the change.
func (c *InPlace) tell() {
	w := c.tree.watcher
	switch named := c.tree.order&named != 0; {
	case named && c.more < 0:
		w.Deleted(c.key)
	case named:
		w.Set(c.key, c.text)
	case c.more < 0:
		w.Cut(c.i, 1)
	case c.more > 0:
		w.Inserted(c.i, c.text)
	default:
		w.Replaced(c.i, c.text)
	}
}

const stateCount = 6

// KeepCount changes the count in a state that AppendTo wrote.
func (t *Tree) KeepCount(state []byte) {
	binary.LittleEndian.PutUint32(state[stateCount:], uint32(t.count))
}

// CountOf returns the count of elements of a tree with a state.
func CountOf(state []byte) int { return int(binary.LittleEndian.Uint32(state[stateCount:])) }
