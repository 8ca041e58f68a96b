package tree

// Watcher is told of every change of a tree's elements, in order and before it is made. What it is given is valid during
// the call. It must not use the tree. Elements whose tree ends, by FreeSome, are not told of.
type Watcher interface {
	// Set tells that the element under a key begins, or has another value.
	Set(k Key, value []byte)
	// Deleted tells that the element under a key ends.
	Deleted(k Key)
	// Inserted, Replaced and Cut tell of the elements of a list. A value becomes the i-th; the i-th gets another value;
	// n elements from the i-th on end.
	Inserted(i int, value []byte)
	Replaced(i int, value []byte)
	Cut(i, n int)
}

// Watch has w told of the changes that are made by this Tree. A Tree that is opened anew has no Watcher.
func (t *Tree) Watch(w Watcher) { t.watcher = w }

// watchCut tells the watcher that n elements from the i-th on end.
func (t *Tree) watchCut(i, n int) {
	if t.order&named == 0 {
		t.watcher.Cut(i, n)
		return
	}
	var c Cursor
	for ok := c.SeekAt(t, i); ok && n > 0; ok = c.Next() {
		t.watcher.Deleted(c.Item().Key)
		n--
	}
}

// Order returns the tree's order, without Tiny.
func (t *Tree) Order() Order { return t.order &^ Tiny }

// Prefix returns the width of the prefix of a tree's keys in bytes.
func (o Order) Prefix() int { return o.prefix() }

// Named reports whether elements have names, and Valued whether they have values.
func (o Order) Named() bool  { return o&named != 0 }
func (o Order) Valued() bool { return o&valued != 0 }
