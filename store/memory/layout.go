package memory

import (
	"hash/maphash"

	"sessd/store/memory/arena"
)

// entryLayout finds in an entry what tables have to know of it.
type entryLayout struct{ seed maphash.Seed }

// hashOf returns the hash of an entry's key; of a node, that under which the index has it.
func (l entryLayout) hashOf(entry []byte) uint64 {
	if tag(entry) == tagNode {
		return uint64(hashOfNodeEntry(entry))
	}
	var b keyBuffer
	return maphash.Bytes(l.seed, b.of(entry))
}

// Hash is a part of arena.Layout.
func (l entryLayout) Hash(entry []byte) uint32 { return uint32(l.hashOf(entry)) }

// newTable returns an empty table of the engine.
func (e *Engine) newTable() arena.Table {
	return arena.NewTable(&e.pages, e.sizes, e.segmentSlots, entryLayout{e.seed}, e.waker.set)
}

// hashOf returns the hash of the key of an entry, which lies in any table.
func (e *Engine) hashOf(entry []byte) uint64 { return entryLayout{e.seed}.hashOf(entry) }

// lookup returns the ref of the entry that a table has under a key, or 0, and its slot.
func lookup(t *arena.Table, hash uint32, key []byte) (arena.Ref, []byte) {
	g := t.Segment(hash)
	if g == nil {
		return 0, nil
	}
	for i := g.Seek(hash); g.Has(i, hash); i++ {
		r := g.Ref(i)
		if entry := t.At(r); hasKey(entry, key) {
			return r, entry
		}
	}
	return 0, nil
}
