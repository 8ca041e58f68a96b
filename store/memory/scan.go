package memory

import (
	"bytes"
	"context"
	"math/rand/v2"

	"sessd/store"
	"sessd/store/memory/arena"
)

// What a scan does under the lock of a shard before it lets others in.
const (
	scanEntries = 256      // entries looked at
	scanNodes   = 16       // nodes of collections that are passed over for one of these
	scanBytes   = 64 << 10 // bytes of keys copied; a longer key is copied whole
)

// Scan implements store.Keys. A cursor is a place in the order of shards and hashes, and says that everything before it
// has been visited. An index that grows, shrinks or is cleaned keeps that order, so a key that stays is met once. Keys
// are copied under the lock and matched without it, so a pattern holds up nobody.
func (e *Engine) Scan(ctx context.Context, op store.Op, cursor uint64, c store.ScanOptions, visit func(key []byte)) (uint64, error) {
	k := e.spaces[op.Keyspace].Load()
	if k == nil {
		return 0, nil
	}
	at, hash, left := int(min(cursor>>32, maxShards)), uint32(cursor), max(c.Count, 1)
	for batch := (keyBatch{}); at < len(k.shards); {
		if left <= 0 {
			return uint64(at)<<32 | uint64(hash), nil
		}
		var more bool
		batch.reset(min(left, scanEntries))
		hash, more = k.shards[at].scan(op, hash, c.Type, &batch)
		left -= batch.looked
		batch.visit(c.Match, visit)
		if !more {
			at, hash = at+1, 0
		}
		if !store.IsImmediate(ctx) {
			giveWayBeside(op)
		}
	}
	return 0, nil
}

// keyBatch is copies of the keys that one step of a scan has met.
type keyBatch struct {
	keys   []byte
	ends   []int // of each key in keys
	looked int   // entries looked at
	nodes  int   // passed over
	limit  int   // of looked
}

func (b *keyBatch) reset(limit int) {
	b.keys, b.ends, b.looked, b.nodes, b.limit = b.keys[:0], b.ends[:0], 0, 0, limit
}

func (b *keyBatch) add(key []byte) {
	b.keys = append(b.keys, key...)
	b.ends = append(b.ends, len(b.keys))
}

// full reports whether the step has done enough.
func (b *keyBatch) full() bool { return b.looked >= b.limit || len(b.keys) >= scanBytes }

// visit visits the keys that match a pattern; nil is all of them.
func (b *keyBatch) visit(match *store.Pattern, visit func(key []byte)) {
	from := 0
	for _, end := range b.ends {
		if key := b.keys[from:end:end]; match == nil || match.Match(key) {
			visit(key)
		}
		from = end
	}
}

// scan adds the keys of a type from a hash on to a batch until that is full. It returns the hash to go on with, or false
// when there are no more.
func (s *shard) scan(op store.Op, hash uint32, t store.Type, batch *keyBatch) (uint32, bool) {
	s.lock(op)
	defer s.unlockUnchanged()
	return s.table.Next(hash, func(x arena.Slot) bool {
		entry := s.table.Slabs.At(x.Ref())
		is := kindOf(entry).typ()
		if is == store.TypeNone {
			if batch.nodes++; batch.nodes%scanNodes != 0 {
				return true
			}
		}
		batch.looked++
		if is != store.TypeNone && (t == store.TypeNone || t == is) && !s.hasEnded(entry, op.Now) && !s.isCondemned(entry) {
			batch.add(s.buffer.of(entry))
		}
		return !batch.full()
	})
}

// RandomKey implements store.Keys.
func (e *Engine) RandomKey(_ context.Context, op store.Op) ([]byte, error) {
	for hash := rand.Uint64(); ; {
		h, n := e.holdLive(op)
		live := n - int(h.space.principals.condemned.Load())
		key := h.randomKey(n)
		if key == nil && live > 0 {
			key, hash = h.keyFrom(hash)
		}
		h.unlock()
		if key != nil || live <= 0 {
			return key, nil
		}
		for range attempts { // what is in the way
			h.space.sweepStep(op)
		}
	}
}

