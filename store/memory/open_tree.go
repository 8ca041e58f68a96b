package memory

import "sessd/store/memory/tree"

// openTree is a tree of a collection while it is read or changed.
type openTree struct {
	nodes   treeNodes
	tree    tree.Tree
	hints   *tree.Hints // of the tree; nil: it has none
	watched treeWatch
	cursor  tree.Cursor  // that is not kept from one use to the next
	change  tree.InPlace // likewise
}

// beginTree returns the tree of a large collection to be read or changed, for which the memory is obtained. A change ends
// with endTree, and no other entry of the shard may be looked at in between.
func (p *entryRef) beginTree() *tree.Tree { return p.beginTreeAt(0) }

// beginTreeAt is beginTree for one tree of several. Both may be open as long as no node moves; endTree is for the last one.
func (p *entryRef) beginTreeAt(root int) *tree.Tree {
	s, o := p.shard, &p.open[root]
	s.root = root
	o.open(s, collectionBody(p.entry)[root*rootSize:])
	if s.recorder != nil {
		p.watch(root)
	}
	return &o.tree
}

// open opens the tree of a root, which keep writes back to it.
func (o *openTree) open(s *shard, body []byte) {
	n := &o.nodes
	if token := uint64(get64(body, rootToken)); token != n.token {
		o.hints = s.hints[token]
	}
	n.token, n.next, n.count = uint64(get64(body, rootToken)), uint32(get32(body, rootNext)), get32(body, rootNodes)
	if n.view != nil || s.views != nil {
		n.view = s.views[n.token]
	}
	if n.shard == nil {
		n.shard = s
		o.tree = tree.Open(n, body[rootState:])
	} else {
		o.tree.Reopen(body[rootState:])
	}
	if o.hints == nil && o.tree.HintsHelp() {
		o.hints = s.hintsFor(n.token)
	}
	o.tree.UseHints(o.hints)
}

// hintsFor returns the hints of a tree, which last as long as its collection.
func (s *shard) hintsFor(token uint64) *tree.Hints {
	if h := s.hints[token]; h != nil {
		return h
	}
	h := new(tree.Hints)
	if s.hints == nil {
		s.hints = make(map[uint64]*tree.Hints)
	}
	s.hints[token] = h
	return h
}

func (o *openTree) keep(body []byte) {
	o.nodes.view.change()
	set32(body, rootNext, int(o.nodes.next))
	set32(body, rootNodes, o.nodes.count)
	o.tree.AppendTo(body[rootState:rootState])
}

// endTree keeps what has become of the tree in its root, which may have moved.
func (p *entryRef) endTree() {
	p.ref, p.entry = lookup(&p.table, p.hash, p.key)
	p.tally(p.entry, -1)
	p.open[p.root].keep(collectionBody(p.entry)[p.root*rootSize:])
	if p.root == 1 && isTimedHash(p.entry) {
		p.noteFirst()
	}
	p.tally(p.entry, 1)
}

// endInPlace is endTree for a change in place of a tree, after which every node is where it was.
func (p *entryRef) endInPlace(root int) {
	p.open[root].nodes.view.change()
	p.open[root].tree.KeepCount(collectionBody(p.entry)[root*rootSize+rootState:])
}

// setInPlace sets an element in the first tree, or returns false, with nothing changed, where nodes have to move for that.
func (p *entryRef) setInPlace(k tree.Key, value []byte) bool {
	t := p.beginTree()
	if !t.Order().Valued() {
		if _, found := t.Get(k); found {
			return true
		}
	}
	return p.changeInPlace(t, k, value)
}

// changeInPlace is setInPlace where the tree changes.
func (p *entryRef) changeInPlace(t *tree.Tree, k tree.Key, value []byte) bool {
	var c tree.InPlace
	if t.Order().Valued() {
		c.FindValue(t, k)
	} else {
		c.Find(t, k)
	}
	if !c.Set(value) {
		return false
	}
	c.Do()
	p.endInPlace(0)
	return true
}
