package memory

import (
	"bytes"
	"slices"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
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

// prefetch asks for the memory of the entries of keys. One key alone would not be at hand sooner.
func (k *keyspace) prefetch(keys [][]byte) {
	if !slices.ContainsFunc(keys[1:], func(key []byte) bool { return !bytes.Equal(key, keys[0]) }) {
		return
	}
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

// PrefetchElements implements store.ElementPrefetcher. Elements are looked at together where they are of one collection.
func (e *Engine) PrefetchElements(op store.Op, keys, names [][]byte) {
	k := e.spaces[op.Keyspace].Load()
	if k == nil {
		return
	}
	for from := 0; from < len(keys); {
		to := from
		for to < len(keys) && to-from < prefetched && names[to] != nil && bytes.Equal(keys[to], keys[from]) {
			to++
		}
		if to-from > 1 {
			k.prefetchElements(keys[from], names[from:to])
		}
		from = max(to, from+1)
	}
}

// prefetchElements asks for the memory of elements of one collection, where a leaf is remembered for them.
func (k *keyspace) prefetchElements(key []byte, names [][]byte) {
	hash := k.hash(key)
	s := &k.shards[k.shardOf(hash)]
	if !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	r, entry := lookup(&s.table, uint32(hash), key)
	if r == 0 || !isLarge(entry) {
		return
	}
	of, named := kindOf(entry).(collectionKind).collectionType.(elementType)
	if !named {
		return
	}
	if s.ahead == nil {
		s.ahead = new(openTree)
	}
	s.ahead.open(s, collectionBody(entry)[of.byName()*rootSize:])
	t, nodes := &s.ahead.tree, &s.ahead.nodes
	var hashes [prefetched]uint64
	for i, name := range names {
		hashes[i] = s.fieldKey(name).Prefix
		if leaf, ok := t.Hint(hashes[i]); ok {
			s.table.PrefetchRecent(hashOfNode(nodes.token, leaf), nodeSize+tree.HeaderSize)
		}
	}
	for _, hash := range hashes[:len(names)] {
		if leaf, ok := t.Hint(hash); ok {
			if b := nodes.Look(leaf); b != nil {
				arena.Fetch(t.Nearby(b, hash))
			}
		}
	}
}
