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

// operand is a set or a sorted set, or none. Its shard is locked and nothing in it changes, or it has a view and
// nothing is locked. It is gone through in the order of the trees in which members are found: by a hash, then by name.
// All operands have the same order, so many can be merged.
type operand struct {
	size   int
	sorted bool      // members have scores
	large  bool      // members are in a tree
	tree   tree.Tree // of a large one
	cursor tree.Cursor
	small  []member  // of a small one, in order
	at     int       // of the next one in small
	view   *view     // of a large one; nil: its shard is locked
	read   int       // members that were copied from the view
	chunk  collected // where their names are
	body   []byte    // of a small one that is used while nothing is locked

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
		var room sortedRoom
		for _, k := range p.loadSorted(&room) {
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

// detach has the operand last when its shard is unlocked, until it is closed.
func (o *operand) detach(p *entryRef) {
	if o.large {
		root := 0
		if o.sorted {
			root = scoreTree
		}
		o.view = p.openView(root)
	}
	if p.ref != 0 && !o.large {
		o.body = bytes.Clone(smallBody(p))
	}
	for i := range o.small {
		o.small[i].Name = bytes.Clone(o.small[i].Name)
	}
}

// smallBody returns the body of a small collection without what its slot has behind it.
func smallBody(p *entryRef) []byte {
	body := collectionBody(p.entry)
	return body[:kindOf(p.entry).(collectionKind).size(p.shard, body)]
}

// isSame reports whether an operand that was detached is what the entry is now.
func (o *operand) isSame(p *entryRef) bool {
	switch {
	case o.size == 0 || p.ref == 0:
		return o.size == 0 && p.ref == 0
	case !p.isCollection(tagSet) && !p.isCollection(tagSorted), o.sorted != p.isCollection(tagSorted), o.large != isLarge(p.entry):
		return false
	case !o.large:
		return bytes.Equal(o.body, smallBody(p))
	}
	return o.view.isOf(p, o.sorted)
}

// isOf reports whether the view shows what the entry is now: a set, or a sorted set.
func (v *view) isOf(p *entryRef, sorted bool) bool {
	root := rootsOf(p.entry)
	if sorted {
		root = root[scoreTree*rootSize:]
	}
	return v.shows(root)
}

func (o *operand) close() {
	if o.view != nil {
		o.view.close()
	}
}

// refill copies members from the view, those after the ones that were copied, and reports whether there are any.
func (o *operand) refill() bool {
	if o.view == nil || o.read == o.size {
		return false
	}
	giveWay()
	o.small, o.at = o.small[:0], 0
	o.read += o.view.some(o.read, o.size, false, func(item tree.Item) bool {
		o.chunk.all = o.chunk.all[:0]
		o.chunk.add(item.Name, 0)
		o.small = append(o.small, member{tree.Key{Prefix: item.Prefix, Name: o.chunk.all[0].Member}, o.scoreIn(item.Value)})
		return true
	})
	return true
}

// first goes to the first member, and reports whether there is one.
func (o *operand) first() bool {
	if !o.large || o.view != nil {
		o.at = 0
		return o.next()
	}
	return o.cursor.SeekAt(&o.tree, 0) && o.load()
}

// next goes to the next member, and reports whether there is one.
func (o *operand) next() bool {
	if o.large && o.view == nil {
		return o.cursor.Next() && o.load()
	}
	if o.at == len(o.small) && !o.refill() {
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
		t := o.tree
		if o.view != nil {
			s := o.view.lock()
			defer s.mu.Unlock()
			t = o.view.tree()
		}
		value, ok := t.Get(k)
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
