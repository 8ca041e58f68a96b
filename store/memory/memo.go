package memory

import (
	"bytes"

	"sessd/store"
	"sessd/store/memory/arena"
)

// memo implements store.Memo: it has the hash of the key that was looked up last, and where the entry was. An entry stays
// there until the table of its shard says that some may have moved.
type memo struct {
	key   []byte // a copy; empty: nothing is remembered
	hash  uint64
	ref   arena.Ref // 0: the place is not known
	moves uint64    // of the table
}

// memoKey is the length of keys that are remembered, in bytes. To compare longer ones takes as long as to hash them.
const memoKey = 256

// NewMemo implements store.Rememberer.
func (e *Engine) NewMemo() store.Memo { return new(memo) }

// Forget implements store.Memo.
func (m *memo) Forget() { *m = memo{} }

// hashFor returns the hash of a key, which m remembers from then on.
func (m *memo) hashFor(k *keyspace, key []byte) uint64 {
	if len(m.key) > 0 && bytes.Equal(m.key, key) {
		return m.hash
	}
	m.hash, m.ref, m.key = k.hash(key), 0, m.key[:0]
	if len(key) <= memoKey {
		m.key = append(m.key, key...)
	}
	return m.hash
}

// lookup returns what is stored under the key of which m has the hash, as lookup does.
func (m *memo) lookup(t *arena.Table, key []byte) (arena.Ref, []byte) {
	if m.ref != 0 && m.moves == t.Moves {
		return m.ref, t.At(m.ref)
	}
	ref, entry := lookup(t, uint32(m.hash), key)
	m.ref, m.moves = ref, t.Moves
	return ref, entry
}

// mustBeSound panics where m says that another entry than found is the key's.
func (m *memo) mustBeSound(t *arena.Table, key []byte, found arena.Ref) {
	if ref, _ := lookup(t, uint32(m.hash), key); ref != found {
		panic("memory: an entry is remembered where it is not")
	}
}
