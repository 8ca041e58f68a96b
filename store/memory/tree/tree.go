package tree

import "encoding/binary"

// Tree is a collection of elements in order. It is a small value: its owner keeps what AppendTo writes, and opens it
// for an operation. It must not be used by several goroutines at once, and keys and values given to it must not lie in
// its Nodes.
type Tree struct {
	nodes  Nodes
	limits *limits
	order  Order
	height int // levels of nodes, 0 when it is empty
	root   uint32
	moves  uint32 // counts what may have moved nodes
	count  uint64
	bytes  uint64

	watcher Watcher // nil: nobody watches
	hints   *Hints  // nil: there are none
}

// StateSize is the length of what AppendTo appends, in bytes.
const StateSize = 16

// New returns an empty tree.
func New(nodes Nodes, order Order) Tree {
	return Tree{nodes: nodes, limits: limitsOf(order), order: order}
}

// Open returns the tree of a state that AppendTo wrote.
func Open(nodes Nodes, state []byte) Tree {
	t := Tree{nodes: nodes}
	t.Reopen(state)
	return t
}

// Reopen makes t the tree of another state over the same Nodes, which nobody watches.
func (t *Tree) Reopen(state []byte) {
	if o := Order(state[0]); o != t.order || t.limits == nil {
		t.order, t.limits = o, limitsOf(o)
	}
	if t.watcher != nil {
		t.watcher = nil
	}
	t.height = int(state[1])
	t.root = binary.LittleEndian.Uint32(state[2:])
	t.count = uint64(binary.LittleEndian.Uint32(state[6:]))
	t.bytes = uint64(binary.LittleEndian.Uint32(state[10:])) | uint64(binary.LittleEndian.Uint16(state[14:]))<<32
}

// AppendTo appends what Open needs. It must be kept anew after each change of the tree.
func (t *Tree) AppendTo(dst []byte) []byte {
	dst = append(dst, byte(t.order), byte(t.height))
	dst = binary.LittleEndian.AppendUint32(dst, t.root)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(t.count))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(t.bytes))
	return binary.LittleEndian.AppendUint16(dst, uint16(t.bytes>>32))
}

// Len returns the count of elements.
func (t *Tree) Len() int { return int(t.count) }

// Bytes returns the length of all nodes, including those of long names and values.
func (t *Tree) Bytes() int64 { return int64(t.bytes) }

// Need returns how many bytes more the tree asks its Nodes for, at most, to set or insert an element with texts of
// these lengths. Two things come on top: what Nodes gives beyond what it is asked for, and long separators (above 128
// bytes) between names that were there already.
func (t *Tree) Need(name, value int) int64 {
	l := t.limits
	need := nodeSize + l.leaf + 2*l.step + max(t.height, 1)*(nodeSize+l.branch+2*l.step)
	if name > l.text {
		need += name
	}
	if value > l.text {
		need += value
	}
	if name > l.split-t.order.prefix() {
		need += t.order.prefix() + name
	}
	return int64(need)
}

// NeedAll is Need for elements of which there are count, with texts of bytes in all, the longest ones of these lengths. It
// returns too how many nodes may be made, those of texts above TextLimit not among them; each element may resize one more.
func (t *Tree) NeedAll(count int, bytes int64, name, value int) (need int64, nodes int) {
	l := t.limits
	weight := bytes + int64(count)*int64(t.order.prefix()+4+elementCost)
	// A leaf that has split takes a third of its limit before it splits again, whose bytes are an eighth of it at least.
	splits := min(int64(count), (int64(t.bytes)+weight)/int64(l.leaf/8)+1)
	each := int64(2*nodeSize + 4*l.step + entrySize + l.split)
	return t.Need(name, value) + weight + splits*each, 4*(t.height+2) + 2*int(splits)
}

// TextLimit returns the length up to which a name or a value has no node of its own.
func (t *Tree) TextLimit() int { return t.limits.text }

// Get returns the value under a key, which lasts until the tree is changed.
func (t *Tree) Get(k Key) (value []byte, ok bool) {
	if t.height == 0 {
		return nil, false
	}
	_, b, at, ok := t.findHinted(&k)
	if b == nil {
		b, at, ok = t.findFromRoot(&k)
	}
	if !ok || t.order&valued == 0 {
		return nil, ok
	}
	f := t.order.formOf(b)
	e, _ := f.read(b, at)
	return t.load(e.value), true
}

// findFromRoot returns the leaf where a key belongs, and its place there.
func (t *Tree) findFromRoot(k *Key) (b []byte, at int, found bool) {
	span, leaf := allHashes(), t.root
	b = t.get(leaf)
	for range t.height - 1 {
		leaf = childAt(b, t.childOf(b, k, &span))
		b = t.get(leaf)
	}
	if t.hints != nil {
		t.hints.note(t, k.Prefix, leaf)
	}
	at, _, found = t.search(b, k, &span)
	return b, at, found
}

