package tree

// Nodes is where the nodes of a tree live. The owner of the tree implements it, and may move nodes as it likes within
// these rules:
//
//   - The bytes of a node belong to Nodes. A slice is lent until the next call of Put, New or Free, on this tree or any
//     other that shares memory with it; after that any node may lie elsewhere. Get moves nothing.
//   - The tree reads and writes the whole of a lent slice, which may be longer than asked for. Its contents are the
//     tree's: a new node may hold anything, and the node itself notes how much is in use.
//   - A number names one node until Free. Trees that share a Nodes, as a sorted set's two do, never get the same number.
//   - No call fails. Who must reserve memory does so before an operation; see Tree.Need.
type Nodes interface {
	// Get returns node n.
	Get(n uint32) []byte
	// Look is Get for a node that is only read and may be gone; it returns nothing then.
	Look(n uint32) []byte
	// Put resizes node n to at least size bytes, and not much more, and returns it. What fits of its contents stays.
	Put(n uint32, size int) []byte
	// New makes a node of at least size bytes, and returns its number too.
	New(size int) (n uint32, b []byte)
	// Free ends node n.
	Free(n uint32)
}

// The greatest limits, which scratch buffers are made for.
const (
	maxLeaf   = 3072
	maxBranch = 2048
	maxText   = 384 // of a name or a value inside a leaf
	maxSplit  = 128 // of a separator inside a branch
	maxHeight = 16
)

// limits bound nodes. Tests use smaller ones, so that few elements make many nodes.
type limits struct {
	leaf   int // weight of a leaf: its elements' bytes, and elementCost for each
	branch int // bytes of a branch's entries
	text   int // greatest name or value inside a leaf, in bytes
	stub   int // what a leaf keeps of a longer name, in bytes
	split  int // greatest separator inside a branch, in bytes
	step   int // nodes grow and shrink by as many bytes
	slack  int // what a leaf whose elements are removed must not have unused, in bytes
}

var standard = limits{leaf: maxLeaf, branch: maxBranch, text: maxText, stub: 48, split: maxSplit, step: 192, slack: 2 * 192}

// keyed are those of trees that are sorted by a key. Their leaves grow anywhere, so each has more room.
var keyed = limits{leaf: maxLeaf, branch: maxBranch, text: maxText, stub: 48, split: maxSplit, step: 384, slack: 3 * 384}

// tiny are limits with which few elements make many nodes. They are for tests.
var tiny = limits{leaf: 110, branch: 96, text: 20, stub: 5, split: 12, step: 8, slack: 2 * 8}

// limitsOf returns the limits of trees of an order.
func limitsOf(o Order) *limits {
	switch {
	case o&Tiny != 0:
		return &tiny
	case o&named != 0:
		return &keyed
	}
	return &standard
}

// elementCost is the weight of an element beside its bytes. It bounds the elements of a leaf, which a search passes one
// by one, where they are short.
const elementCost = 8

// leafElements is the greatest count of elements in a leaf.
const leafElements = maxLeaf / (elementCost + 1)

// get returns a node.
func (t *Tree) get(n uint32) []byte { return t.nodes.Get(n) }

// alloc makes a node of at least size bytes.
func (t *Tree) alloc(size int) (uint32, []byte) {
	t.moves++
	n, b := t.nodes.New(size)
	t.bytes += uint64(len(b))
	return n, b
}

// free frees a node.
func (t *Tree) free(n uint32) {
	t.bytes -= uint64(len(t.get(n)))
	t.moves++
	t.nodes.Free(n)
}

// resize returns node n, which is b, with room for size bytes and not too much of it.
func (t *Tree) resize(n uint32, b []byte, size int) []byte {
	step := t.limits.step
	if size <= len(b) && len(b)-size < 2*step {
		return b
	}
	return t.trim(n, b, (size+step-1)/step*step)
}

// trim returns node n, which is b, with room for size bytes and no more than Nodes cannot avoid.
func (t *Tree) trim(n uint32, b []byte, size int) []byte {
	t.bytes -= uint64(len(b))
	t.moves++
	b = t.nodes.Put(n, size)
	t.bytes += uint64(len(b))
	return b
}
