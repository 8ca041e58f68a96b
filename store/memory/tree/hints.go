package tree

import "math/bits"

// Hints remember in which leaf of a tree hashes were found, so that most searches begin at a leaf and not at the root. The
// owner keeps them as long as the tree. They may be out of date: what sorts between two elements of a leaf can be nowhere else.
type Hints struct {
	leaves []uint32 // for equal spans of hashes, 1 more than the number of a leaf; 0: none
	shift  int      // of a hash, to its span
}

// Limits of hints. There are three to six for a leaf, and none for trees of more leaves than have place.
const (
	hintsOfLeaf = 6
	mostHints   = 20 // log2
)

// UseHints has the tree search with hints, or without if they are nil. They must be of this tree alone.
func (t *Tree) UseHints(h *Hints) { t.hints = h }

// HintsHelp reports whether searches with hints take fewer steps.
func (t *Tree) HintsHelp() bool { return t.height > 1 && t.order.prefix() == hashWidth }

// note remembers the leaf where a hash was found.
func (h *Hints) note(t *Tree, hash uint64, leaf uint32) {
	width := bits.Len64(t.bytes * hintsOfLeaf / uint64(t.limits.leaf))
	if n := 1 << width; n > len(h.leaves) || n < len(h.leaves)/4 {
		if width > mostHints {
			h.leaves = nil
			return
		}
		h.leaves, h.shift = make([]uint32, n), 8*hashWidth-width
	}
	h.leaves[hash>>h.shift] = leaf + 1
}

// Hint returns the number of the leaf where a hash may be.
func (t *Tree) Hint(hash uint64) (leaf uint32, ok bool) {
	h := t.hints
	if h == nil || len(h.leaves) == 0 {
		return 0, false
	}
	n := h.leaves[hash>>h.shift]
	return n - 1, n > 0
}

// findHinted looks for a key in the leaf that is remembered for its hash. b is nil where that does not tell whether the tree
// has the key.
func (t *Tree) findHinted(k *Key) (leaf uint32, b []byte, at int, found bool) {
	leaf, ok := t.Hint(k.Prefix)
	if !ok {
		return 0, nil, 0, false
	}
	b = t.nodes.Look(leaf)
	if len(b) == 0 || count(b) == 0 {
		return 0, nil, 0, false
	}
	i, f := 0, t.order.formOf(b)
	if f.size > 0 {
		at, i, found = f.searchHashFrom(b, k, t.guess(b, k.Prefix))
	} else {
		at, i, found = t.searchPlain(b, &f, k)
	}
	if !found && (i == 0 || i == count(b)) { // it may belong to another leaf
		return 0, nil, 0, false
	}
	return leaf, b, at, found
}

// guess returns the position that a hash has in a leaf of such, if those of the tree are spread evenly.
func (t *Tree) guess(b []byte, hash uint64) int {
	first := (&form{order: t.order}).prefix(b, nodeSize)
	if hash <= first {
		return 0
	}
	return int(min((hash-first)*t.count>>(8*hashWidth), uint64(count(b)-1)))
}

// HeaderSize is how much of a leaf Nearby reads, in bytes.
const HeaderSize = nodeSize + hashWidth

// Nearby returns the bytes of a leaf where an element with a hash may lie.
func (t *Tree) Nearby(b []byte, hash uint64) []byte {
	f := t.order.formOf(b)
	if f.size == 0 || count(b) == 0 {
		return b
	}
	at := nodeSize + t.guess(b, hash)*f.size
	return b[max(0, at-nearby):min(len(b), at+nearby)]
}

// nearby is how far an element mostly is from where it is looked for, in bytes.
const nearby = 96
