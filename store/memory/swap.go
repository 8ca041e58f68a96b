package memory

import (
	"context"
	"sync/atomic"

	"sessd/store"
)

// SwapKeyspaces implements store.Swapper. Keyspaces and shards stay, with their locks and numbers, and what they hold
// changes places. Whoever waits for the lock of a shard finds there what its keyspace holds by then.
func (e *Engine) SwapKeyspaces(_ context.Context, op store.Op, a, b int) error {
	if a == b {
		return nil
	}
	t := txOf(op)
	if t == nil {
		t = e.beginAll(op)
		defer t.End()
	}
	one, other := t.space(a), t.space(b)
	one.swap(other)
	one.tellSwap(other, t.now)
	e.waker.set(immediately)
	return nil
}

// swap exchanges what two keyspaces hold. Every shard of all keyspaces is locked.
func (k *keyspace) swap(other *keyspace) {
	for i := range k.shards {
		k.shards[i].swap(&other.shards[i])
	}
	k.principals.swap(&other.principals)
	k.aliases.swap(&other.aliases)
	swapInt64(&k.trees, &other.trees)
	if w := k.engine.walkUnderWay(); w != nil {
		w.condemned[k.number], w.condemned[other.number] = w.condemned[other.number], w.condemned[k.number]
		w.swapped.Store(true)
	}
}

// swap exchanges what two shards of the same number hold, and how far a walk has come there.
func (s *shard) swap(o *shard) {
	s.table, o.table = o.table, s.table
	s.shapes, o.shapes = o.shapes, s.shapes
	s.timeouts, o.timeouts = o.timeouts, s.timeouts
	s.count, o.count = o.count, s.count
	s.locks, o.locks = o.locks, s.locks
	s.lockBytes, o.lockBytes = o.lockBytes, s.lockBytes
	s.counted, o.counted = o.counted, s.counted
	s.named, o.named = o.named, s.named
	s.cursor, o.cursor = o.cursor, s.cursor
	s.orphans, o.orphans = o.orphans, s.orphans
	s.cuts, o.cuts = o.cuts, s.cuts
	s.views, o.views = o.views, s.views
	s.hints, o.hints = o.hints, s.hints
	s.ends, o.ends = nil, nil
	s.staged, o.staged = o.staged, s.staged
	for _, one := range [...]*shard{s, o} {
		one.takeViews()
		one.takeStaged()
	}
	trees := s.trees.Load()
	s.trees.Store(o.trees.Swap(trees))
	s.walk, o.walk = o.walk, s.walk
	s.walked, o.walked = o.walked, s.walked
	s.parts, o.parts = o.parts, s.parts
	s.taking, o.taking = 0, 0
	s.origin, o.origin = o.origin, s.origin
	s.publish()
	o.publish()
}

// swap exchanges what two keyspaces know of principals.
func (p *principals) swap(o *principals) {
	for i := range p.parts {
		x, y := &p.parts[i], &o.parts[i]
		x.mu.Lock()
		y.mu.Lock()
		x.table, y.table = y.table, x.table
		x.sets, y.sets = y.sets, x.sets
		x.condemned, y.condemned = y.condemned, x.condemned
		x.count, y.count = y.count, x.count
		x.counted, y.counted = y.counted, x.counted
		x.extra, y.extra = y.extra, x.extra
		y.mu.Unlock()
		x.mu.Unlock()
	}
	swapInt64(&p.condemned, &o.condemned)
}

// swap exchanges the aliases of two keyspaces. A token that one has given out, for a session that is still to come, is
// not given out by the other.
func (a *aliases) swap(o *aliases) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o.mu.Lock()
	defer o.mu.Unlock()
	a.last = max(a.last, o.last)
	o.last = a.last
	a.targets, o.targets = o.targets, a.targets
	a.ended, o.ended = o.ended, a.ended
	swapInt64(&a.count, &o.count)
	swapInt64(&a.entries, &o.entries)
	swapInt64(&a.bytes, &o.bytes)
}

func swapInt64(a, b *atomic.Int64) { a.Store(b.Swap(a.Load())) }

// walkUnderWay returns the walk under way, or nil. Every shard of all keyspaces is locked.
func (e *Engine) walkUnderWay() (w *walk) {
	e.eachShard(func(s *shard) bool {
		w = s.walk
		return w == nil
	})
	return w
}

// tellSwap tells that two keyspaces have each other's entries. The record is for any snapshot. What a walk under way
// has met and will meet is in the keyspaces where it was when the walk began.
func (k *keyspace) tellSwap(other *keyspace, now int64) {
	first := &k.shards[0]
	if first.recorder != nil {
		first.redo.beginPart(redoSwap, first, nil, false)
		first.redo.uvarint(uint64(other.number))
	}
	o := k.engine.observers.Load()
	if o == nil || o.wants&store.EventSwapped.Class() == 0 {
		return
	}
	exists := func(keyspace int, key []byte) bool {
		of := k
		if keyspace == other.number {
			of = other
		}
		hash := of.hash(key)
		s := &of.shards[of.shardOf(hash)]
		ref, entry := lookup(&s.table, uint32(hash), key)
		if ref == 0 || s.hasExpired(entry, now) || s.isCondemned(entry) {
			return false
		}
		return tag(entry) != tagAlias || of.aliases.knows(tokenOf(entry), hash)
	}
	first.report(o, store.Change{Event: store.EventSwapped, Expiry: store.Never, Swap: &store.Swap{With: other.number, Exists: exists}}, nil)
}
