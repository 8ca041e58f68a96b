package memory

import (
	"math/bits"

	"sessd/store"
	"sessd/store/memory/arena"
)

// lockSet is an operation on several keys: its time, the shards that it has locked, and the memory that it has obtained.
type lockSet struct {
	space          *keyspace
	tx             *tx // the step that has the locks; nil: the lockSet has them
	now            int64
	client         int64 // whose operation it is
	keyed          bool  // nothing but keys is looked at, each by find or own
	wanted, locked shardSet
	promised       arena.SlabCounts // until unlock
	claimed        int64            // bytes of the limit for what is done under the locks
}

// shardSet has a bit for each shard of a keyspace.
type shardSet [maxShards / 64]uint64

func (s *shardSet) add(shard int)      { s[shard/64] |= 1 << (shard % 64) }
func (s *shardSet) has(shard int) bool { return s[shard/64]&(1<<(shard%64)) != 0 }

// each visits the shards that are locked, in ascending order.
func (h *lockSet) each(visit func(s *shard)) {
	for i, word := range h.locked {
		for ; word != 0; word &= word - 1 {
			visit(&h.space.shards[i*64+bits.TrailingZeros64(word)])
		}
	}
}

// lockSet returns one that has locked nothing yet.
func (e *Engine) lockSet(op store.Op) lockSet {
	return lockSet{space: e.spaceOf(op), tx: txOf(op), now: op.Now, client: op.Client}
}

// lockKeys locks the shards of keys, which are every step-th of words. For an alias it locks that of the session to
// which it leads as well. Nothing is locked with ErrNotPermitted.
func (e *Engine) lockKeys(op store.Op, words [][]byte, step int) (lockSet, error) {
	h := e.lockSet(op)
	err := h.over(op, words, step)
	return h, err
}

// lockOnlyKeys is lockKeys for what looks at nothing but keys, each by find or own.
func (e *Engine) lockOnlyKeys(op store.Op, words [][]byte, step int) (lockSet, error) {
	h := e.lockSet(op)
	h.keyed = true
	err := h.over(op, words, step)
	return h, err
}

// over is lockKeys for a lockSet that has locked nothing yet.
func (h *lockSet) over(op store.Op, words [][]byte, step int) error {
	for i := 0; i < len(words); i += step {
		h.wanted.add(h.space.shardOf(h.space.hash(words[i])))
	}
	h.lock()
	for !h.coversAliases(words, step) {
		h.relock()
	}
	if op.May != nil && !h.permitted(op, words, step) {
		h.unlock()
		return store.ErrNotPermitted
	}
	return nil
}

// permitted reports whether the operation may use the sessions to which aliases lead.
func (h *lockSet) permitted(op store.Op, words [][]byte, step int) bool {
	for i := 0; i < len(words); i += step {
		if p := h.own(words[i]); p.is(tagAlias) {
			if id := h.space.aliases.leads(tokenOf(p.entry)); id != nil && !op.May(id) {
				return false
			}
		}
	}
	return true
}

// lockAll locks every shard of a keyspace.
func (e *Engine) lockAll(op store.Op) lockSet {
	h := e.lockSet(op)
	for i := range h.space.shards {
		h.wanted.add(i)
	}
	h.lock()
	return h
}

// coversAliases reports whether the shards to which aliases lead are locked too. If not, they will be with the next relock.
func (h *lockSet) coversAliases(words [][]byte, step int) bool {
	if h.space.aliases.count.Load() == 0 {
		return true
	}
	all := true
	for i := 0; i < len(words); i += step {
		p := h.own(words[i])
		if !p.is(tagAlias) {
			continue
		}
		shard := h.space.shardOf(h.space.hash(h.space.aliases.leads(tokenOf(p.entry))))
		if !h.locked.has(shard) {
			h.wanted.add(shard)
			all = false
		}
	}
	return all
}

