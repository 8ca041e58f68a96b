package memory

import "sessd/store"

// An operation claims its part of maxmemory before anything changes, and gives back afterwards what it did not need. So
// what is used does not exceed the limit, however many run at once. One that finds too little lets go of its locks,
// withRoom evicts and claims, and the operation begins anew. What could not fit if all were evicted evicts nothing.

// shortage is the memory that an operation lacks.
type shortage struct {
	need int64 // bytes that it has to claim; 0: it lacks nothing
	own  int64 // bytes among those that can be evicted which are of its own entries
}

// withRoom does an operation, as often as room can be made for what it lacks; once within a step. claimed bytes are for try to use.
func withRoom[T any](e *Engine, op *store.Op, try func(claimed int64) (T, shortage, error)) (T, error) {
	return withRoomOver(e, op, 0, try)
}

// mostOver is how far over the limit what only moves may be, in bytes: it gets a longer key, or an entry of its own.
const mostOver = 64 << 10

// withRoomOver is withRoom for an operation that only moves what is there. Redis refuses none of these, so where no room can
// be made up to over bytes more than the limit are used.
func withRoomOver[T any](e *Engine, op *store.Op, over int64, try func(claimed int64) (T, shortage, error)) (T, error) {
	for claimed := int64(0); ; {
		result, short, err := try(claimed)
		switch {
		case short.need == 0:
			return result, err
		case op.Tx == nil && e.makeRoom(*op, short):
		case short.need <= over:
			e.account(short.need, 0)
		default:
			return result, err
		}
		claimed = short.need
	}
}

// makeRoom claims memory, for which it evicts as the policy says. It returns false, and has evicted nothing, where that
// would not do.
func (e *Engine) makeRoom(op store.Op, short shortage) bool {
	l := e.limits.Load()
	if l.MaxMemory <= 0 {
		return true
	}
	for e.used.Load()+short.need > e.ceiling(l) && (e.sweepStep(op.Now) || e.evictOld(l.Policy, op.Now)) {
		// What nobody has any more goes first, and old ids after that.
	}
	if missing := e.used.Load() + short.need - e.ceiling(l); missing > e.evictable(l.Policy)-short.own {
		return e.claim(short.need)
	}
	for !e.claim(short.need) {
		// The nodes of a collection that was evicted are what it gives.
		if !e.sweepStep(op.Now) && !e.evict(l.Policy, op.Now) {
			return false
		}
	}
	return true
}

// ceiling returns how many bytes may be used: the limit, or more while the background evicts what was used when the
// limit was lowered.
func (e *Engine) ceiling(l *store.Limits) int64 { return max(l.MaxMemory, e.lowering.Load()) }

// claim adds n bytes to those that are used, unless that is too much.
func (e *Engine) claim(n int64) bool {
	l := e.limits.Load()
	for {
		used := e.used.Load()
		if n > 0 && l.MaxMemory > 0 && !e.loading.Load() && used+n > e.ceiling(l) {
			return false
		}
		if e.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// account adds the bytes by which memory has grown, and takes away those that were claimed for that.
func (e *Engine) account(grown, claimed int64) {
	if grown == claimed && grown <= 0 {
		return
	}
	used := e.used.Add(grown - claimed)
	for grown > 0 {
		peak := e.peak.Load()
		if used <= peak || e.peak.CompareAndSwap(peak, used) {
			return
		}
	}
}

// claim claims n bytes in all for what is done under the shard's lock.
func (s *shard) claim(n int64) bool {
	s.claimed += s.tx.claim(max(0, n-s.claimed))
	more := n - s.claimed
	if more > 0 && s.space.engine.claim(more) {
		s.claimed = n
	}
	return s.claimed >= n
}

// room obtains what the entry takes to become one of n bytes, and claims more bytes beside it: of the limit, and from the
// system. It returns ErrNoMemory, with nothing changed, and what is short of the limit.
func (p *entryRef) room(n int, more int64) (shortage, error) {
	if p.space.engine.limits.Load().MaxMemory > 0 {
		if need := p.need(n) + more; !p.claim(need) {
			return shortage{need, p.evictable()}, store.ErrNoMemory
		}
	}
	return shortage{}, p.reserve(n)
}

// lockEntryWith is lockEntry with bytes of the limit that were claimed before.
func (e *Engine) lockEntryWith(op store.Op, key []byte, claimed int64) (p entryRef, err error) {
	err = p.lockInWith(e, &op, key, claimed)
	return p, err
}

// lockInWith is lockEntryWith into p.
func (p *entryRef) lockInWith(e *Engine, op *store.Op, key []byte, claimed int64) error {
	err := p.lockIn(e, op, key)
	switch {
	case err == nil:
		p.claimed = claimed
	case claimed != 0:
		e.account(0, claimed)
	}
	return err
}

// lockKeysWith is lockKeys with bytes of the limit that were claimed before.
func (e *Engine) lockKeysWith(op store.Op, words [][]byte, step int, claimed int64) (lockSet, error) {
	h, err := e.lockKeys(op, words, step)
	switch {
	case err == nil:
		h.claimed = claimed
	case claimed != 0:
		e.account(0, claimed)
	}
	return h, err
}

// evictable returns how many bytes of the entry can be evicted.
func (p *entryRef) evictable() int64 {
	if p.ref == 0 {
		return 0
	}
	k := kindOf(p.entry)
	if !k.groups(p.shard, p.entry).has(groupsOf(p.space.engine.limits.Load().Policy).last) {
		return 0
	}
	return k.bytes(p.shard, p.entry)
}

// evictable returns at least how many bytes can be evicted.
func (e *Engine) evictable(policy store.Policy) (bytes int64) {
	if policy == store.NoEviction {
		return 0
	}
	e.eachShard(func(s *shard) bool {
		bytes += s.published[groupsOf(policy).last].bytes.Load()
		return true
	})
	return bytes
}

// evictDown evicts until no more than the limit is used, and calls pause between steps. What cannot be evicted yet, such as the entry of
// an operation that is not done, may be when it is called again.
func (e *Engine) evictDown(now int64, pause func()) {
	for {
		l := e.limits.Load()
		used := e.used.Load()
		if l.MaxMemory <= 0 || used <= l.MaxMemory || !e.sweepStep(now) && !e.evictOld(l.Policy, now) && !e.evict(l.Policy, now) {
			e.lowering.Store(0)
			return
		}
		e.lowering.Store(used)
		pause()
	}
}
