package upstream

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
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

	stamps stamps
}

// cacheShard is a part of the cache under one lock.
type cacheShard struct {
	mu      sync.Mutex
	entries map[string]*entry
	fetches map[string]*fetch
	recent  entry  // the ring of entries, the one linked last behind it
	linked  uint32 // how often an entry was linked
	hits    uint64
	used    int64 // bytes
	most    int64
	_       [64]byte
}

// entry is a session in the cache. It is guarded by its shard.
type entry struct {
	name         string
	record       *record
	era          uint64
	touching     bool   // its use is being sent
	linked       uint32 // the shard's, when it was
	newer, older *entry
}

// entryBytes is the memory of an entry beside its name and its record.
const entryBytes = 160

// fetch is a session that is being read from the upstream, or created there.
type fetch struct {
	done    chan struct{}
	creates bool // nobody joins it
	discard bool // it changed meanwhile. Guarded by the shard.

	record *record
	moved  aliasTarget
	err    error
}

func newCache(size int64) *cache {
	c := &cache{seed: maphash.MakeSeed()}
	c.stamps.known = make(map[string]stamp)
	for i := range c.shards {
		s := &c.shards[i]
		s.entries, s.fetches, s.most = make(map[string]*entry), make(map[string]*fetch), size/int64(len(c.shards))
		s.recent.newer, s.recent.older = &s.recent, &s.recent
	}
	return c
}

func (c *cache) shard(name []byte) *cacheShard {
	return &c.shards[maphash.Bytes(c.seed, name)%uint64(len(c.shards))]
}

// fresh reports whether entries of the present era may be served at a time.
func (c *cache) fresh(now, maxStale int64) bool {
	return c.linked.Load() && now-c.confirmed.Load() <= maxStale
}

// hit returns the session under a name that may be served now, nil where there is none. Its use has to be sent where touch is true,
// and the caller does that.
func (c *cache) hit(name []byte, now int64, uses bool) (r *record, touch bool) {
	s := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[string(name)]
	if e == nil || e.era != c.era.Load() || !e.record.live(now) {
		return nil, false
	}
	s.hits++
	s.use(e)
	if next := e.record.current(now); next != e.record {
		s.used += int64(next.size - e.record.size)
		e.record = next
	}
	if uses && !e.touching && e.record.wantsTouch(now) {
		e.touching = true
		return e.record, true
	}
	return e.record, false
}

// has reports whether there is something under a name that may be served.
func (c *cache) has(name []byte) bool {
	s := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[string(name)]
	return e != nil && e.era == c.era.Load()
}

// wantsTouch reports whether use of the session now moves its expiry by more than a tenth of the idle timeout.
func (r *record) wantsTouch(now int64) bool {
	return r.idle > 0 && r.expires > 0 && r.usedAt(now)-r.expires > r.idle/10
}

// untouched notes that a session's use was not sent.
func (c *cache) untouched(name string) {
	s := c.shard([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[name]; e != nil {
		e.touching = false
	}
}

// peek returns the session under a name as a change of ours is likely to find it, nil where it is not at hand.
func (c *cache) peek(name string, now int64) *record {
	s := c.shard([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[name]
	if e == nil || e.era != c.era.Load() || !e.record.live(now) {
		return nil
	}
	return e.record
}

// stale returns the session under a name though nobody knows whether it has changed since, if so little time has passed.
func (c *cache) stale(name []byte, now, upstreamNow, within int64) *record {
	s := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[string(name)]
	if e == nil || !e.record.live(upstreamNow) {
		return nil
	}
	confirmed := c.confirmed.Load()
	switch e.era {
	case c.era.Load():
	case c.former.Load():
		confirmed = c.formerWas.Load()
	default:
		return nil
	}
	if now-confirmed > within {
		return nil
	}
	return e.record.current(upstreamNow)
}

// join returns the fetch of a session that is under way, or a new one for the caller to do.
func (c *cache) join(name string) (f *fetch, own bool) {
	s := c.shard([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	f = s.fetches[name]
	if f != nil && !f.creates {
		return f, false
	}
	own = f == nil
	f = &fetch{done: make(chan struct{}), discard: !own}
	if own {
		s.fetches[name] = f
	}
	return f, true
}

// reserve returns a fetch for a session that the caller creates. It is not kept if the session is being read.
func (c *cache) reserve(name string) *fetch {
	s := c.shard([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &fetch{done: make(chan struct{}), creates: true, discard: s.fetches[name] != nil}
	if !f.discard {
		s.fetches[name] = f
	}
	return f
}

// finish ends a fetch that was begun in an era, and keeps what it found unless that may have changed since.
func (c *cache) finish(name string, f *fetch, era uint64) {
	s := c.shard([]byte(name))
	s.mu.Lock()
	if s.fetches[name] == f {
		delete(s.fetches, name)
	}
	if f.err == nil && !f.discard {
		if f.record != nil && era == c.era.Load() {
			s.put(name, f.record, era)
		} else if f.record == nil {
			s.remove(name)
		}
	}
	s.mu.Unlock()
	close(f.done)
}

// drop forgets a session.
func (c *cache) drop(name string) {
	s := c.shard([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard(name)
	s.remove(name)
}

// replace puts what a change of ours made of a session in place of what it was. change returns nil where that is not what is cached,
// and then the session is dropped.
func (c *cache) replace(name string, change func(*record) *record) {
	s := c.shard([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard(name)
	e := s.entries[name]
	if e == nil {
		return
	}
	next := (*record)(nil)
	if e.era == c.era.Load() {
		next = change(e.record)
	}
	if next == nil {
		s.remove(name)
		return
	}
	s.used += int64(next.size - e.record.size)
	e.record, e.touching = next, false
	s.use(e)
	s.shrink()
}

// dropPrincipal forgets the sessions of a principal.
func (c *cache) dropPrincipal(principal string) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for name, e := range s.entries {
			if e.record.principal == principal {
				s.remove(name)
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
		entries += len(s.entries)
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
		for name := range s.entries {
			s.remove(name)
		}
		s.mu.Unlock()
	}
	c.stamps.forget()
}

// discard makes nobody keep or join a fetch that is under way.
func (s *cacheShard) discard(name string) {
	if f := s.fetches[name]; f != nil {
		f.discard = true
		delete(s.fetches, name)
	}
}

// put keeps a session.
func (s *cacheShard) put(name string, r *record, era uint64) {
	s.remove(name)
	e := &entry{name: name, record: r, era: era}
	if e.bytes() > s.most {
		return
	}
	s.entries[name] = e
	s.used += e.bytes()
	s.link(e)
	s.shrink()
}

// shrink lets go of the sessions that were not used for longest, until the others fit.
func (s *cacheShard) shrink() {
	for s.used > s.most {
		s.remove(s.recent.newer.name)
	}
}

func (e *entry) bytes() int64 { return int64(entryBytes + len(e.name) + e.record.size) }

func (s *cacheShard) remove(name string) {
	if e := s.entries[name]; e != nil {
		delete(s.entries, name)
		s.used -= e.bytes()
		e.newer.older, e.older.newer = e.older, e.newer
	}
}

// use makes an entry one of those that were used last, if it is not: a quarter of the others were linked after it.
func (s *cacheShard) use(e *entry) {
	if s.linked-e.linked > uint32(len(s.entries)/4) {
		e.newer.older, e.older.newer = e.older, e.newer
		s.link(e)
	}
}

func (s *cacheShard) link(e *entry) {
	s.linked++
	e.linked = s.linked
	e.newer, e.older = &s.recent, s.recent.older
	e.older.newer, s.recent.older = e, e
}
