package upstream

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"unsafe"
)

// cache is the sessions that were read or saved here lately. An entry is served while the upstream tells of every change by others
// of what was read over the link: while its era is the present one. Changes of our own over the link are not told, so whoever makes
// one puts what it left in place of the entry, or drops it.
type cache struct {
	shards [16]cacheShard
	seed   maphash.Seed

	era       atomic.Uint64 // grows when the link is made or lost
	linked    atomic.Bool   // every server with sessions tells us of changes
	confirmed atomic.Int64  // up to then all changes were told, in milliseconds since the Unix epoch

	former        atomic.Uint64 // the era in which the link was lost
	formerWas     atomic.Int64  // confirmed then
	misses        atomic.Uint64
	invalidations atomic.Uint64
	cold          atomic.Int64 // batches that are still looked ahead of
	size          int64        // bytes
	large         atomic.Int64 // about the bytes of the largest sessions that were read lately

	stamps stamps
}

// cacheShard is a part of the cache under one lock.
type cacheShard struct {
	mu      sync.Mutex
	index   index
	fetches map[string]*fetch
	clock   uint32 // grows with each use of an entry
	hits    uint64
	used    int64 // bytes
	most    int64
	_       [64]byte
}

func newCache(size int64) *cache {
	c := &cache{seed: maphash.MakeSeed(), size: size}
	c.large.Store(size / 128) // until more is known
	c.stamps.known = make(map[string]int64)
	for i := range c.shards {
		s := &c.shards[i]
		s.fetches, s.most = make(map[string]*fetch), size/int64(len(c.shards))
		s.index = makeIndex(s.most / (entryBytes + recordBytes + metaBytes))
	}
	return c
}

func (c *cache) hash(name []byte) uint64 { return maphash.Bytes(c.seed, name) }

func (c *cache) shardOf(hash uint64) *cacheShard { return &c.shards[hash>>60] }

// shard returns the shard of a name, and the hash of that.
func (c *cache) shard(name string) (*cacheShard, uint64) {
	hash := maphash.String(c.seed, name)
	return c.shardOf(hash), hash
}

// viewed returns a text that lasts as long as nobody changes the bytes.
func viewed(name []byte) string { return unsafe.String(unsafe.SliceData(name), len(name)) }

// fresh reports whether entries of the present era may be served at a time.
func (c *cache) fresh(now, maxStale int64) bool {
	return c.linked.Load() && now-c.confirmed.Load() <= maxStale
}

// is reports whether an entry is of the present era.
func (c *cache) is(e *entry) bool { return e != nil && e.era == uint32(c.era.Load()) }

