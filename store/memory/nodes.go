package memory

import (
	"sessd/store"
	"sessd/store/memory/arena"
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

// nodesOf returns the nodes of the tree with a root.
func (s *shard) nodesOf(root []byte) *treeNodes {
	return &treeNodes{shard: s, token: uint64(get64(root, rootToken)), next: uint32(get32(root, rootNext)), count: get32(root, rootNodes)}
}