// randomKey returns a copy of one of the n keys that there are, or nil when several attempts met none that is live.
func (h *lockSet) randomKey(n int) []byte {
	for range min(n, attempts) {
		s := h.random(n)
		if s == nil {
			continue
		}
		entry := s.table.Slabs.At(s.table.Random())
		if kindOf(entry).typ() != store.TypeNone && !s.hasEnded(entry, h.now) && !s.isCondemned(entry) {
			return bytes.Clone(s.buffer.of(entry))
		}
	}
	return nil
}

// keyFrom returns a copy of the first live key from a hash on, among some entries of one shard. If there is none, it returns
// the hash to go on with.
func (h *lockSet) keyFrom(hash uint64) (key []byte, next uint64) {
	at, left := h.space.shardOf(hash), walked
	s := &h.space.shards[at]
	to, more := s.table.Next(uint32(hash), func(x arena.Slot) bool {
		if entry := s.table.Slabs.At(x.Ref()); kindOf(entry).typ() != store.TypeNone && !s.hasEnded(entry, h.now) && !s.isCondemned(entry) {
			key = bytes.Clone(s.buffer.of(entry))
		}
		left--
		return key == nil && left > 0
	})
	if !more {
		at, to = (at+1)%len(h.space.shards), 0
	}
	return key, uint64(at)<<(64-h.space.engine.shardBits) | uint64(to)
}

// random returns a shard, in proportion to its part of the n entries that there are.
func (h *lockSet) random(n int) *shard {
	n = rand.IntN(n)
	for i := range h.space.shards {
		s := &h.space.shards[i]
		if n -= s.count.keys(); n < 0 {
			return s
		}
	}
	return nil
}

// expireAtOnce is how many expired entries an operation on a whole keyspace removes before it goes on. So it holds
// nobody up when a million expire together. Those beyond still count, for less than the second until the background has
// removed them, and end with what an operation destroys.
const expireAtOnce = 4096

// holdLive locks every shard of a keyspace, when up to expireAtOnce entries of those that have expired are removed. It
// returns how many entries there are.
func (e *Engine) holdLive(op store.Op) (lockSet, int) {
	// Most go before all is locked.
	k := e.spaceOf(op)
	for i := range k.shards {
		s := &k.shards[i]
		s.lock(op)
		s.expire(op.Now, expireAtOnce/len(k.shards))
		s.unlock()
	}
	h := e.lockAll(op)
	return h, h.expire(expireAtOnce / 16)
}

// expire removes up to limit of the entries that have expired, and returns how many are left.
// Every shard is held.
func (h *lockSet) expire(limit int) int {
	n := 0
	for i := range h.space.shards {
		s := &h.space.shards[i]
		s.expire(h.now, limit/len(h.space.shards))
		n += s.count.keys()
	}
	return n
}

// Size implements store.Keys.
func (e *Engine) Size(_ context.Context, op store.Op) (int, error) {
	h, n := e.holdLive(op)
	n -= int(h.space.principals.condemned.Load())
	h.unlock()
	return n, nil
}

// Flush implements store.Keys.
func (e *Engine) Flush(_ context.Context, op store.Op, all bool) error {
	var holds []lockSet
	for i := range e.spaces {
		if i == op.Keyspace || all && e.spaces[i].Load() != nil { // who listens is told, though nothing was ever there
			h, _ := e.holdLive(store.Op{Keyspace: i, Now: op.Now, Client: op.Client, Tx: op.Tx})
			holds = append(holds, h)
		}
	}
	var old []arena.Table
	step, records := e.steps.Add(1), (*redo)(nil)
	for i := range holds {
		if op.Tx == nil {
			holds[i].setStep(step)
			records = holds[i].shareRedo(records)
		}
		old = append(old, holds[i].reset()...)
	}
	for i := range holds {
		if op.Tx == nil {
			holds[i].endRedo()
		}
	}
	for i := range holds {
		holds[i].unlock()
	}
	for i := range old {
		old[i].FreeAll()
	}
	return nil
}

// reset empties a keyspace of which every shard is held, and returns the tables for their memory to be freed.
func (h *lockSet) reset() []arena.Table {
	var old []arena.Table
	ended := store.TypeNone
	for i := range h.space.shards {
		if h.space.shards[i].count.types[store.TypeSession] > 0 {
			ended = store.TypeSession
		}
		old = append(old, h.space.shards[i].reset())
	}
	first := &h.space.shards[0]
	first.tellFlush()
	first.emitFlush(ended)
	h.space.principals.reset(&first.beside)
	first.beside += h.space.aliases.reset()
	return old
}
