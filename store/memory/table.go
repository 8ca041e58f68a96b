package memory

import "hash/maphash"

// table is entries and the index over them.
type table struct {
	slabs
	index
	seed   maphash.Seed
	buffer keyBuffer // of the key that was hashed last

	promised slabCounts // to the operation under way
	reserved bool       // something is promised, or a mapping obtained
}

// newTable returns an empty table. A segment of its index has at most most slots.
func newTable(e *Engine) table {
	return table{
		slabs: slabs{sizes: e.sizes, pages: &e.pages, waker: &e.waker},
		index: index{pages: &e.pages, most: e.segmentSlots},
		seed:  e.seed,
	}
}

// used returns the bytes of all slots in use and of the index.
func (t *table) used() int64 { return t.slabs.bytes + t.index.bytes }

// lookup returns the ref of the entry under a key, or 0, and its slot.
func (t *table) lookup(hash uint32, key []byte) (ref, []byte) {
	g := t.segment(hash)
	if g == nil {
		return 0, nil
	}
	m := matcher{key: key}
	for i := g.seek(hash); g.has(i, hash); i++ {
		r := g.slots[i].ref()
		if entry := t.at(r); m.is(entry) {
			return r, entry
		}
	}
	return 0, nil
}

// reserve obtains what storing an entry of n bytes under a hash takes from the system: add and resize cannot fail then,
// until settle is called. It returns false, with nothing changed, when the system refuses.
func (t *table) reserve(hash uint32, n int) bool {
	var want slabCounts
	if !t.slabs.reserve(n, &want) {
		return false
	}
	t.reserved = t.reserved || len(t.ready) > 0
	want[segmentPool] = t.index.splits(hash)
	return want == slabCounts{} || t.promise(want)
}

// promise has slabs promised until settle is called.
func (t *table) promise(want slabCounts) bool {
	if !t.slabs.pages.reserve(want) {
		return false
	}
	for pool, n := range want {
		t.promised[pool] += n
	}
	t.reserved = true
	return true
}

// settle gives back what was reserved and not used.
func (t *table) settle() {
	if t.promised != (slabCounts{}) {
		t.slabs.pages.release(t.promised)
	}
	t.freeReady()
	t.promised, t.reserved = slabCounts{}, false
}

// add makes room for an entry of n bytes under a hash, and returns it. No other entry moves.
func (t *table) add(hash uint32, n int) (ref, []byte) {
	r := t.alloc(n)
	t.insert(hash, r)
	return r, t.at(r)
}

// resize returns a slot for n bytes that takes the place of the one at r in the index. The one at r is still there, and
// to be given to drop.
func (t *table) resize(hash uint32, r ref, n int) (ref, []byte) {
	to := t.alloc(n)
	t.replace(hash, r, to)
	return to, t.at(to)
}

// drop frees the slot of an entry that the index does not have any more.
func (t *table) drop(r ref, deadline func(entry []byte) int64) {
	moved := t.release(r)
	if moved == 0 {
		return
	}
	entry := t.at(r)
	t.replace(uint32(t.hashOf(entry)), moved, r)
	if deadline != nil {
		t.noteDeadline(r, deadline(entry))
	}
}

// freeAll gives all memory back. The table is not used any more.
func (t *table) freeAll() {
	t.slabs.freeAll()
	t.index.freeAll()
}