// Set gives a key a value, and reports whether it is a new one. The tree has at most 2^32-1 elements.
func (t *Tree) Set(k Key, value []byte) (added bool) {
	var p path
	if t.height == 0 {
		if t.watcher != nil {
			t.watcher.Set(k, value)
		}
		t.begin(k, value)
		return true
	}
	at, _, found := p.find(t, &k)
	if t.watcher != nil && (!found || t.order&valued != 0) {
		t.watcher.Set(k, value)
	}
	if !found {
		t.insert(&p, at, k, value)
		return true
	}
	if t.order&valued != 0 {
		t.replace(&p, at, k, value)
	}
	return false
}

// Delete removes a key, and reports whether it was there.
func (t *Tree) Delete(k Key) bool {
	if t.height == 0 {
		return false
	}
	var p path
	at, _, found := p.find(t, &k)
	if found {
		if t.watcher != nil {
			t.watcher.Deleted(k)
		}
		t.remove(&p, at)
	}
	return found
}

// Rank returns how many elements are before a key, and whether the key is there.
func (t *Tree) Rank(k Key) (rank int, found bool) {
	if t.height == 0 {
		return 0, false
	}
	var p path
	_, i, found := p.find(t, &k)
	return p.before(t) + i, found
}

// At returns the i-th element. There must be one.
func (t *Tree) At(i int) Item {
	within(i, t.Len())
	var p path
	at := p.findAt(t, i)
	b := p.leaf(t).b
	f := t.order.formOf(b)
	e, _ := f.read(b, at)
	return t.item(e)
}

// DeleteAt removes the i-th element. There must be one.
func (t *Tree) DeleteAt(i int) {
	within(i, t.Len())
	if t.watcher != nil {
		t.watchCut(i, 1)
	}
	var p path
	t.remove(&p, p.findAt(t, i))
}

// DeleteSome removes up to n elements from the i-th on, those that lie in one leaf, and returns how many. There must be
// an i-th.
func (t *Tree) DeleteSome(i, n int) (deleted int) {
	within(i, t.Len())
	var p path
	at, in := p.findPlace(t, i)
	b := p.leaf(t).b
	f, end := t.order.formOf(b), at
	n = min(n, count(b)-in)
	if t.watcher != nil {
		t.watchCut(i, n)
	}
	overflow := b[nodeFlags]&flagOverflow != 0
	for range n {
		if !overflow {
			end = f.next(b, end)
			continue
		}
		var e element
		e, end = f.read(p.leaf(t).bytes(t), end)
		t.freeText(e.name)
		t.freeText(e.value)
	}
	t.change(&p, at, end-at, nil, -n)
	return n
}

// SetAt gives the i-th element of a list a value. There must be one.
func (t *Tree) SetAt(i int, value []byte) {
	within(i, t.Len())
	if t.watcher != nil {
		t.watcher.Replaced(i, value)
	}
	var p path
	t.replace(&p, p.findAt(t, i), Key{}, value)
}

// InsertAt makes a value the i-th element of a list, which has at least i.
func (t *Tree) InsertAt(i int, value []byte) {
	within(i, t.Len()+1)
	if t.watcher != nil {
		t.watcher.Inserted(i, value)
	}
	if t.height == 0 {
		t.begin(Key{}, value)
		return
	}
	var p path
	t.insert(&p, p.findAt(t, i), Key{}, value)
}

func within(i, n int) {
	if uint(i) >= uint(n) {
		panic("tree: no such position")
	}
}

// begin gives an empty tree its first element.
func (t *Tree) begin(k Key, value []byte) {
	e := t.storeElement(k, value)
	f := t.order.aloneForm(&e)
	n, b := t.alloc(nodeSize + f.room(&e))
	f.writeAlone(b, &e)
	t.root, t.height, t.count = n, 1, 1
}

// insert adds an element at a place in the path's leaf.
func (t *Tree) insert(p *path, at int, k Key, value []byte) {
	e := t.storeElement(k, value)
	t.change(p, at, 0, &e, 1)
}

// replace changes the value of the element at a place in the path's leaf.
func (t *Tree) replace(p *path, at int, k Key, value []byte) {
	b := p.leaf(t).bytes(t)
	f := t.order.formOf(b)
	now, end := f.read(b, at)
	e := t.makeElement(k, value)
	old := now.value
	e.name.node, e.value.node = now.name.node, old.node
	if e.value.overflow {
		t.storeText(&e.value, value, old.overflow)
	}
	t.change(p, at, end-at, &e, 0)
	if old.overflow && !e.value.overflow {
		t.free(old.node)
	}
}

// remove removes the element at a place in the path's leaf.
func (t *Tree) remove(p *path, at int) {
	b := p.leaf(t).bytes(t)
	f := t.order.formOf(b)
	e, end := f.read(b, at)
	t.freeText(e.name)
	t.freeText(e.value)
	t.change(p, at, end-at, nil, -1)
}

func (t *Tree) freeText(x text) {
	if x.overflow {
		t.free(x.node)
	}
}
