package memory

import (
	"bytes"

	"sessd/store/memory/tree"
)

// What happens to an element of a tree, in a record of redoElement beside the tree's number.
const (
	elementSet      = 1 + iota // it begins or has another value: prefix, name, value
	elementDeleted             // prefix and name
	elementInserted            // position and value
	elementReplaced            // position and value
	elementCut                 // position and count

	elementChange = 7
	elementTree   = 1 << 3 // of the second tree
	elementPrefix = 1 << 4 // the key has a prefix (8 bytes) that is no hash of the name
	elementValued = 1 << 5 // there is a value
)

// treeWatch tells the redo of changes to a tree of a large collection. It implements tree.Watcher.
type treeWatch struct {
	shard *shard
	hash  uint32
	key   []byte // of the collection
	root  int
	order tree.Order
	part  *part // of a walk that has met some of its elements; nil: none has
	out   *redo // of the walk that takes elements; nil: they change
}

// watch has the redo told of what happens to the tree that is open.
func (p *entryRef) watch(root int) {
	o := &p.open[root]
	o.watched = treeWatch{p.shard, p.hash, p.key, root, o.tree.Order(), p.partOf(), nil}
	o.tree.Watch(&o.watched)
}

// redo returns where records go.
func (w *treeWatch) redo() *redo {
	if w.out != nil {
		return w.out
	}
	return w.shard.redo
}

// begin begins a record of an element, which a walk is still to meet or not.
func (w *treeWatch) begin(change byte, ahead bool) *redo {
	r := w.redo()
	r.beginPart(redoElement, w.shard, w.key, ahead)
	if w.root > 0 {
		change += elementTree
	}
	r.byte(change)
	return r
}

// aheadOfKey reports whether a walk is still to meet an element.
func (w *treeWatch) aheadOfKey(k *tree.Key) bool {
	if w.part == nil {
		return w.out == nil && !w.shard.walkedPast(w.hash)
	}
	return w.part.aheadOfKey(w.root, k)
}

// aheadOf is aheadOfKey for a position in a list.
func (w *treeWatch) aheadOf(i int) bool {
	if w.part == nil {
		return w.out == nil && !w.shard.walkedPast(w.hash)
	}
	return w.part.aheadOf(w.root, i)
}

// keyed begins a record with the key of an element.
func (w *treeWatch) keyed(change byte, k *tree.Key) *redo {
	r := w.redo()
	first := len(r.records)
	if first == 0 {
		first = 1 // behind the format
	}
	if w.order.Prefix() == 8 {
		change |= elementPrefix
	}
	r = w.begin(change, w.aheadOfKey(k))
	if w.order.Prefix() == 8 {
		r.int64(int64(k.Prefix))
	}
	if r.name[1] != 0 && bytes.Equal(r.records[r.name[0]:r.name[1]], k.Name) {
		r.records[first] |= redoSame
		return r
	}
	r.bytes(k.Name)
	r.name = [2]int{len(r.records) - len(k.Name), len(r.records)}
	return r
}

// Set implements tree.Watcher.
func (w *treeWatch) Set(k tree.Key, value []byte) {
	if !w.order.Valued() {
		w.keyed(elementSet, &k)
		return
	}
	w.keyed(elementSet|elementValued, &k).bytes(value)
}

// Deleted implements tree.Watcher.
func (w *treeWatch) Deleted(k tree.Key) { w.keyed(elementDeleted, &k) }

// Inserted implements tree.Watcher.
func (w *treeWatch) Inserted(i int, value []byte) {
	ahead := w.aheadOf(i)
	r := w.begin(elementInserted, ahead)
	r.uvarint(uint64(i))
	r.bytes(value)
	if w.part != nil && !ahead {
		w.part.move(w.root, 1)
	}
}

// Replaced implements tree.Watcher.
func (w *treeWatch) Replaced(i int, value []byte) {
	r := w.begin(elementReplaced, w.aheadOf(i))
	r.uvarint(uint64(i))
	r.bytes(value)
}

// Cut implements tree.Watcher. Those elements that a walk has met are told of apart from the others.
func (w *treeWatch) Cut(i, n int) {
	met := 0
	switch {
	case w.aheadOf(i):
	case w.part == nil || w.root < w.part.root:
		met = n
	default:
		met = min(n, w.part.met-i)
	}
	if n > met { // first, so that positions before it stay
		w.cut(i+met, n-met, true)
	}
	if met > 0 {
		w.cut(i, met, false)
		if w.part != nil {
			w.part.move(w.root, -met)
		}
	}
}

// cut tells of a cut, in one record with the one before it if that was at the same place.
func (w *treeWatch) cut(i, n int, ahead bool) {
	r := w.redo()
	if c := &r.cut; c.end == len(r.records) && c.end > 0 && c.root == w.root && c.i == i && c.ahead == ahead && r.isOf(w.shard, w.key) {
		c.n += n
		r.records = r.records[:c.begin]
	} else {
		r = w.begin(elementCut, ahead)
		r.uvarint(uint64(i))
		*c = redoCut{w.root, i, n, ahead, len(r.records), 0}
	}
	r.uvarint(uint64(r.cut.n))
	r.cut.end = len(r.records)
}

// redoCut is the cut that was told of last.
type redoCut struct {
	root, i, n int
	ahead      bool
	begin, end int // where its count is in the records
}

// tellOf tells of an element as if it began.
func (w *treeWatch) tellOf(i int, item tree.Item) {
	if w.order.Named() {
		w.Set(item.Key, item.Value)
	} else {
		w.Inserted(i, item.Value)
	}
}

// eachLargeElement visits the elements of all trees of a large collection, none of another entry.
func (p *entryRef) eachLargeElement(visit func(w *treeWatch, i int, item tree.Item)) {
	if !isLarge(p.entry) {
		return
	}
	for root := range kindOf(p.entry).(collectionKind).orders().count() {
		t, i := p.beginTreeAt(root), 0
		w := treeWatch{p.shard, p.hash, p.key, root, t.Order(), p.partOf(), nil}
		var c tree.Cursor
		for ok := c.SeekAt(t, 0); ok; ok = c.Next() {
			visit(&w, i, c.Item())
			i++
		}
	}
}
