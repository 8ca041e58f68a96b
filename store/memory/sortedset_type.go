package memory

import (
	"bytes"
	"encoding/binary"
	"math"
	"sort"

	"sessd/store"
	"sessd/store/memory/tree"
)

// sortedType is of sorted sets. A large one has a tree in order and a tree from members to scores.
type sortedType struct{}

var tagSorted = collectionTag(1)

// The trees of a large sorted set.
const (
	orderTree = iota
	scoreTree
)

func (sortedType) typ() store.Type                             { return store.TypeSortedSet }
func (sortedType) orders() treeOrders                          { return treeOrders{tree.Sorted, tree.Map} }
func (sortedType) retain(*shard, []byte)                       {}
func (sortedType) release(*shard, []byte)                      {}
func (sortedType) check(_ *shard, _ []byte, _ *contents) error { return nil }
func (sortedType) byName() int                                 { return scoreTree }

func (sortedType) count(_ *shard, body []byte) int {
	n, _ := binary.Uvarint(body)
	return int(n)
}

func (sortedType) appendTree(t *tree.Tree, dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(t.Len()))
	var c tree.Cursor
	for ok := c.SeekAt(t, 0); ok; ok = c.Next() {
		item := c.Item()
		dst = appendBytes(binary.LittleEndian.AppendUint64(dst, item.Prefix), item.Name)
	}
	return dst
}

// scoreKey returns what a member is sorted by. -0 is 0.
func scoreKey(score float64, member []byte) tree.Key {
	return tree.Key{Prefix: tree.Score(score + 0), Name: member}
}

func lessKey(a, b tree.Key) bool {
	return a.Prefix < b.Prefix || a.Prefix == b.Prefix && bytes.Compare(a.Name, b.Name) < 0
}

// isSorted returns ErrWrongType where there is an entry of another type.
func (p *entryRef) isSorted() error {
	if p.ref != 0 && !p.isCollection(tagSorted) {
		return store.ErrWrongType
	}
	return nil
}

// find returns the place of a member, -1 if it is not there.
func (z smallSorted) find(member []byte) int {
	for i := range z {
		if bytes.Equal(z[i].Name, member) {
			return i
		}
	}
	return -1
}

// rank returns how many members are before a key.
func (z smallSorted) rank(k tree.Key) int {
	return sort.Search(len(z), func(i int) bool { return !lessKey(z[i], k) })
}

// set gives a member, which is at i or not there, a score.
func (z smallSorted) set(i int, k tree.Key) smallSorted {
	if i >= 0 {
		z = append(z[:i], z[i+1:]...)
	}
	i = z.rank(k)
	z = append(z, tree.Key{})
	copy(z[i+1:], z[i:])
	z[i] = k
	return z
}

// sortedSize returns the number of members.
func (p *entryRef) sortedSize() int {
	switch {
	case p.ref == 0:
		return 0
	case isLarge(p.entry):
		return largeCount(p.entry)
	}
	n, _ := binary.Uvarint(collectionBody(p.entry))
	return int(n)
}

// scoreOf returns the score of a member.
func (p *entryRef) scoreOf(member []byte) (float64, bool) {
	if p.ref != 0 && isLarge(p.entry) {
		value, ok := p.beginTreeAt(scoreTree).Get(p.fieldKey(member))
		if !ok {
			return 0, false
		}
		return tree.ScoreOf(binary.LittleEndian.Uint64(value)), true
	}
	var room sortedRoom
	z := p.loadSorted(&room)
	i := z.find(member)
	if i < 0 {
		return 0, false
	}
	return tree.ScoreOf(z[i].Prefix), true
}

// rankOf returns how many members are before a key.
func (p *entryRef) rankOf(k tree.Key) int {
	if p.ref != 0 && isLarge(p.entry) {
		n, _ := p.beginTree().Rank(k)
		return n
	}
	var room sortedRoom
	return p.loadSorted(&room).rank(k)
}

