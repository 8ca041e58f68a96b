package memory

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// member is a member of a set or a sorted set: what a tree of members is sorted by, and the score.
type member struct {
	tree.Key
	score float64
}

func compareKeys(a, b tree.Key) int {
	if a.Prefix != b.Prefix {
		return cmp.Compare(a.Prefix, b.Prefix)
	}
	return bytes.Compare(a.Name, b.Name)
}

// operand is a set or a sorted set, or none, while its shard is locked and nothing in it changes. It is gone through in
// the order of the trees in which members are found: by a hash, then by name. All operands have the same order, so many
// can be merged.
type operand struct {
	size   int
	sorted bool      // members have scores
	large  bool      // members are in a tree
	tree   tree.Tree // of a large one
	cursor tree.Cursor
	small  []member // of a small one, in order
	at     int      // of the next one in small

	member         // at which it is
	weight float64 // of scores
	rank   int     // among those that are merged: whose score comes first
}

// operandOf returns the entry as an operand. With scores it may be a sorted set.
func operandOf(p *entryRef, scores bool) (*operand, error) {
	o := &operand{weight: 1}
	switch {
	case p.ref == 0:
		return o, nil
	case p.isCollection(tagSet):
	case scores && p.isCollection(tagSorted):
		o.sorted = true
	default:
		return nil, store.ErrWrongType
	}
	if o.large = isLarge(p.entry); o.large {
		root := rootsOf(p.entry)
		if o.sorted {
			root = root[scoreTree*rootSize:]
		}
		o.tree = tree.Open(p.nodesOf(root), root[rootState:])
		o.size = o.tree.Len()
		return o, nil
	}
	if o.sorted {
		for _, k := range p.loadSorted() {
			o.small = append(o.small, member{p.fieldKey(k.Name), tree.ScoreOf(k.Prefix)})
		}
	} else {
		for m := membersOf(collectionBody(p.entry)); m.left > 0; {
			o.small = append(o.small, member{p.fieldKey(m.next()), 1})
		}
	}
	slices.SortFunc(o.small, func(a, b member) int { return compareKeys(a.Key, b.Key) })
	o.size = len(o.small)
	return o, nil
}

// scoreIn returns the score of an item in the tree of members.
func (o *operand) scoreIn(value []byte) float64 {
	if !o.sorted {
		return 1
	}
	return tree.ScoreOf(binary.LittleEndian.Uint64(value))
}

// first goes to the first member, and reports whether there is one.
func (o *operand) first() bool {
	if !o.large {
		o.at = 0
		return o.next()
	}
	return o.cursor.SeekAt(&o.tree, 0) && o.load()
}

// next goes to the next member, and reports whether there is one.
func (o *operand) next() bool {
	if o.large {
		return o.cursor.Next() && o.load()
	}
	if o.at == len(o.small) {
		return false
	}
	o.member = o.small[o.at]
	o.at++
	return true
}

func (o *operand) load() bool {
	item := o.cursor.Item()
	o.member = member{item.Key, o.scoreIn(item.Value)}
	return true
}

// find returns the score of a member, wherever the operand is.
func (o *operand) find(k tree.Key) (float64, bool) {
	if o.large {
		value, ok := o.tree.Get(k)
		if !ok {
			return 0, false
		}
		return o.scoreIn(value), true
	}
	i, ok := slices.BinarySearchFunc(o.small, k, func(m member, k tree.Key) int { return compareKeys(m.Key, k) })
	if !ok {
		return 0, false
	}
	return o.small[i].score, true
}

// merge goes through several operands in one order. It is a heap of those that are at a member, the least first.
type merge []*operand

func newMerge(all []*operand) (m merge) {
	for _, o := range all {
		if o.first() {
			m = append(m, o)
		}
	}
	for i := len(m)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m
}

func (m merge) less(i, j int) bool {
	c := compareKeys(m[i].Key, m[j].Key)
	return c < 0 || c == 0 && m[i].rank < m[j].rank
}

func (m merge) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m); child++ {
			if m.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		m[i], m[least] = m[least], m[i]
		i = least
	}
}

// advance takes the operand at the least member to its next one.
func (m *merge) advance() {
	h := *m
	if !h[0].next() {
		last := len(h) - 1
		h[0] = h[last]
		h = h[:last]
		*m = h
	}
	h.sink(0)
}
