package memory

import (
	"math/rand/v2"
	"sync/atomic"

	"sessd/store"
)

// Groups of entries that a policy may evict from.
const (
	groupKeys      = iota // all
	groupExpires          // those that expire
	groupAnonymous        // sessions without a principal
	groups
)

// groupSet has a bit for each group.
type groupSet uint8

func (s groupSet) has(g int) bool { return s&(1<<g) != 0 }

// groupCount is how much there is of a group.
type groupCount struct {
	entries int
	bytes   int64 // of slots
}

// publishedCount is a groupCount for those who have not locked the shard.
type publishedCount struct{ entries, bytes atomic.Int64 }

func (p *publishedCount) publish(c groupCount) {
	if n := int64(c.entries); p.entries.Load() != n {
		p.entries.Store(n)
	}
	if p.bytes.Load() != c.bytes {
		p.bytes.Store(c.bytes)
	}
}

const (
	samples  = 16 // entries of which the best one to evict is taken
	attempts = 64 // entries looked at for that, before they are looked for in order
)

// evictionCursor is where the search for entries to evict goes on, when they are few.
type evictionCursor struct {
	class, slab, slot int
}

// publish tells what the counters say to those who have not locked the shard.
func (s *shard) publish() {
	for g := range s.published {
		s.published[g].publish(s.count.groups[g])
	}
}

// evict removes entries as the policy says until missing bytes are free. It returns false when there are not so many.
func (e *Engine) evict(op store.Op, missing int64) bool {
	policy := e.limits.Load().Policy
	if policy == store.NoEviction {
		return false
	}
	for goal := e.used.Load() - missing; e.used.Load() > goal; {
		group := groupKeys
		if policy.Volatile() {
			group = groupExpires
		} else if policy == store.AnonymousFirst {
			group = groupAnonymous
		}
		if !e.evictFrom(group, policy, op.Now) && (group != groupAnonymous || !e.evictFrom(groupKeys, policy, op.Now)) {
			return false
		}
	}
	return true
}

// evictFrom evicts one entry of a group, and returns false when there is none.
func (e *Engine) evictFrom(group int, policy store.Policy, now int64) bool {
	s := e.pick(group)
	if s == nil {
		return false
	}
	s.mu.Lock()
	s.evict(group, policy, now)
	s.publish()
	s.unlock()
	return true
}

// pick returns a shard, at random but in proportion to what it has of a group, or nil when there is nothing.
func (e *Engine) pick(group int) *shard {
	total := int64(0)
	each := func(do func(s *shard, n int64) bool) {
		for i := range e.spaces {
			if k := e.spaces[i].Load(); k != nil {
				for j := range k.shards {
					if !do(&k.shards[j], k.shards[j].published[group].entries.Load()) {
						return
					}
				}
			}
		}
	}
	each(func(_ *shard, n int64) bool { total += n; return true })
	if total == 0 {
		return nil
	}
	at, picked := rand.Int64N(total), (*shard)(nil)
	each(func(s *shard, n int64) bool {
		if n > 0 {
			picked = s
		}
		at -= n
		return at >= 0
	})
	return picked
}

// evict evicts the best of some entries of a group, if there is any.
func (s *shard) evict(group int, policy store.Policy, now int64) {
	var best ref
	score := int64(noDeadline)
	found := 0
	consider := func(r ref) bool {
		entry := s.table.slabs.at(r)
		if kindOf(entry).groups(s, entry).has(group) {
			if n := s.score(entry, policy, now); best == 0 || n < score {
				best, score = r, n
			}
			found++
		}
		return found < samples
	}
	for range attempts {
		r := s.table.random()
		if r == 0 || !consider(r) {
			break
		}
	}
	if best == 0 {
		s.table.walk(&s.cursor, consider)
	}
	if best == 0 {
		return
	}
	p := s.refTo(best, now)
	cause := store.Evicted
	if s.hasExpired(p.entry, now) {
		cause = store.Expired
	}
	p.remove(cause)
}

// score returns how much an entry is worth under a policy: the one with the least is evicted.
func (s *shard) score(entry []byte, policy store.Policy, now int64) int64 {
	accessed, at := kindOf(entry).usage(entry)
	switch {
	case policy == store.VolatileTTL:
		return s.deadline(entry)
	case policy.Random():
		return 0
	case policy.LFU():
		return int64(decayed(entry[at], now-accessed))<<48 + accessed>>8
	}
	return accessed
}

// random returns an entry, each as likely as any other, or 0.
func (s *slabs) random() ref {
	n := len(s.large)
	for _, c := range s.classes {
		if c != nil {
			n += c.count()
		}
	}
	if n == 0 {
		return 0
	}
	n = rand.IntN(n)
	for _, c := range s.classes {
		if c == nil {
			continue
		}
		if n < c.count() {
			return c.at(c.slabs[n/c.slots], n%c.slots)
		}
		n -= c.count()
	}
	return ref(s.large[n] << unitBits)
}

// walk visits the entries from where it ended the last time, each at most once, until visit returns false.
func (s *slabs) walk(h *evictionCursor, visit func(ref) bool) {
	start := *h
	for turn := 0; turn < 2; turn++ {
		for ; h.class <= len(s.classes); h.class, h.slab = h.class+1, 0 {
			list := s.large
			if h.class < len(s.classes) {
				if list = nil; s.classes[h.class] != nil {
					list = s.classes[h.class].slabs
				}
			}
			for ; h.slab < len(list); h.slab, h.slot = h.slab+1, 0 {
				for ; h.slot < s.slots(list[h.slab]); h.slot++ {
					if turn == 1 && *h == start {
						return
					}
					if !visit(s.slot(list[h.slab], h.slot)) {
						h.slot++
						return
					}
				}
			}
			h.slot = 0
		}
		*h = evictionCursor{}
	}
}

// Uses are counted as Redis counts them: the more there are, the less likely the next one is to count, and a minute
// without use takes one away.
const (
	usesAtFirst = 5
	usesRarer   = 10
	usesDecay   = 60_000 // ms
)

// decayed returns how many of the uses are left after a time without any.
func decayed(uses uint8, idle int64) uint8 {
	return uint8(max(0, int64(uses)-max(0, idle)/usesDecay))
}

// usedAgain returns the uses after one more.
func usedAgain(uses uint8, idle int64) uint8 {
	uses = decayed(uses, idle)
	if uses < 255 && rand.IntN(max(0, int(uses)-usesAtFirst)*usesRarer+1) == 0 {
		uses++
	}
	return uses
}
