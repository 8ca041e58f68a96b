package memory

import (
	"bytes"

	"sessd/store"
)

// Most of what a small operation costs is waiting until the memory of its index slot arrives, and then that of its
// entry. Prefetch asks for the memory of many operations at once, so that they wait together. A shard that somebody
// else has locked is passed over.

// prefetched is how many keys are looked at together.
const prefetched = 32

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
		if i > 0 && bytes.Equal(key, keys[i-1]) { // as where a pipeline is for one key
			hashes[i] = hashes[i-1]
			continue
		}
		hashes[i] = k.hash(key)
		if s := &k.shards[k.shardOf(hashes[i])]; s.mu.TryLock() {
			s.table.PrefetchSlot(uint32(hashes[i]))
			s.mu.Unlock()
		}
	}
	for i, hash := range hashes[:len(keys)] {
		if i > 0 && hash == hashes[i-1] {
			continue
		}
		if s := &k.shards[k.shardOf(hash)]; s.mu.TryLock() {
			s.table.PrefetchEntry(uint32(hash))
			s.mu.Unlock()
		}
	}
}
