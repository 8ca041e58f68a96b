package memory

import (
	"container/heap"
	"math"
	"sync"
	"sync/atomic"

	"sessd/store"
)

// shard is a part of a keyspace under one lock.
type shard struct {
	space *keyspace
	index int

	mu        sync.Mutex
	table     table
	deadlines deadlines
	count     counters

	// next is the first of the deadlines, or math.MaxInt64, for those who have not locked the shard.
	next atomic.Int64
}

// counters are a shard's part of the engine's report.
type counters struct {
	sessions, strings, expires int // entries there are

	created, saved, loaded, rotated, refused, conflicts, hits, misses uint64
	removed, keys                                                     [3]uint64
}

func (s *shard) init(k *keyspace, index int) {
	s.space, s.index = k, index
	s.table.skip = k.shardBits
	s.next.Store(math.MaxInt64)
}

// attach puts an entry into the shard, with its time.
func (s *shard) attach(x *entry) {
	x.home.Store(int32(s.index))
	s.table.insert(x)
	s.tally(x, 1)
	x.place = noPlace
	s.schedule(x)
}

// detach takes an entry out of the shard, to be forgotten or attached elsewhere.
func (s *shard) detach(x *entry) {
	s.table.delete(x)
	s.tally(x, -1)
	if x.place != noPlace {
		heap.Remove(&s.deadlines, x.place)
		s.announce()
	}
}

// tally counts an entry among those there are (n is 1) or no longer (n is -1).
func (s *shard) tally(x *entry, n int) {
	switch x.kind {
	case store.TypeSession:
		s.count.sessions += n
	case store.TypeString:
		s.count.strings += n
	default:
		return
	}
	if x.expireAt != store.Never {
		s.count.expires += n
	}
}

// add makes an entry, accounts for it and attaches it.
func (s *shard) add(x *entry) {
	s.attach(x)
	s.resized(x)
}

// remove ends an entry. It is the one way out, for every cause.
func (s *shard) remove(x *entry, cause store.Cause) {
	s.detach(x)
	x.home.Store(gone)
	s.space.engine.account(-x.bytes)
	if x.kind != typeAlias {
		if x.kind == store.TypeSession {
			s.space.principals.remove(x)
		}
		s.changed(change{what: removed, entry: x, cause: cause})
	}
	x.value, x.data, x.leads = nil, nil, nil
}

// resized accounts for what an entry has become.
func (s *shard) resized(x *entry) {
	n := x.size()
	s.space.engine.account(n - x.bytes)
	x.bytes = n
}
