package memory

import (
	"bytes"
	"hash/maphash"
	"math/bits"

	"sessd/store"
)

// hold is one operation: its time, and the shards that it has locked.
type hold struct {
	space      *keyspace
	now        int64
	want, held shardSet
}

// shardSet has a bit for each shard of a keyspace.
type shardSet [maxShards / 64]uint64

func (s *shardSet) add(shard int)      { s[shard/64] |= 1 << (shard % 64) }
func (s *shardSet) has(shard int) bool { return s[shard/64]&(1<<(shard%64)) != 0 }

// hold locks the shards of one key: its own, and when it is an alias that of the session to which it leads.
func (e *Engine) hold(op store.Op, key []byte) hold {
	h := hold{space: &e.spaces[op.Keyspace], now: op.Now}
	h.want.add(h.space.shardOf(h.space.hash(key)))
	h.lock()
	for !h.reaches(key) {
		h.relock()
	}
	return h
}

// holdEach locks the shards of several keys, which are every step-th of words.
func (e *Engine) holdEach(op store.Op, words [][]byte, step int) hold {
	h := hold{space: &e.spaces[op.Keyspace], now: op.Now}
	for i := 0; i < len(words); i += step {
		h.want.add(h.space.shardOf(h.space.hash(words[i])))
	}
	h.lock()
	for {
		all := true
		for i := 0; i < len(words); i += step {
			all = h.reaches(words[i]) && all
		}
		if all {
			return h
		}
		h.relock()
	}
}

// holdAll locks every shard of a keyspace.
func (e *Engine) holdAll(op store.Op) hold {
	h := hold{space: &e.spaces[op.Keyspace], now: op.Now}
	for i := range h.space.shards {
		h.want.add(i)
	}
	h.lock()
	return h
}

func (k *keyspace) hash(key []byte) uint64 { return maphash.Bytes(k.engine.seed, key) }

func (k *keyspace) shardOf(hash uint64) int { return int(hash >> (64 - k.shardBits)) }

// reaches says whether the shard to which a key leads is locked too. If not, it is included for the next relock.
func (h *hold) reaches(key []byte) bool {
	x := h.entry(key)
	if x == nil || x.kind != typeAlias {
		return true
	}
	home := int(x.leads.home.Load())
	if home == gone || h.held.has(home) {
		return true
	}
	h.want.add(home)
	return false
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
	h.release()
	h.lock()
}

func (h *hold) release() {
	for i, word := range h.held {
		for ; word != 0; word &= word - 1 {
			h.space.shards[i*64+bits.TrailingZeros64(word)].mu.Unlock()
		}
	}
}

// at returns the shard of a key.
func (h *hold) at(key []byte) *shard { return &h.space.shards[h.space.shardOf(h.space.hash(key))] }

// home returns the shard of an entry.
func (h *hold) home(x *entry) *shard { return &h.space.shards[x.home.Load()] }

// entry returns what is stored under a key, which may be an alias, or nil.
func (h *hold) entry(key []byte) *entry {
	hash := h.space.hash(key)
	s := &h.space.shards[h.space.shardOf(hash)]
	x := s.table.find(hash, key)
	if x != nil && x.isExpired(h.now) {
		s.remove(x, store.Expired)
		return nil
	}
	return x
}

// find returns the entry to which a key leads, or nil.
func (h *hold) find(key []byte) *entry {
	x := h.entry(key)
	if x == nil || x.kind != typeAlias {
		return x
	}
	target := x.leads
	if target.home.Load() != gone {
		if !target.isExpired(h.now) {
			return target
		}
		h.home(target).remove(target, store.Expired)
	}
	h.home(x).remove(x, store.Expired)
	return nil
}

// newEntry returns an entry for a key that is attached nowhere.
func (h *hold) newEntry(key []byte, kind store.Type) *entry {
	return &entry{hash: h.space.hash(key), key: bytes.Clone(key), kind: kind, expireAt: store.Never, place: noPlace}
}
