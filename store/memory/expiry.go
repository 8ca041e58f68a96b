package memory

import (
	"container/heap"
	"math"
	"runtime"
	"time"

	"sessd/store"
)

const (
	expireEvery = 100 * time.Millisecond // how often the background looks
	expireBatch = 128                    // entries that it removes under one lock
)

// deadlines is a heap of the entries that expire, first the one that is due first. An entry whose expiry moves away
// keeps its place until it comes up, so that using a session costs nothing here.
type deadlines []*entry

// noPlace is the place of an entry that is not in the heap.
const noPlace = -1

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].due < d[j].due }

func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push is for package heap.
func (d *deadlines) Push(x any) {
	e := x.(*entry)
	e.place = len(*d)
	*d = append(*d, e)
}

// Pop is for package heap.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	x.place = noPlace
	return x
}

// setExpiry changes when an attached entry expires.
func (s *shard) setExpiry(x *entry, at int64) {
	if x.expireAt == at {
		return
	}
	s.tally(x, -1)
	x.expireAt = at
	s.tally(x, 1)
	s.schedule(x)
}

// schedule sees to it that the entry comes up in the deadlines when it expires.
func (s *shard) schedule(x *entry) {
	switch {
	case x.expireAt == store.Never:
		if x.place == noPlace {
			return
		}
		heap.Remove(&s.deadlines, x.place)
	case x.place == noPlace:
		x.due = x.expireAt
		heap.Push(&s.deadlines, x)
	case x.expireAt < x.due:
		x.due = x.expireAt
		heap.Fix(&s.deadlines, x.place)
	default:
		return
	}
	s.announce()
}

// announce tells those who have not locked the shard what is due next.
func (s *shard) announce() {
	next := int64(math.MaxInt64)
	if len(s.deadlines) > 0 {
		next = s.deadlines[0].due
	}
	s.next.Store(next)
}

// expire looks at up to limit entries that are due and removes those that have expired. It says whether that was all.
func (s *shard) expire(now int64, limit int) bool {
	defer s.announce()
	for ; len(s.deadlines) > 0 && s.deadlines[0].due <= now; limit-- {
		if limit == 0 {
			return false
		}
		if x := s.deadlines[0]; x.isExpired(now) {
			s.remove(x, store.Expired)
		} else {
			x.due = x.expireAt
			heap.Fix(&s.deadlines, 0)
		}
	}
	return true
}

// expireInBackground removes what has expired, a little at a time, until the engine is closed.
func (e *Engine) expireInBackground() {
	ticker := time.NewTicker(expireEvery)
	defer ticker.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-ticker.C:
		}
		for i := range e.spaces {
			for j := range e.spaces[i].shards {
				e.spaces[i].shards[j].expireInBatches(e.clock.Now())
			}
		}
	}
}

func (s *shard) expireInBatches(now int64) {
	for done := false; !done && s.next.Load() <= now; runtime.Gosched() {
		s.mu.Lock()
		done = s.expire(now, expireBatch)
		s.mu.Unlock()
	}
}
