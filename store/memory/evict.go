package memory

import (
	"math/rand/v2"
	"sync/atomic"

	"sessd/store"
	"sessd/store/memory/arena"
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
	samples  = 16   // entries of which the best one to evict is taken
	attempts = 64   // entries looked at for that, before they are looked for in order
	walked   = 1024 // entries looked at in order under one lock
)

// publish tells what the counters say to those who have not locked the shard.
func (s *shard) publish() {
	for g := range s.published {
		s.published[g].publish(s.count.groups[g])
	}
}

// evictionGroups are the groups that a policy evicts from: the first as long as there is any of it, then the last.
type evictionGroups struct{ first, last int }

func groupsOf(policy store.Policy) evictionGroups {
	switch {
	case policy.Volatile():
		return evictionGroups{groupExpires, groupExpires}
	case policy == store.AnonymousFirst:
		return evictionGroups{groupAnonymous, groupKeys}
	}
	return evictionGroups{groupKeys, groupKeys}
}

// evict does a step of eviction: it locks one shard, looks at some entries there, and removes the best of those. It
// returns false when there is nothing that the policy lets go.
func (e *Engine) evict(policy store.Policy, now int64) bool {
	if policy == store.NoEviction {
		return false
	}
	from := groupsOf(policy)
	group := from.first
	s := e.pick(group)
	if s == nil && from.last != group {
		group = from.last
		s = e.pick(group)
	}
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
	e.eachShard(func(s *shard) bool {
		total += s.published[group].entries.Load()
		return true
	})
	if total == 0 {
		return nil
	}
	at, picked := rand.Int64N(total), (*shard)(nil)
	e.eachShard(func(s *shard) bool {
		n := s.published[group].entries.Load()
		if n > 0 {
			picked = s
		}
		at -= n
		return at >= 0
	})
	return picked
}

// evict evicts the best of some entries of a group, if there is any among them. The next step goes on behind them.
func (s *shard) evict(group int, policy store.Policy, now int64) {
	var best arena.Ref
	score := int64(arena.NoDeadline)
	found := 0
	consider := func(r arena.Ref) bool {
		entry := s.table.Slabs.At(r)
		if kindOf(entry).groups(s, entry).has(group) {
			if n := s.score(entry, policy, now); best == 0 || n < score {
				best, score = r, n
			}
			found++
		}
		return found < samples
	}
	for range attempts {
		r := s.table.Random()
		if r == 0 || !consider(r) {
			break
		}
	}
	if best == 0 {
		s.table.Walk(&s.cursor, walked, consider)
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
		return deadlineOf(s.expires(entry))
	case policy.Random():
		return 0
	case policy.LFU():
		return int64(decayed(entry[at], now-accessed))<<48 + accessed>>8
	}
	return accessed
}

// Uses are counted as Redis counts them. The more there are, the less likely the next one is to count; a minute without
// use takes one away.
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