// hit returns the session under a name that may be served now, nil where there is none, and its image. Its use has to be sent where touch
// is true, and the caller does that.
func (c *cache) hit(name []byte, now int64, uses bool) (i image, r *record, touch bool) {
	hash := c.hash(name)
	s := c.shardOf(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.index.find(hash, viewed(name))
	if !c.is(e) {
		return i, nil, false
	}
	if now >= e.quiet {
		if !e.record.live(now) {
			return i, nil, false
		}
		if next := e.record.current(now); next != e.record {
			s.used += int64(next.size - e.record.size)
			e.set(next)
		}
		touch = uses && !e.touching && e.record.wantsTouch(now)
		e.touching = e.touching || touch
	}
	s.hits++
	s.use(e)
	return e.image(), e.record, touch
}

// has reports whether there is something under a name that may be served.
func (c *cache) has(name []byte) bool {
	hash := c.hash(name)
	s := c.shardOf(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.is(s.index.find(hash, viewed(name)))
}

// fetched is how many sessions are looked at together.
const fetched = 32

// fetch fetches what reads of sessions will touch.
func (c *cache) fetch(names [][]byte) {
	for len(names) > 0 {
		some := names[:min(len(names), fetched)]
		names = names[len(some):]
		var hashes [fetched]uint64
		var entries [fetched]*entry
		for i, name := range some {
			hashes[i] = c.hash(name)
			c.shardOf(hashes[i]).index.fetchSlot(hashes[i])
		}
		for i, hash := range hashes[:len(some)] {
			if entries[i] = c.shardOf(hash).index.guess(hash); entries[i] != nil {
				entries[i].fetch()
			}
		}
		for _, e := range entries[:len(some)] {
			if e != nil {
				e.fetchText()
			}
		}
	}
}

// wantsTouch reports whether use of the session now moves its expiry by more than a tenth of the idle timeout.
func (r *record) wantsTouch(now int64) bool {
	return r.idle > 0 && r.expires > 0 && r.usedAt(now)-r.expires > r.idle/10
}

// untouched notes that a session's use was not sent.
func (c *cache) untouched(name string) {
	s, hash := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.index.find(hash, name); e != nil {
		e.touching = false
	}
}

// peek returns the session under a name as a change of ours is likely to find it, nil where it is not at hand.
func (c *cache) peek(name string, now int64) *record {
	s, hash := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.index.find(hash, name)
	if !c.is(e) || !e.record.live(now) {
		return nil
	}
	return e.record
}

// stale returns the session under a name though nobody knows whether it has changed since, if so little time has passed.
func (c *cache) stale(name []byte, now, upstreamNow, within int64) *record {
	hash := c.hash(name)
	s := c.shardOf(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.index.find(hash, viewed(name))
	if e == nil || !e.record.live(upstreamNow) {
		return nil
	}
	confirmed := c.confirmed.Load()
	switch e.era {
	case uint32(c.era.Load()):
	case uint32(c.former.Load()):
		confirmed = c.formerWas.Load()
	default:
		return nil
	}
	if now-confirmed > within {
		return nil
	}
	return e.record.current(upstreamNow)
}

// drop forgets a session.
func (c *cache) drop(name string) {
	s, hash := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard(name)
	s.remove(hash, name)
}

// replace puts what a change of ours made of a session in place of what it was. change returns nil where that is not what is cached,
// and then the session is dropped. It has no lock, since a large session takes it long, and may be called again.
func (c *cache) replace(name string, change func(*record) *record) {
	for base := c.discard(name); base != nil; {
		base = c.swap(name, base, change(base))
	}
}

// discard makes nobody keep a fetch of a session that is under way, and returns what is cached of it, nil where that is not known.
func (c *cache) discard(name string) *record {
	s, hash := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard(name)
	e := s.index.find(hash, name)
	if !c.is(e) {
		s.remove(hash, name)
		return nil
	}
	return e.record
}

// swap puts a record in place of another, or drops the session where it is nil. It returns what is cached where that is a third one.
func (c *cache) swap(name string, base, next *record) *record {
	s, hash := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.index.find(hash, name)
	switch {
	case e == nil:
	case e.record != base:
		return e.record
	case next == nil:
		s.remove(hash, name)
	default:
		s.used += int64(next.size - base.size)
		e.set(next)
		e.touching = false
		s.use(e)
		s.shrink()
	}
	return nil
}

// dropPrincipal forgets the sessions of a principal.
func (c *cache) dropPrincipal(principal string) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for hash, e := range s.index.entries() {
			if e.record.principal == principal {
				s.remove(hash, e.name)
			}
		}
		for _, f := range s.fetches { // nobody knows yet whose these are
			f.discard = true
		}
		clear(s.fetches)
		s.mu.Unlock()
	}
}

// lost notes that changes may go untold from now on.
func (c *cache) lost() {
	if c.linked.CompareAndSwap(true, false) {
		c.former.Store(c.era.Load())
		c.formerWas.Store(c.confirmed.Load())
	}
}

// begin begins an era: what was cached before is not served as fresh any more.
func (c *cache) begin(linked bool, confirmed int64) {
	c.lost()
	c.era.Add(1)
	c.stamps.forget()
	c.confirmed.Store(confirmed)
	c.linked.Store(linked)
}

// figures returns how many sessions there are, their bytes, and how many reads found one.
func (c *cache) figures() (entries int, used int64, hits uint64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		entries += s.index.count
		used += s.used
		hits += s.hits
		s.mu.Unlock()
	}
	return entries, used, hits
}

// clear forgets everything.
func (c *cache) clear() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for _, f := range s.fetches {
			f.discard = true
		}
		clear(s.fetches)
		s.index.clear()
		s.used = 0
		s.mu.Unlock()
	}
	c.stamps.forget()
}

// put keeps a session.
func (s *cacheShard) put(hash uint64, e *entry) {
	s.remove(hash, e.name)
	if e.bytes() > s.most {
		return
	}
	s.index.insert(hash, e)
	s.used += e.bytes()
	s.use(e)
	s.shrink()
}

// compared is how many entries are compared to find one that was not used for long.
const compared = 8

// shrink lets go of sessions that were not used for long, until the others fit.
func (s *cacheShard) shrink() {
	for s.used > s.most {
		hash, oldest := s.index.next()
		for range min(compared, s.index.count) - 1 {
			if other, e := s.index.next(); s.clock-e.used > s.clock-oldest.used {
				hash, oldest = other, e
			}
		}
		s.remove(hash, oldest.name)
	}
}

func (s *cacheShard) remove(hash uint64, name string) {
	if e := s.index.remove(hash, name); e != nil {
		s.used -= e.bytes()
	}
}

// use notes that an entry is used.
func (s *cacheShard) use(e *entry) {
	s.clock++
	e.used = s.clock
}
