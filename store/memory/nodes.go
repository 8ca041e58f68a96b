package memory

import (
	"math/rand/v2"
	"slices"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// The nodes of a large collection are entries in the shard of its root. Each is found under a hash of the collection's
// token and the node's number. They are no keys: whatever goes through keys passes them over, and their bytes count for
// the root.
//
//	 0        1                         9                 13
//	┌────────┬─────────────────────────┬─────────────────┬─ ─ ─ ─
//	│ kind   │ token                   │ number          │ the tree's
//	└────────┴─────────────────────────┴─────────────────┴─ ─ ─ ─
const (
	nodeToken  = 1
	nodeNumber = 9
	nodeSize   = 13
)

// nodeKind is of the nodes of large collections.
type nodeKind struct{ internal }

// key returns nothing, where no key is.
func (nodeKind) key([]byte) (from, to int, packed bool) { return 0, 0, false }
func (nodeKind) expiry(*shard, []byte) int64            { return store.Never }
func (nodeKind) removed(entryRef)                       {}

func (nodeKind) check(_ *shard, _ []byte, c *contents) error {
	c.nodes++
	return nil
}

// hashOfNode returns the hash of a node. Tokens are random, so hashes are.
func hashOfNode(token uint64, n uint32) uint32 {
	h := token ^ uint64(n)*0x9e3779b97f4a7c15
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	return uint32(h >> 32)
}

// hashOfNodeEntry returns the hash of the node that an entry is.
func hashOfNodeEntry(entry []byte) uint32 {
	return hashOfNode(uint64(get64(entry, nodeToken)), uint32(get32(entry, nodeNumber)))
}

// treeNodes is the nodes of one collection while a tree works on them. It implements tree.Nodes: a node is lent until any
// entry of the shard moves, which Put, New and Free do.
type treeNodes struct {
	shard *shard
	token uint64
	next  uint32 // number to try for the next node
	count int
	view  *view // which has to keep what changes; nil: none
}

// find returns the place of a node, 0 if there is none, and its hash.
func (t *treeNodes) find(n uint32) (arena.Ref, uint32) {
	hash, table := hashOfNode(t.token, n), &t.shard.table
	if r := table.Recent(hash); r != 0 && t.is(table.At(r), n) {
		return r, hash
	}
	if g := table.Segment(hash); g != nil {
		for i := g.Seek(hash); g.Has(i, hash); i++ {
			r := g.Ref(i)
			if t.is(table.At(r), n) {
				table.Keep(hash, r, t.count)
				return r, hash
			}
		}
	}
	return 0, hash
}

// is reports whether an entry is a node of the collection.
func (t *treeNodes) is(entry []byte, n uint32) bool {
	return tag(entry) == tagNode && uint64(get64(entry, nodeToken)) == t.token && uint32(get32(entry, nodeNumber)) == n
}

// must is find for a node that has to be there.
func (t *treeNodes) must(n uint32) (arena.Ref, uint32) {
	r, hash := t.find(n)
	if r == 0 {
		panic("memory: a collection lacks a node")
	}
	return r, hash
}

// Get implements tree.Nodes.
func (t *treeNodes) Get(n uint32) []byte {
	table := &t.shard.table
	if r := table.Recent(hashOfNode(t.token, n)); r != 0 { // as nearly always
		if entry := table.At(r); t.is(entry, n) {
			if t.view != nil {
				t.view.keep(n, entry[nodeSize:])
			}
			return entry[nodeSize:]
		}
	}
	r, _ := t.must(n)
	node := table.At(r)[nodeSize:]
	if t.view != nil {
		t.view.keep(n, node)
	}
	return node
}

// Look implements tree.Nodes. Views need no copy of what is only read.
func (t *treeNodes) Look(n uint32) []byte {
	r, _ := t.find(n)
	if r == 0 {
		return nil
	}
	return t.shard.table.At(r)[nodeSize:]
}

// Put implements tree.Nodes.
func (t *treeNodes) Put(n uint32, size int) []byte {
	r, hash := t.must(n)
	table := &t.shard.table
	if t.view != nil {
		t.view.keep(n, table.At(r)[nodeSize:])
	}
	if table.Fits(r, nodeSize+size) {
		return table.At(r)[nodeSize:]
	}
	_, entry := table.Resize(hash, r, nodeSize+size)
	copy(entry, table.At(r))
	table.Drop(r, t.shard.deadline)
	return entry[nodeSize:]
}

// New implements tree.Nodes.
func (t *treeNodes) New(size int) (uint32, []byte) {
	n, hash := t.next, uint32(0)
	for r := arena.Ref(1); r != 0; n++ { // a number comes again after 2^32 others
		r, hash = t.find(n)
	}
	t.next = n
	t.count++
	_, entry := t.shard.table.Add(hash, nodeSize+size)
	entry[0] = tagNode
	set64(entry, nodeToken, int64(t.token))
	set32(entry, nodeNumber, int(n-1))
	return n - 1, entry[nodeSize:]
}

// Free implements tree.Nodes.
func (t *treeNodes) Free(n uint32) {
	r, hash := t.must(n)
	if t.view != nil {
		t.view.keep(n, t.shard.table.At(r)[nodeSize:])
	}
	t.count--
	t.shard.table.Remove(hash, r)
	t.shard.table.Drop(r, t.shard.deadline)
}

// beginTree returns the tree of a large collection to be read or changed, for which the memory is obtained. A change ends
// with endTree, and no other entry of the shard may be looked at in between.
func (p *entryRef) beginTree() *tree.Tree { return p.beginTreeAt(0) }

// openTree is a tree of a collection while it is read or changed.
type openTree struct {
	nodes   treeNodes
	tree    tree.Tree
	hints   *tree.Hints // of the tree; nil: it has none
	watched treeWatch
	cursor  tree.Cursor  // that is not kept from one use to the next
	change  tree.InPlace // likewise
}

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

// largeCount returns the number of elements of a large collection.
func largeCount(entry []byte) int { return tree.CountOf(collectionBody(entry)[rootState:]) }

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

// appendRoots appends the body of a large collection without elements.
func (k collectionKind) appendRoots(dst []byte, e *Engine) []byte {
	orders := k.orders()
	for _, order := range orders[:orders.count()] {
		var root [rootSize]byte
		set64(root[:], rootToken, int64(rand.Uint64()))
		t := tree.New(nil, order|e.treeOrder)
		t.AppendTo(root[rootState:rootState])
		dst = append(dst, root[:]...)
	}
	return dst
}

// treeDemand is the elements that an operation sets in each tree of a collection.
type treeDemand struct {
	bytes       int64 // of all names and values
	name, value int   // longest
	count       int
	limit       int   // of texts without a node
	long        []int // lengths of those that have one
}

// add adds an element.
func (d *treeDemand) add(name, value int) {
	d.bytes += int64(name + value)
	d.name, d.value = max(d.name, name), max(d.value, value)
	d.count++
	for _, n := range [...]int{name, value} {
		if n > d.limit {
			d.long = append(d.long, n)
		}
	}
}

// room obtains what setting the elements of d in each tree takes, and more bytes of the limit beside it. It returns
// ErrNoMemory, with nothing changed, and what is short of the limit. roots are the collection's.
func (d *treeDemand) room(p *entryRef, roots []byte, more int64) (shortage, error) {
	limited, bytes, nodes, inserts := p.space.engine.limits.Load().MaxMemory > 0, int64(0), 0, arena.Inserts{}
	for root := range slices.Chunk(roots, rootSize) {
		t := tree.Open(nil, root[rootState:])
		need, made := t.NeedAll(d.count, d.bytes, d.name, d.value)
		bytes += need + need/16 + int64(nodeSize*(made+len(d.long)))
		nodes += made
		if limited {
			token, next := uint64(get64(root, rootToken)), uint32(get32(root, rootNext))
			for i := range made + len(d.long) {
				bytes += inserts.Add(&p.table.Index, hashOfNode(token, next+uint32(i)))
			}
		}
	}
	if limited {
		if bytes += more; !p.claim(bytes) {
			return shortage{bytes, p.evictable()}, store.ErrNoMemory
		}
	}
	if len(roots) > rootSize {
		d.long = append(d.long, d.long...)
		d.count *= 2
	}
	return shortage{}, d.reserve(p.shard, bytes, nodes)
}

// reserve obtains slabs for nodes of so many bytes in all, of which nodes are at most as long as a leaf may be.
func (d *treeDemand) reserve(s *shard, bytes int64, nodes int) error {
	e := s.space.engine
	var want arena.SlabCounts
	var counts [arena.EntryPools]int
	counts[0], counts[1] = nodes+d.count, nodes+d.count // an element may resize a leaf
	for _, n := range d.long {
		id := e.sizes.Of(nodeSize + n)
		if id != arena.ClassLarge {
			counts[e.sizes.Classes[id].Pool]++
			continue
		}
		bytes -= int64(n)
		if !s.table.ReserveLarge(arena.LargeSize(nodeSize + n)) {
			return store.ErrNoMemory
		}
		s.table.Reserved = true
	}
	for pool, n := range counts {
		if n > 0 {
			want[pool] = min(n, e.sizes.InPool[pool]) + int(bytes)/arena.SlabBytes(uint8(pool))
		}
	}
	want[arena.SegmentPool] = (nodes+len(d.long))/(e.segmentSlots/4) + arena.SplitsAtMost
	if !s.table.Promise(want) {
		return store.ErrNoMemory
	}
	return nil
}

// reserveChange obtains what removing elements from a tree may take, whose nodes become smaller.
func (p *entryRef) reserveChange(t *tree.Tree, elements int) error {
	d := treeDemand{count: elements}
	need, nodes := t.NeedAll(elements, 0, 0, 0)
	return d.reserve(p.shard, need, nodes)
}

// keepsNodes reports whether a collection that moves has its nodes in the right shard.
func (t *transfer) keepsNodes() bool { return t.moves && t.from.shard == t.to.shard }

// nodesOf returns the nodes of the tree with a root.
func (s *shard) nodesOf(root []byte) *treeNodes {
	return &treeNodes{shard: s, token: uint64(get64(root, rootToken)), next: uint32(get32(root, rootNext)), count: get32(root, rootNodes)}
}

// planNodes counts what copies of the nodes take under the tokens in new roots.
func (t *transfer) planNodes(roots []byte) {
	n, former := arena.Inserts{}, rootsOf(t.from.entry)
	t.nodes = nil
	for i := 0; i < len(roots); i += rootSize {
		nodes, token := t.from.nodesOf(former[i:]), uint64(get64(roots[i:], rootToken))
		of := tree.Open(nodes, roots[i+rootState:])
		numbers, all := of.Nodes(), int64(0)
		t.nodes = append(t.nodes, numbers)
		for _, number := range numbers {
			size := nodeSize + len(nodes.Get(number))
			all += int64(size - nodeSize)
			t.need += int64(t.to.table.Room(size)) + n.Add(&t.to.table.Index, hashOfNode(token, number))
			if !t.to.demand(size, &t.beside) {
				t.refused = true
			}
		}
		set32(roots[i:], rootNodes, len(numbers)) // without those that were cut off
		tree.SetBytes(roots[i+rootState:], all)
	}
}

// copyNodes stores copies of the nodes under the tokens in new roots.
func (t *transfer) copyNodes(roots []byte) {
	for i, numbers := range t.nodes {
		at := i * rootSize
		nodes, token := t.from.nodesOf(rootsOf(t.from.entry)[at:]), get64(roots[at:], rootToken)
		for _, number := range numbers {
			size := len(nodes.Get(number))
			_, entry := t.to.table.Add(hashOfNode(uint64(token), number), nodeSize+size)
			copy(entry[nodeSize:nodeSize+size], nodes.Get(number))
			entry[0] = tagNode
			set64(entry, nodeToken, token)
			set32(entry, nodeNumber, int(number))
		}
	}
}

// addTree adds the nodes that a tree reaches, which it checks.
func (c *contents) addTree(s *shard, body []byte) error {
	nodes := treeNodes{shard: s, token: uint64(get64(body, rootToken))}
	cut, cutBytes := 0, int64(0)
	s.eachCut(nodes.token, func(part *abandoned) {
		t := tree.Open(&nodes, part.state[:])
		n, bytes := t.Weigh()
		cut += n
		cutBytes += bytes
	})
	t := tree.Open(&nodes, body[rootState:])
	if err := t.CheckCut(cutBytes); err != nil {
		return err
	}
	n := t.CountNodes() + cut
	if c.reached += n; n != get32(body, rootNodes) {
		return errNodes
	}
	return nil
}

// newDemand returns the shard's demand, empty, for the first tree of a large collection.
func (p *entryRef) newDemand() *treeDemand {
	p.required = treeDemand{limit: p.beginTree().TextLimit(), long: p.required.long[:0]}
	return &p.required
}

// growTree sets elements in a large collection: demand adds them to what is demanded, and set sets them.
func (p *entryRef) growTree(demand func(*treeDemand), set func(*tree.Tree)) (shortage, error) {
	d, t := p.newDemand(), &p.open[0].tree
	demand(d)
	if short, err := d.room(p, rootsOf(p.entry), 0); err != nil {
		return short, err
	}
	set(t)
	p.endTree()
	return shortage{}, nil
}

// makeLarge stores a collection in its large form over a small one or nothing, as growTree does; set sets the elements in
// each tree. What set uses of the small one must lie elsewhere.
func (p *entryRef) makeLarge(k collectionKind, h collectionHead, demand func(*treeDemand), d *treeDemand, set func(root int, t *tree.Tree)) (shortage, error) {
	if short, err := p.planLarge(k, h, demand, d); err != nil {
		return short, err
	}
	p.fillLarge(k, set)
	return shortage{}, nil
}

// planLarge writes a collection in its large form, without elements, into the scratch, and obtains what it takes with
// them: demand adds them to d.
func (p *entryRef) planLarge(k collectionKind, h collectionHead, demand func(*treeDemand), d *treeDemand) (shortage, error) {
	h.first |= flagLarge
	p.scratch = h.append(p.scratch[:0], p.key)
	at := len(p.scratch)
	p.scratch = k.appendRoots(p.scratch, p.space.engine)
	roots := len(p.scratch) - at
	p.scratch = append(p.scratch, h.beside...)
	t := tree.Open(nil, p.scratch[at+rootState:])
	d.limit = t.TextLimit()
	demand(d)
	if short, err := d.room(p, p.scratch[at:at+roots], p.need(len(p.scratch))); err != nil {
		return short, err
	}
	return shortage{}, p.reserve(len(p.scratch))
}

// fillLarge stores what planLarge wrote, and lets set set the elements in each tree.
func (p *entryRef) fillLarge(k collectionKind, set func(root int, t *tree.Tree)) {
	p.commit()
	for root := range k.orders().count() {
		set(root, p.beginTreeAt(root))
		p.endTree()
	}
}
