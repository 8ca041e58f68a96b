package tree

// Cursor is a place in a tree: an element, before the first, or after the last. It is of no use after a change of the
// tree. The zero Cursor is in an empty tree.
type Cursor struct {
	tree  Tree
	path  path
	leaf  []byte
	form  form
	at    int // place of the element in the leaf
	i     int // its position in the leaf
	n     int // elements in the leaf
	marks int // how many places are known
	// places has the places of the elements in the leaf up to i, once the cursor has gone backward.
	places [leafElements]uint16
}

// Seek goes to the first element at or after a key, and reports whether there is one. If not, Prev leads to the last
// element.
func (c *Cursor) Seek(t *Tree, k Key) bool {
	c.tree = *t
	if t.height == 0 {
		c.leaf, c.n = nil, 0
		return false
	}
	at, i, _ := c.path.find(&c.tree, &k)
	c.enter()
	c.at, c.i = at, i
	return c.forward()
}

// SeekAt goes to the i-th element, and reports whether there is one. It goes before the first if i is negative, and
// after the last if there are not so many.
func (c *Cursor) SeekAt(t *Tree, i int) bool {
	c.tree = *t
	if t.height == 0 {
		c.leaf, c.n = nil, 0
		return false
	}
	at, in := c.path.findPlace(&c.tree, max(0, min(i, t.Len())))
	c.enter()
	c.at, c.i = at, in
	if i < 0 {
		c.i = -1
		return false
	}
	return c.forward()
}

// enter begins with the leaf of the path.
func (c *Cursor) enter() {
	c.leaf = c.path.leaf(&c.tree).bytes(&c.tree)
	c.form = c.tree.order.formOf(c.leaf)
	c.n, c.marks = count(c.leaf), 0
	c.at, c.i = nodeSize, 0
}

// forward goes on to the next leaf from the end of one.
func (c *Cursor) forward() bool {
	if c.i < c.n {
		return true
	}
	if c.n == 0 || !c.path.next(&c.tree, 1) {
		return false
	}
	c.enter()
	return true
}

// Next goes to the next element, and reports whether there is one.
func (c *Cursor) Next() bool {
	switch {
	case c.i < 0:
		c.i = 0
	case c.i < c.n:
		c.at = c.form.next(c.leaf, c.at)
		c.i++
	}
	return c.forward()
}

// Prev goes to the element before, and reports whether there is one.
func (c *Cursor) Prev() bool {
	if c.n == 0 || c.i < 0 {
		return false
	}
	if c.i == 0 {
		if !c.path.next(&c.tree, -1) {
			c.at, c.i = nodeSize, -1
			return false
		}
		c.enter()
		c.i = c.n
	}
	c.i--
	if c.form.size > 0 {
		c.at = c.form.skip(c.leaf, c.i)
		return true
	}
	for at := nodeSize; c.marks <= c.i; c.marks++ {
		if c.marks > 0 {
			at = c.form.next(c.leaf, int(c.places[c.marks-1]))
		}
		c.places[c.marks] = uint16(at)
	}
	c.at = int(c.places[c.i])
	return true
}

// Item returns the element.
func (c *Cursor) Item() (item Item) {
	b, at := c.leaf, c.at+c.form.order.prefix()
	item.Prefix = c.form.prefix(b, c.at)
	if c.form.size > 0 {
		middle := at + int(c.form.name)
		item.Name, item.Value = b[at:middle], b[middle:middle+int(c.form.value)]
		return item
	}
	if c.form.order&named != 0 {
		item.Name, at = c.tree.textAt(b, at)
	}
	if c.form.order&valued != 0 {
		item.Value, _ = c.tree.textAt(b, at)
	}
	return item
}

// Key returns the key of the element alone, which costs less than Item.
func (c *Cursor) Key() (k Key) {
	b, at := c.leaf, c.at+c.form.order.prefix()
	k.Prefix = c.form.prefix(b, c.at)
	switch {
	case c.form.size > 0:
		k.Name = b[at : at+int(c.form.name)]
	case c.form.order&named != 0:
		k.Name, _ = c.tree.textAt(b, at)
	}
	return k
}

// Value returns the value of the element alone, which costs less than Item.
func (c *Cursor) Value() []byte {
	b, at := c.leaf, c.at+c.form.order.prefix()
	if c.form.size > 0 {
		at += int(c.form.name)
		return b[at : at+int(c.form.value)]
	}
	if c.form.order&named != 0 {
		at = skipText(b, at)
	}
	value, _ := c.tree.textAt(b, at)
	return value
}

// textAt returns the text at a place of a leaf, and the place after it.
func (t *Tree) textAt(b []byte, at int) ([]byte, int) {
	if code := int(b[at]); code < codeLong {
		return b[at+1 : at+1+code], at + 1 + code
	}
	x, at := readText(b, at)
	return t.load(x), at
}

// Scan calls visit for elements of a Map or a Set from a cursor on, at least limit of them if there are so many. It
// returns the cursor to go on with, 0 at the end. An element that is there from the first call to the last is visited
// at least once, whatever changes between the calls.
func (t *Tree) Scan(from uint64, limit int, visit func(Item)) (next uint64) {
	var c Cursor
	limit = max(limit, 1)
	for ok := c.Seek(t, Key{Prefix: from}); ok; ok = c.Next() {
		item := c.Item()
		// Elements of one prefix are visited together, since a cursor cannot part them.
		if limit <= 0 && item.Prefix != next-1 {
			return item.Prefix
		}
		visit(item)
		limit--
		next = item.Prefix + 1
	}
	return 0
}
