package memory

import (
	"slices"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

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

// newDemand returns the shard's demand, empty, for the first tree of a large collection.
func (p *entryRef) newDemand() *treeDemand {
	p.required = treeDemand{limit: p.beginTree().TextLimit(), long: p.required.long[:0]}
	return &p.required
}
