package memory

import (
	"unsafe"

	"sessd/store"
)

// Most of what a small operation costs is waiting until the memory of its index slot arrives, and then that of its
// entry. Prefetch asks for the memory of many operations at once, so that they wait together. A shard that somebody
// else has locked is passed over.

// prefetched is how many keys are looked at together.
const prefetched = 32

// lineBytes is the size of what a processor fetches at once.
const lineBytes = 64

// fetchedBytes is how much of an entry is fetched: the header, the id, and a small session's fields.
const fetchedBytes = 3 * lineBytes

// Prefetch implements store.Prefetcher.
func (e *Engine) Prefetch(op store.Op, keys [][]byte) {
	k := e.spaces[op.Keyspace].Load()
	if k == nil {
		return
	}
	for len(keys) > 0 {
		some := keys[:min(len(keys), prefetched)]
		keys = keys[len(some):]
		k.prefetch(some)
	}
}

func (k *keyspace) prefetch(keys [][]byte) {
	var hashes [prefetched]uint64
	for i, key := range keys {
		hashes[i] = k.hash(key)
		if s := &k.shards[k.shardOf(hashes[i])]; s.mu.TryLock() {
			s.table.prefetchSlot(uint32(hashes[i]))
			s.mu.Unlock()
		}
	}
	for _, hash := range hashes[:len(keys)] {
		if s := &k.shards[k.shardOf(hash)]; s.mu.TryLock() {
			s.table.prefetchEntry(uint32(hash))
			s.mu.Unlock()
		}
	}
}

// prefetchSlot fetches the place in the index where the slots of a hash begin.
func (x *index) prefetchSlot(hash uint32) {
	if g := x.segment(hash); g != nil {
		prefetch(unsafe.Add(g.base, 8*g.home(hash)))
	}
}

// prefetchEntry fetches the beginning of the first entry of a hash.
func (t *table) prefetchEntry(hash uint32) {
	g := t.segment(hash)
	if g == nil {
		return
	}
	i := g.seek(hash)
	if !g.has(i, hash) {
		return
	}
	entry := t.at(g.slots[i].ref())
	entry = entry[:min(len(entry), fetchedBytes)]
	for at := 0; at < len(entry); at += lineBytes {
		prefetch(unsafe.Pointer(&entry[at]))
	}
	prefetch(unsafe.Pointer(&entry[len(entry)-1])) // an entry begins anywhere in a line, so it may end in one more
}
