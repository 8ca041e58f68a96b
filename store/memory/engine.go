// Package memory is the engine in this process: shards of hash tables, each under one lock, with expiry on access and
// in the background.
//
// An operation locks the shards of its keys in ascending order, once, and works on entries. Every removal goes through
// shard.remove, and every change through shard.changed.
package memory

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"

	"sessd/store"
)

// Options are the options of New. The zero value of each is usable.
type Options struct {
	Keyspaces int          // 0: one
	Limits    store.Limits // at the start
	Clock     *store.Clock // for background expiry; nil: one of its own
	Shards    int          // of each keyspace, rounded up to a power of two and at most 256; 0: 64
}

const (
	defaultShards = 64
	maxShards     = 256
)

// Engine holds sessions and strings in the memory of this process. It is safe for any number of goroutines.
type Engine struct {
	spaces []keyspace
	seed   maphash.Seed
	clock  *store.Clock

	limits     atomic.Pointer[store.Limits]
	used, peak atomic.Int64

	stop chan struct{}
	work sync.WaitGroup
}

var (
	_ store.Engine   = (*Engine)(nil)
	_ store.Sessions = (*Engine)(nil)
	_ store.Keys     = (*Engine)(nil)
	_ store.Strings  = (*Engine)(nil)
	_ store.Reporter = (*Engine)(nil)
	_ store.Limiter  = (*Engine)(nil)
)

// keyspace is the entries of one keyspace. The leading bits of a key's hash say which shard has it, so that the
// shards together are one sequence in the order of hashes, which is what a scan follows.
type keyspace struct {
	engine     *Engine
	shards     []shard
	shardBits  int
	principals principals
}

// New returns an empty engine, which works in the background until it is closed.
func New(o Options) *Engine {
	if o.Clock == nil {
		o.Clock = new(store.Clock)
	}
	if o.Shards <= 0 {
		o.Shards = defaultShards
	}
	shardBits := bits.Len(uint(min(o.Shards, maxShards) - 1))
	e := &Engine{
		spaces: make([]keyspace, max(o.Keyspaces, 1)),
		seed:   maphash.MakeSeed(),
		clock:  o.Clock,
		stop:   make(chan struct{}),
	}
	for i := range e.spaces {
		k := &e.spaces[i]
		*k = keyspace{engine: e, shards: make([]shard, 1<<shardBits), shardBits: shardBits}
		for j := range k.shards {
			k.shards[j].init(k, j)
		}
	}
	e.SetLimits(o.Limits)
	e.work.Go(e.expireInBackground)
	return e
}

// Keyspaces returns the number of keyspaces.
func (e *Engine) Keyspaces() int { return len(e.spaces) }

// Close ends the background work and lets go of all entries.
func (e *Engine) Close() error {
	close(e.stop)
	e.work.Wait()
	e.spaces = nil
	return nil
}

// Limits returns the limits in force.
func (e *Engine) Limits() store.Limits { return *e.limits.Load() }

// SetLimits changes the limits.
func (e *Engine) SetLimits(l store.Limits) { e.limits.Store(&l) }

// room says whether n more bytes may be used. Operations at the same moment may each be told so.
func (e *Engine) room(n int64) bool {
	limit := e.limits.Load().MaxMemory
	return n <= 0 || limit <= 0 || e.used.Load()+n <= limit
}

// account adds n bytes, or takes -n away.
func (e *Engine) account(n int64) {
	if n == 0 {
		return
	}
	used := e.used.Add(n)
	for n > 0 {
		peak := e.peak.Load()
		if used <= peak || e.peak.CompareAndSwap(peak, used) {
			return
		}
	}
}
