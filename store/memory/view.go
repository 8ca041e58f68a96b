package memory

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"sync/atomic"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// A view is a tree of a large collection as it was at one moment. Whoever goes through many elements opens one under
// the shard's lock and reads from it in steps. So nobody waits for longer than a step takes. What changes a node that a
// view has not seen changed before copies the node first; so does what only passes it on its way. Copies lie on the Go
// heap, not within maxmemory, and are never more than the collection. Nodes are found by their token, so a collection
// may get another key, or end, meanwhile: its nodes stay until the view is closed.

// Limits of what is read under one lock, and of what does not need a view.
const (
	longElements = 4096
	longBytes    = 1 << 20
	stepElements = 256

	fewNames      = 4 // that are looked up at once, whatever they have
	passedPerName = 8 // elements that are passed in the time in which one is looked up by name
)

// view is a tree as it was when openView was called.
type view struct {
	shard   atomic.Pointer[shard] // which changes when keyspaces are swapped
	token   uint64
	state   [tree.StateSize]byte
	saved   map[uint32][]byte // nodes as they were, by number
	changed bool              // the collection is not as it was, or has ended
	flushed *flushedTable     // where the nodes are, if their keyspace was flushed
	next    *view             // of the same tree
}

// flushedTable is a table that has to last as long as its views.
type flushedTable struct {
	shard shard // with nothing but the table
	views int
}

// openView returns a view of one tree of a large collection. It has to be closed.
func (p *entryRef) openView(root int) *view {
	body := collectionBody(p.entry)[root*rootSize:]
	v := &view{token: uint64(get64(body, rootToken))}
	copy(v.state[:], body[rootState:])
	v.shard.Store(p.shard)
	if p.views == nil {
		p.views = make(map[uint64]*view)
	}
	v.next = p.views[v.token]
	p.views[v.token] = v
	return v
}

// lock locks the shard that has the nodes.
func (v *view) lock() *shard { return lockAt(&v.shard) }

// lockAt locks a shard that may be another one by the time it is locked.
func lockAt(at *atomic.Pointer[shard]) *shard {
	for {
		s := at.Load()
		s.mu.Lock()
		if at.Load() == s {
			return s
		}
		s.mu.Unlock()
	}
}

// close lets the nodes go.
func (v *view) close() {
	s := v.lock()
	defer s.mu.Unlock()
	if f := v.flushed; f != nil {
		if f.views--; f.views == 0 {
			f.shard.table.FreeAll()
		}
		return
	}
	at := s.views[v.token]
	if at == v {
		s.views[v.token] = v.next
	}
	for ; at != nil; at = at.next {
		if at.next == v {
			at.next = v.next
		}
	}
	if s.views[v.token] == nil {
		delete(s.views, v.token)
		if s.trees.Load() > 0 {
			s.space.engine.waker.set(immediately)
		}
	}
}

// keep copies a node that may change for all views of the tree that have no copy of it.
func (v *view) keep(n uint32, node []byte) {
	var copied []byte
	for ; v != nil; v = v.next {
		if _, has := v.saved[n]; has {
			continue
		}
		if copied == nil {
			copied = bytes.Clone(node)
		}
		if v.saved == nil {
			v.saved = make(map[uint32][]byte)
		}
		v.saved[n] = copied
	}
}

// change says that the tree is about to be another one.
func (v *view) change() {
	for ; v != nil; v = v.next {
		v.changed = true
	}
}

// shows reports whether the view shows the tree with a root in a shard that is locked. That is known only where the
// token is the same: else the view's own tree may be in another shard, which is not locked.
func (v *view) shows(root []byte) bool {
	return uint64(get64(root, rootToken)) == v.token && !v.changed
}

// Get implements tree.Nodes, while the shard is locked.
func (v *view) Get(n uint32) []byte {
	if node, has := v.saved[n]; has {
		return node
	}
	s := v.shard.Load()
	if f := v.flushed; f != nil {
		s = &f.shard
	}
	return s.nodeAt(v.token, n)
}

// Look implements tree.Nodes.
func (v *view) Look(n uint32) []byte { return v.Get(n) }

// nodeAt returns a node, which there must be.
func (s *shard) nodeAt(token uint64, n uint32) []byte {
	nodes := treeNodes{shard: s, token: token}
	r, _ := nodes.must(n)
	return s.table.At(r)[nodeSize:]
}

// Put, New and Free implement tree.Nodes. A view does not change.
func (*view) Put(uint32, int) []byte   { panic("memory: a view is changed") }
func (*view) New(int) (uint32, []byte) { panic("memory: a view is changed") }
func (*view) Free(uint32)              { panic("memory: a view is changed") }

// tree returns the tree, which may be read while the shard is locked.
func (v *view) tree() tree.Tree { return tree.Open(v, v.state[:]) }

