package memory

import (
	"hash/maphash"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// Options are the options of New. The zero value of each is usable.
type Options struct {
	Keyspaces int          // 0: one
	Limits    store.Limits // at the start
	Clock     *store.Clock // for background expiry; nil: one of its own
	Shards    int          // of each keyspace, rounded up to a power of two and at most 256; 0: by the processors

	segmentSlots int           // of a segment of the index; tests make it small so that it grows and splits often
	smallBytes   int           // of the body of a small collection; 0: smallBytes
	longElements int           // of a collection, above which they are gone through in steps; 0: longElements
	treeOrder    tree.Order    // added to the orders of large collections
	checked      bool          // check every shard after every operation
	walkStep     walkStep      // of snapshots; none: defaultWalkStep
	mapper       *arena.Mapper // nil: the system's
}

const (
	leastShards = 16 // unless asked for less
	maxShards   = 256
)

// Engine holds sessions and strings in the memory of this process. It is safe for any number of goroutines.
type Engine struct {
	spaces    []atomic.Pointer[keyspace] // nil until something was stored there
	shardBits int
	seed      maphash.Seed
	clock     *store.Clock
	sizes     *arena.Sizes
	pages     arena.Pages
	observers atomic.Pointer[observers] // nil: there are none
	steps     atomic.Uint64             // number of the last step that was reported
	waker     waker
	txs       sync.Pool // of *tx that have ended: those of small scripts would else be most of the garbage

	recorder  store.Recorder // nil: nobody records; changes while every shard is locked
	snapshots sync.Mutex     // of the snapshot under way
	walks     atomic.Uint64  // number of the last one, here and in what was restored
	loading   atomic.Bool    // it is being restored

	segmentSlots int
	smallBytes   int
	longElements int
	treeOrder    tree.Order
	checked      bool
	walkStep     walkStep

	limits     atomic.Pointer[store.Limits]
	used, peak atomic.Int64 // bytes; claimed ones are used
	passive    atomic.Bool  // the background does not expire
	lowering   atomic.Int64 // bytes used at most while the background evicts down to a lower limit; 0: it does not

	mu   sync.Mutex // for making keyspaces
	stop chan struct{}
	work sync.WaitGroup
}

var (
	_ store.Engine            = (*Engine)(nil)
	_ store.Sessions          = (*Engine)(nil)
	_ store.Keys              = (*Engine)(nil)
	_ store.Strings           = (*Engine)(nil)
	_ store.Bitmaps           = (*Engine)(nil)
	_ store.Inspector         = (*Engine)(nil)
	_ store.Transferrer       = (*Engine)(nil)
	_ store.Swapper           = (*Engine)(nil)
	_ store.HyperLogLogs      = (*Engine)(nil)
	_ store.Reporter          = (*Engine)(nil)
	_ store.Limiter           = (*Engine)(nil)
	_ store.ElementPrefetcher = (*Engine)(nil)
	_ store.Rememberer        = (*Engine)(nil)
	_ store.Observable        = (*Engine)(nil)
	_ store.Transactor        = (*Engine)(nil)
	_ store.Hashes            = (*Engine)(nil)
	_ store.SortedSets        = (*Engine)(nil)
	_ store.Algebra           = (*Engine)(nil)
	_ store.Sets              = (*Engine)(nil)
	_ store.Lists             = (*Engine)(nil)
	_ store.Durable           = (*Engine)(nil)
	_ store.Streams           = (*Engine)(nil)

	_ store.ActiveExpirer = (*Engine)(nil)
)

// keyspace is the entries of one keyspace. The leading bits of a key's hash say which shard has it.
type keyspace struct {
	engine     *Engine
	number     int
	shards     []shard
	aliases    aliases
	principals principals
	trees      atomic.Int64 // that are orphans
}

// New returns an empty engine, which works in the background until it is closed.
func New(o Options) *Engine {
	if o.Clock == nil {
		o.Clock = new(store.Clock)
	}
	if o.Shards <= 0 {
		o.Shards = max(leastShards, 4*runtime.GOMAXPROCS(0))
	}
	if o.segmentSlots == 0 {
		o.segmentSlots = arena.MostSlots
	}
	if o.smallBytes == 0 {
		o.smallBytes = smallBytes
	}
	if o.longElements == 0 {
		o.longElements = longElements
	}
	e := &Engine{
		spaces:       make([]atomic.Pointer[keyspace], max(o.Keyspaces, 1)),
		shardBits:    bits.Len(uint(min(o.Shards, maxShards) - 1)),
		seed:         maphash.MakeSeed(),
		clock:        o.Clock,
		sizes:        arena.NewSizes(),
		segmentSlots: o.segmentSlots,
		smallBytes:   o.smallBytes,
		treeOrder:    o.treeOrder,
		longElements: o.longElements,
		checked:      checking || o.checked,
		walkStep:     o.walkStep,
		stop:         make(chan struct{}),
	}
	if e.walkStep == (walkStep{}) {
		e.walkStep = defaultWalkStep
	}
	e.waker.init()
	e.pages.Init(func() { e.waker.set(immediately) }, o.mapper)
	if e.checked {
		e.pages.Poison()
	}
	e.SetLimits(o.Limits)
	e.work.Go(e.workInBackground)
	return e
}

// Keyspaces returns the number of keyspaces.
func (e *Engine) Keyspaces() int { return len(e.spaces) }

// Close ends the background work and gives all memory back.
func (e *Engine) Close() error {
	close(e.stop)
	e.work.Wait()
	for i := range e.spaces {
		if k := e.spaces[i].Swap(nil); k != nil {
			k.freeLarge()
		}
	}
	e.pages.Close()
	return nil
}

// freeLarge gives back the mappings that are not parts of regions.
func (k *keyspace) freeLarge() {
	for i := range k.shards {
		k.shards[i].table.FreeMappings()
	}
}

// space returns a keyspace, which is made when it is first asked for.
func (e *Engine) space(number int) *keyspace {
	if k := e.spaces[number].Load(); k != nil {
		return k
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if k := e.spaces[number].Load(); k != nil {
		return k
	}
	k := e.newSpace(number)
	e.spaces[number].Store(k)
	return k
}

// spaceOf returns the keyspace of an operation.
func (e *Engine) spaceOf(op store.Op) *keyspace {
	if t := txOf(op); t != nil {
		return t.space(op.Keyspace)
	}
	return e.space(op.Keyspace)
}

// newSpace returns an empty keyspace.
func (e *Engine) newSpace(number int) *keyspace {
	k := &keyspace{engine: e, number: number, shards: make([]shard, 1<<e.shardBits)}
	k.principals.init(e)
	k.aliases.waker = &e.waker
	for i := range k.shards {
		k.shards[i].init(k, i)
	}
	return k
}

// eachShard visits the shards of all keyspaces until visit returns false.
func (e *Engine) eachShard(visit func(s *shard) bool) {
	for i := range e.spaces {
		if k := e.spaces[i].Load(); k != nil {
			for j := range k.shards {
				if !visit(&k.shards[j]) {
					return
				}
			}
		}
	}
}

func (k *keyspace) hash(key []byte) uint64 { return maphash.Bytes(k.engine.seed, key) }

// shardOf returns the number of the shard for a hash.
func (k *keyspace) shardOf(hash uint64) int { return int(hash >> (64 - k.engine.shardBits)) }

// Limits returns the limits in force.
func (e *Engine) Limits() store.Limits { return *e.limits.Load() }

// SetLimits changes the limits.
func (e *Engine) SetLimits(l store.Limits) {
	e.limits.Store(&l)
	if l.MaxMemory <= 0 {
		return
	}
	if used := e.used.Load(); used > l.MaxMemory && l.Policy != store.NoEviction {
		e.lowering.Store(used)
		e.waker.set(immediately)
	}
}