// lock takes the locks in ascending order, which is what keeps operations from waiting for each other in a circle.
func (h *lockSet) lock() {
	h.locked = h.wanted
	if h.tx != nil {
		h.each(h.tx.must)
		return
	}
	records := false
	h.each(func(s *shard) {
		if h.keyed {
			s.mu.lockForKeys()
		} else {
			s.mu.Lock()
		}
		records = s.recorder != nil
	})
	if records {
		h.shareRedo(nil)
	}
	if e := h.space.engine; e.observers.Load() != nil {
		h.setStep(e.steps.Add(1))
	}
}

// setStep gives all changes that are made under the locks one number, and the client whose operation makes them.
func (h *lockSet) setStep(step uint64) {
	h.each(func(s *shard) { s.step, s.client = step, h.client })
}

func (h *lockSet) relock() {
	h.unlock()
	h.lock()
}

func (h *lockSet) unlock() {
	if h.promised != (arena.SlabCounts{}) {
		h.space.engine.pages.Release(h.promised)
		h.promised = arena.SlabCounts{}
	}
	grown, claimed := int64(0), h.claimed
	h.each(func(s *shard) { grown += s.settle() })
	h.claimed = 0
	if h.tx != nil {
		h.tx.settle(grown, claimed)
		return
	}
	h.endRedo()
	h.space.engine.account(grown, claimed)
	h.each((*shard).unlockSettled)
}

// claim claims n bytes of the limit in all for what is done under the locks.
func (h *lockSet) claim(n int64) bool {
	h.claimed += h.tx.claim(max(0, n-h.claimed))
	more := n - h.claimed
	if more > 0 && h.space.engine.claim(more) {
		h.claimed = n
	}
	return h.claimed >= n
}

// demand is the entries that an operation on several keys stores, by class.
type demand struct {
	classes [arena.ClassLarge]int32
	entries int
}

// demand adds an entry of n bytes to d. It returns false when the system refuses the mapping of a large one.
func (p *entryRef) demand(n int, d *demand) bool {
	if d.add(p.table.Sizes, n) {
		return true
	}
	if !p.table.ReserveLarge(arena.LargeSize(n)) {
		return false
	}
	p.table.Reserved = true
	d.entries++
	return true
}

// add adds an entry of n bytes, unless that has a mapping of its own.
func (d *demand) add(sizes *arena.Sizes, n int) bool {
	id := sizes.Of(n)
	if id == arena.ClassLarge {
		return false
	}
	d.classes[id]++
	d.entries++
	return true
}

// reserve obtains what the entries of d take from the system, so that placing them does not fail. It returns ErrNoMemory
// when the system refuses.
func (h *lockSet) reserve(d *demand) error {
	e := h.space.engine
	shards := min(d.entries, len(h.space.shards))
	want := arena.SlabCounts{arena.SegmentPool: d.entries/(e.segmentSlots/4) + shards*arena.SplitsAtMost}
	for id, n := range d.classes {
		if n > 0 {
			c := e.sizes.Classes[id]
			want[c.Pool] += int(n)/c.Slots + min(int(n), shards)
		}
	}
	if !e.pages.Reserve(want) {
		return store.ErrNoMemory
	}
	h.promised = want
	return nil
}

// own returns what is stored under a key, which may be an alias.
func (h *lockSet) own(key []byte) entryRef {
	hash := h.space.hash(key)
	s := &h.space.shards[h.space.shardOf(hash)]
	if h.tx != nil {
		h.tx.must(s)
	}
	p := s.at(hash, key, h.now)
	for s.late {
		p = s.again(hash, key, h.now)
	}
	return p
}

// find returns the entry to which a key leads. Where there is none, it is the place for one under the key.
func (h *lockSet) find(key []byte) entryRef {
	p := h.own(key)
	for p.is(tagAlias) {
		id := h.space.aliases.leads(tokenOf(p.entry))
		if id != nil {
			if q := h.own(id); q.ref != 0 {
				return q
			}
		}
		p = h.own(key) // the session has just expired, and the alias with it
	}
	return p
}

// destroy removes the entries to which keys lead and returns how many there were.
func (h *lockSet) destroy(keys [][]byte) int {
	n := 0
	for _, key := range keys {
		if p := h.find(key); p.ref != 0 {
			p.remove(store.Destroyed)
			n++
		}
	}
	return n
}
