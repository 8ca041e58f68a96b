package arena

import "math/rand/v2"

// Layout is what a table has to know of what lies in its entries.
type Layout interface {
	// Hash returns the hash under which the index has an entry.
	Hash(entry []byte) uint32
}

// Table is entries and the index over them.
type Table struct {
	Slabs
	Index
	content Layout

	promised SlabCounts // to the operation under way
	Reserved bool       // something is promised, or a mapping obtained
}

// NewTable returns an empty table. A segment of its index has at most most slots. wake is told of each deadline that is
// before all others of its slab, in milliseconds since the Unix epoch.
func NewTable(p *Pages, z *Sizes, most int, l Layout, wake func(at int64)) Table {
	return Table{
		Slabs:   Slabs{Sizes: z, pages: p, wake: wake, Moves: rand.Uint64()},
		Index:   Index{Pages: p, Most: most},
		content: l,
	}
}

// Used returns the bytes of all slots in use and of the index.
func (t *Table) Used() int64 { return t.Slabs.Bytes + t.Index.Bytes }

// Reserve obtains from the system what storing an entry of n bytes under a hash takes. Add and Resize cannot fail then,
// until Settle is called. It returns false, with nothing changed, when the system refuses.
func (t *Table) Reserve(hash uint32, n int) bool {
	var want SlabCounts
	if !t.Slabs.reserve(n, &want) {
		return false
	}
	t.Reserved = t.Reserved || len(t.ready) > 0
	want[SegmentPool] = t.Index.Splits(hash)
	return want == SlabCounts{} || t.Promise(want)
}

// Give has the next large entry of its size lie in a mapping of Pages.Large, which Settle frees otherwise. What that holds
// is kept.
func (t *Table) Give(mapping []byte) {
	t.ready = append([][]byte{mapping}, t.ready...)
	t.Reserved = true
}

// Promise has slabs promised until settle is called.
func (t *Table) Promise(want SlabCounts) bool {
	if !t.Slabs.pages.Reserve(want) {
		return false
	}
	for pool, n := range want {
		t.promised[pool] += n
	}
	t.Reserved = true
	return true
}

// Settle gives back what was reserved and not used.
func (t *Table) Settle() {
	if t.promised != (SlabCounts{}) {
		t.Slabs.pages.Release(t.promised)
	}
	t.freeReady()
	t.promised, t.Reserved = SlabCounts{}, false
}

// Add makes room for an entry of n bytes under a hash, and returns it. No other entry moves.
func (t *Table) Add(hash uint32, n int) (Ref, []byte) {
	r := t.alloc(n)
	t.Insert(hash, r)
	return r, t.At(r)
}

// Resize returns a slot for n bytes that takes the place of the one at r in the index. The one at r is still there, and
// to be given to drop.
func (t *Table) Resize(hash uint32, r Ref, n int) (Ref, []byte) {
	to := t.alloc(n)
	t.replace(hash, r, to)
	return to, t.At(to)
}

// Drop frees the slot of an entry that the index does not have any more.
func (t *Table) Drop(r Ref, deadline func(entry []byte) int64) {
	moved := t.release(r)
	if moved == 0 {
		return
	}
	entry := t.At(r)
	t.replace(t.content.Hash(entry), moved, r)
	if deadline != nil {
		t.NoteDeadline(r, deadline(entry))
	}
}

// FreeAll gives all memory back. The table is not used any more.
func (t *Table) FreeAll() {
	t.Slabs.freeAll()
	t.Index.FreeAll()
}

// FreeMappings gives back the mappings that are not parts of regions. The table is not used any more.
func (t *Table) FreeMappings() {
	for _, num := range t.large {
		t.Slabs.pages.freeLarge(t.slabRefs[num].mapping())
	}
}