// size returns the number of elements.
func (v *view) size() int {
	t := tree.Open(nil, v.state[:])
	return t.Len()
}

// each visits the elements of some places in steps, from the last one on if backward, until visit returns false. It is
// called under the lock, and what it is given lasts as long as the call.
func (v *view) each(from, to int, backward bool, visit func(item tree.Item) bool) {
	for more := from < to; more; {
		n := v.some(from, to, backward, visit)
		if backward {
			to -= n
		} else {
			from += n
		}
		if more = n > 0 && from < to; more {
			giveWay()
		}
	}
}

// giveWay lets those go first who waited for the lock of a step. Whoever unlocks would lock again before they run.
func giveWay() { runtime.Gosched() }

// giveWayBeside is giveWay, unless the operation is part of a step, which has locks.
func giveWayBeside(op store.Op) {
	if op.Tx == nil {
		giveWay()
	}
}

// giveWayAfter is giveWayBeside after each some of n things.
func giveWayAfter(op store.Op, n, some int) {
	if n%some == 0 {
		giveWayBeside(op)
	}
}

// lookUp shows what the view has under names, in steps, and closes it.
func (v *view) lookUp(names [][]byte, show func(name, value []byte, found bool)) {
	defer v.close()
	for some := range slices.Chunk(names, stepElements) {
		v.lookUpSome(some, show)
		giveWay()
	}
}

func (v *view) lookUpSome(names [][]byte, show func(name, value []byte, found bool)) {
	s := v.lock()
	defer s.mu.Unlock()
	t := v.tree()
	for _, name := range names {
		value, found := t.Get(s.fieldKey(name))
		show(name, value, found)
	}
}

// some does a step of each, and returns how many elements it has visited; 0 when visit has returned false.
func (v *view) some(from, to int, backward bool, visit func(item tree.Item) bool) (n int) {
	s := v.lock()
	defer s.mu.Unlock()
	t := v.tree()
	var c tree.Cursor
	step, at := c.Next, from
	if backward {
		step, at = c.Prev, to-1
	}
	limit := min(to-from, v.step(&t))
	for ok := c.SeekAt(&t, at); ok && n < limit; ok = step() {
		if n++; !visit(c.Item()) {
			return 0
		}
	}
	return n
}

// step returns how many elements are visited under one lock.
func (v *view) step(t *tree.Tree) int {
	return max(1, min(stepElements, int(stepElements<<10/(t.Bytes()/int64(t.Len())+1))))
}

// isLong reports whether it takes long to go through n elements of the entry, each of which is in the tree of a root.
func (p *entryRef) isLong(root, n int) bool {
	if p.ref == 0 || !isLarge(p.entry) || p.tx != nil {
		return false
	}
	if n > p.space.engine.longElements {
		return true
	}
	t := tree.Open(nil, collectionBody(p.entry)[root*rootSize+rootState:])
	return t.Len() > 0 && t.Bytes()/int64(t.Len())*int64(n) > longBytes
}

// viewLong opens a view of a tree where it takes long to go through n of its elements, and returns nil where it does not.
// ErrLong tells a caller that serves others too to come again.
func (p *entryRef) viewLong(ctx context.Context, root, n int) (*view, error) {
	switch {
	case !p.isLong(root, n):
		return nil, nil
	case store.IsImmediate(ctx):
		return nil, store.ErrLong
	}
	return p.openView(root), nil
}

// viewNames is viewLong where n elements are looked up by name.
func (p *entryRef) viewNames(ctx context.Context, root, n int) (*view, error) {
	switch {
	case n <= fewNames:
		return nil, nil
	case n > p.space.engine.longElements/passedPerName:
		n = max(n, p.space.engine.longElements+1)
	}
	return p.viewLong(ctx, root, n)
}

// showAll shows all elements of a view, which it closes, as eachElement does.
func (v *view) showAll(visit func(name, value []byte)) {
	defer v.close()
	v.each(0, v.size(), false, func(item tree.Item) bool {
		visit(item.Name, item.Value)
		return true
	})
}

// keepViews has views of a shard outlive its table, which is emptied. It returns the table that nobody needs any more.
func (s *shard) keepViews(old arena.Table) arena.Table {
	if len(s.views) == 0 {
		return old
	}
	f := new(flushedTable)
	f.shard.table = old
	for _, v := range s.views {
		for ; v != nil; v = v.next {
			v.flushed, v.changed = f, true
			f.views++
		}
	}
	s.views = nil
	return s.space.engine.newTable()
}

// takeViews says that the views of a shard are of this one now.
func (s *shard) takeViews() {
	s.longChanges++ // its strings are others too
	for _, v := range s.views {
		for ; v != nil; v = v.next {
			v.shard.Store(s)
		}
	}
}
