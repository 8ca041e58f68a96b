package memory

import (
	"math/bits"

	"sessd/store"
)

// hold is an operation on several keys: its time, and the shards that it has locked.
type hold struct {
	space      *keyspace
	now        int64
	want, held shardSet
}

// shardSet has a bit for each shard of a keyspace.
type shardSet [maxShards / 64]uint64

func (s *shardSet) add(shard int)      { s[shard/64] |= 1 << (shard % 64) }
func (s *shardSet) has(shard int) bool { return s[shard/64]&(1<<(shard%64)) != 0 }

// hold locks the shards of keys, which are every step-th of words: their own, and for an alias that of the session to
// which it leads.
func (e *Engine) hold(op store.Op, words [][]byte, step int) hold {
	h := hold{space: e.space(op.Keyspace), now: op.Now}
	for i := 0; i < len(words); i += step {
		h.want.add(h.space.shardOf(h.space.hash(words[i])))
	}
	h.lock()
	for !h.reaches(words, step) {
		h.relock()
	}
	return h
}

// holdAll locks every shard of a keyspace.
func (e *Engine) holdAll(op store.Op) hold {
	h := hold{space: e.space(op.Keyspace), now: op.Now}
	for i := range h.space.shards {
		h.want.add(i)
	}
	h.lock()
	return h
}

// reaches says whether the shards to which aliases lead are locked too. If not, they will be with the next relock.
func (h *hold) reaches(words [][]byte, step int) bool {
	if h.space.aliases.count.Load() == 0 {
		return true
	}
	all := true
	for i := 0; i < len(words); i += step {
		p := h.own(words[i])
		if !p.is(kindAlias) {
			continue
		}
		shard := h.space.shardOf(h.space.hash(h.space.aliases.leads(tokenOf(p.rec))))
		if !h.held.has(shard) {
			h.want.add(shard)
			all = false
		}
	}
	return all
}

// lock takes the locks in ascending order, which is what keeps operations from waiting for each other in a circle.
func (h *hold) lock() {
	h.held = h.want
	for i, word := range h.held {
		for ; word != 0; word &= word - 1 {
			h.space.shards[i*64+bits.TrailingZeros64(word)].mu.Lock()
		}
	}
}

func (h *hold) relock() {
	h.leave()
	h.lock()
}

func (h *hold) leave() {
	for i, word := range h.held {
		for ; word != 0; word &= word - 1 {
			h.space.shards[i*64+bits.TrailingZeros64(word)].leave()
		}
	}
}

// own returns what is stored under a key, which may be an alias.
func (h *hold) own(key []byte) spot {
	hash := h.space.hash(key)
	return h.space.shards[h.space.shardOf(hash)].at(hash, key, h.now)
}

// find returns the entry to which a key leads. Where there is none, it is the place for one under the key.
func (h *hold) find(key []byte) spot {
	p := h.own(key)
	for p.is(kindAlias) {
		id := h.space.aliases.leads(tokenOf(p.rec))
		if id != nil {
			if q := h.own(id); q.ref != 0 {
				return q
			}
		}
		p = h.own(key) // the session has just expired, and the alias with it
	}
	return p
}

// destroy removes the entries to which keys lead and returns how many there were.
func (h *hold) destroy(keys [][]byte) int {
	n := 0
	for _, key := range keys {
		if p := h.find(key); p.ref != 0 {
			p.remove(store.Destroyed)
			n++
		}
	}
	return n
}