// firstKey returns what the first member is sorted by. There must be one.
func (p *entryRef) firstKey() tree.Key {
	if isLarge(p.entry) {
		return p.beginTree().At(0).Key
	}
	var room sortedRoom
	return p.loadSorted(&room)[0]
}

// spanOf returns the ranks, from the least score, of the members of a range.
func (p *entryRef) spanOf(r *store.SortedRange) (from, to int) {
	size := p.sortedSize()
	if size == 0 {
		return 0, 0
	}
	switch r.By {
	case store.ByRank:
		return ranksOf(r, int64(size))
	case store.ByScore:
		from, to = p.boundRank(&r.Min, false), p.boundRank(&r.Max, true)
	case store.ByLex:
		prefix := p.firstKey().Prefix
		from, to = p.lexRank(prefix, &r.Min, false, size), p.lexRank(prefix, &r.Max, true, size)
	}
	if from >= to || r.Offset < 0 || r.Offset >= int64(to-from) {
		return 0, 0
	}
	n := to - from - int(r.Offset)
	if r.Count >= 0 {
		n = int(min(int64(n), r.Count))
	}
	if r.FromEnd {
		to -= int(r.Offset)
		return to - n, to
	}
	from += int(r.Offset)
	return from, from + n
}

func ranksOf(r *store.SortedRange, size int64) (from, to int) {
	start, stop := r.Start, r.Stop
	if start < 0 {
		start = max(start+size, 0)
	}
	if stop < 0 {
		stop += size
	}
	stop = min(stop, size-1)
	switch {
	case start > stop:
		return 0, 0
	case r.FromEnd:
		return int(size - 1 - stop), int(size - start)
	}
	return int(start), int(stop + 1)
}

// boundRank returns how many members are before a bound by score; with after, those that it includes too.
func (p *entryRef) boundRank(b *store.SortedBound, after bool) int {
	return p.rankOf(boundKey(b, after))
}

// boundKey returns what is sorted before the first member within a bound by score; with after, before the first one beyond.
func boundKey(b *store.SortedBound, after bool) tree.Key {
	k := scoreKey(b.Score, nil)
	if b.Exclusive != after {
		k.Prefix++ // after all members of the score
	}
	return k
}

// lexRank is boundRank for a bound by member.
func (p *entryRef) lexRank(prefix uint64, b *store.SortedBound, after bool, size int) int {
	switch {
	case b.Infinite < 0:
		return 0
	case b.Infinite > 0:
		return size
	}
	k := tree.Key{Prefix: prefix, Name: b.Member}
	if b.Exclusive != after {
		k.Name = append(bytes.Clone(b.Member), 0)
	}
	return p.rankOf(k)
}

// eachMember visits the members of some ranks.
func (p *entryRef) eachMember(from, to int, fromEnd bool, visit func(k tree.Key)) {
	switch {
	case from >= to:
	case !isLarge(p.entry):
		var room sortedRoom
		z := p.loadSorted(&room)[from:to]
		for i := range z {
			if fromEnd {
				i = len(z) - 1 - i
			}
			visit(z[i])
		}
	case fromEnd:
		var c tree.Cursor
		c.SeekAt(p.beginTree(), to-1)
		for i := to; i > from; i-- {
			visit(c.Key())
			c.Prev()
		}
	default:
		var c tree.Cursor
		c.SeekAt(p.beginTree(), from)
		for range to - from {
			visit(c.Key())
			c.Next()
		}
	}
}

// decideScore returns the score that a member gets, and whether the options let it have one.
func decideScore(m store.Scored, old float64, found bool, o store.ScoreOptions) (score float64, done bool, err error) {
	score = m.Score
	if !found {
		return score, !o.IfPresent, nil
	}
	if o.IfAbsent {
		return 0, false, nil
	}
	if o.Add {
		if score += old; math.IsNaN(score) {
			return 0, false, store.ErrNaN
		}
	}
	return score, !(o.IfGreater && score <= old || o.IfLess && score >= old), nil
}
