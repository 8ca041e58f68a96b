package memory

import (
	"time"

	"sessd/store"
	"sessd/store/memory/arena"
)

const (
	workEvery   = 100 * time.Millisecond // how often the background works at most
	tailsEvery  = 2 * time.Second        // how often ends of slabs are given back while it has something to do
	lookEvery   = 10 * time.Second       // how often it looks around without, in case that the clock was set ahead
	expireBatch = 64                     // entries that it removes under one lock
	workSlice   = 2 * time.Millisecond   // how long it works before it rests
	restSlice   = 100 * time.Microsecond // at least, so that the scheduler looks at the network
)

// expire removes up to limit entries that have expired, and reports whether that was all.
func (s *shard) expire(now int64, limit int) bool {
	t := &s.table.Slabs
	for num := t.Due(now); num != 0 && limit >= 0; num = t.Due(now) {
		t.Reschedule(num, func() (first int64) {
			first, limit = s.expireSlab(num, now, limit)
			return first
		})
	}
	return limit >= 0
}

// expireSlab removes what has expired from a slab. It returns when the first entry expires that is left where it looked,
// and what is left of the limit: less than none where more has expired.
func (s *shard) expireSlab(num uint32, now int64, limit int) (first int64, left int) {
	t := &s.table.Slabs
	first = arena.NoDeadline
	for i := 0; i < t.Slots(num); {
		r := t.Slot(num, i)
		d := s.deadline(t.At(r))
		if d > now || d == arena.NoDeadline {
			first = min(first, d)
			i++
			continue
		}
		if limit--; limit < 0 {
			return d, limit
		}
		if !s.hasExpired(t.At(r), now) {
			p := s.refTo(r, now)
			p.expireElements() // another entry may be here now
			continue
		}
		// The last one of the class would be moved here. When it has expired too, it goes first, and nothing moves.
		if last := t.LastLike(r); s.hasExpired(t.At(last), now) {
			r = last
		}
		p := s.refTo(r, now)
		p.remove(store.Expired)
	}
	return first, limit
}

// workInBackground removes what has expired, a little at a time, and gives memory back, until the engine is closed. It
// sleeps while there is nothing to do.
func (e *Engine) workInBackground() {
	most, trimmed := lookEvery, time.Now()
	for {
		due := e.waker.wait(e.clock, workEvery, most, e.stop)
		select {
		case <-e.stop:
			return
		default:
		}
		tails := time.Since(trimmed) >= tailsEvery
		if tails {
			trimmed = time.Now()
		}
		if most = lookEvery; due {
			most = tailsEvery // what was done may have left ends
		}
		e.waker.at.Store(arena.NoDeadline) // before anything is looked at: what is added meanwhile is not missed
		now, next := e.clock.Now(), int64(arena.NoDeadline)
		loading := e.loading.Load() // when time stands still
		if !loading {
			e.evictDown(now, rest())
		}
		for i := range e.spaces {
			if k := e.spaces[i].Load(); k != nil {
				for k.sweepTree(store.Op{Now: now}) {
					time.Sleep(restSlice) // lets in who waits: nodes are many to a lock
				}
				if loading {
					continue
				}
				k.sweep(now, rest())
				for pause := rest(); k.sweepAlias(now); {
					pause()
				}
				if !e.passive.Load() {
					next = min(next, k.expire(now, rest()))
				}
				if tails {
					k.trimTails()
				}
			}
		}
		if tails {
			e.pages.Retry()
		}
		e.pages.Trim(arena.KeepIdle)
		e.waker.lower(next)
	}
}

// SetActiveExpire implements store.ActiveExpirer.
func (e *Engine) SetActiveExpire(on bool) {
	if e.passive.Swap(!on) && on {
		e.waker.set(immediately)
	}
}

// rest returns a function to be called between steps of work, which now and then sleeps. Giving way to goroutines that
// can run would not do. The scheduler looks at the network only when there are none, and this one always is.
func rest() func() {
	since := time.Now()
	return func() {
		if time.Since(since) >= workSlice {
			time.Sleep(restSlice)
			since = time.Now()
		}
	}
}

// expire removes what has expired, a batch of each shard at a time, and calls pause between them. It returns when to look
// again.
func (k *keyspace) expire(now int64, pause func()) (next int64) {
	for all := false; !all; {
		all, next = true, arena.NoDeadline
		for i := range k.shards {
			s := &k.shards[i]
			s.mu.Lock()
			done := s.expire(now, expireBatch)
			next = min(next, s.table.NextDue())
			s.unlock()
			if !done {
				all = false
				pause()
			}
		}
	}
	return next
}

func (k *keyspace) trimTails() {
	for i := range k.shards {
		s := &k.shards[i]
		s.mu.Lock()
		s.table.TrimTails()
		s.mu.Unlock()
	}
}
