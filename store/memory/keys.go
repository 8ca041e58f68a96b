package memory

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"

	"sessd/store"
)

// read returns the entry to which a key leads, or nil, and counts a hit or a miss.
func (h *hold) read(key []byte) *entry {
	x := h.find(key)
	if x == nil {
		h.at(key).count.misses++
	} else {
		h.home(x).count.hits++
	}
	return x
}

// KeyType implements store.Keys.
func (e *Engine) KeyType(_ context.Context, op store.Op, key []byte) (store.Type, error) {
	h := e.hold(op, key)
	defer h.release()
	if x := h.read(key); x != nil {
		return x.kind, nil
	}
	return store.TypeNone, nil
}

// Expiry implements store.Keys.
func (e *Engine) Expiry(_ context.Context, op store.Op, key []byte) (int64, bool, error) {
	h := e.hold(op, key)
	defer h.release()
	if x := h.read(key); x != nil {
		return x.expireAt, true, nil
	}
	return 0, false, nil
}

// Expire implements store.Keys.
func (e *Engine) Expire(_ context.Context, op store.Op, key []byte, c store.Expire) (bool, error) {
	h := e.hold(op, key)
	defer h.release()
	x := h.find(key)
	if x == nil || !allows(c, x.expireAt) {
		return false, nil
	}
	s := h.home(x)
	switch {
	case c.At <= op.Now:
		s.remove(x, store.Destroyed)
		return true, nil
	case x.kind == store.TypeSession:
		idle := c.At - op.Now
		if idle < 0 { // the distance is too great for a number
			idle = math.MaxInt64
		}
		s.use(x, op.Now, idle)
	default:
		s.setExpiry(x, c.At)
	}
	s.changed(change{what: timed, entry: x})
	return true, nil
}

// allows says whether an expiry meets the conditions of a new one.
func allows(c store.Expire, expireAt int64) bool {
	never := expireAt == store.Never
	switch {
	case c.IfNever && !never, c.IfExpires && never:
		return false
	case c.IfLater && (never || c.At <= expireAt):
		return false
	case c.IfEarlier && !never && c.At >= expireAt:
		return false
	}
	return true
}

// Persist implements store.Keys.
func (e *Engine) Persist(_ context.Context, op store.Op, key []byte) (bool, error) {
	h := e.hold(op, key)
	defer h.release()
	x := h.find(key)
	if x == nil || x.expireAt == store.Never {
		return false, nil
	}
	s, at := h.home(x), store.Never
	if x.kind == store.TypeSession {
		if x.data.idle == 0 {
			return false, nil
		}
		x.data.idle = 0
		at = x.data.expireAt()
	}
	s.setExpiry(x, at)
	s.changed(change{what: timed, entry: x})
	return true, nil
}

// Delete implements store.Keys.
func (e *Engine) Delete(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	h := e.holdEach(op, keys, 1)
	defer h.release()
	return h.destroy(keys), nil
}

// Exists implements store.Keys.
func (e *Engine) Exists(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	h := e.holdEach(op, keys, 1)
	defer h.release()
	n := 0
	for _, key := range keys {
		if h.read(key) != nil {
			n++
		}
	}
	return n, nil
}

// Touch implements store.Keys.
func (e *Engine) Touch(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	h := e.holdEach(op, keys, 1)
	defer h.release()
	n := 0
	for _, key := range keys {
		x := h.read(key)
		if x == nil {
			continue
		}
		n++
		if x.kind == store.TypeSession {
			s := h.home(x)
			s.use(x, op.Now, 0)
			s.changed(change{what: used, entry: x})
		}
	}
	return n, nil
}

// RandomKey implements store.Keys.
func (e *Engine) RandomKey(_ context.Context, op store.Op) ([]byte, error) {
	h := e.holdAll(op)
	defer h.release()
	n := h.expireDue()
	if n == 0 {
		return nil, nil
	}
	at := rand.IntN(n)
	for i := range h.space.shards {
		s := &h.space.shards[i]
		if at < s.keys() {
			return bytes.Clone(s.randomKey()), nil
		}
		at -= s.keys()
	}
	return nil, nil
}

// randomKey returns a key of a shard that has one. One of a long slot is a little less likely.
func (s *shard) randomKey() []byte {
	for {
		first := s.table.slots[rand.IntN(len(s.table.slots))]
		n := 0
		for x := first; x != nil; x = x.next {
			n++
		}
		if n == 0 {
			continue
		}
		x := first
		for range rand.IntN(n) {
			x = x.next
		}
		if x.kind != typeAlias {
			return x.key
		}
	}
}

// keys returns how many keys the shard has.
func (s *shard) keys() int { return s.count.sessions + s.count.strings }

// expireDue removes everything that has expired and returns how many keys are left. Every shard is held.
func (h *hold) expireDue() int {
	n := 0
	for i := range h.space.shards {
		s := &h.space.shards[i]
		s.expire(h.now, -1)
		n += s.keys()
	}
	return n
}

// Size implements store.Keys.
func (e *Engine) Size(_ context.Context, op store.Op) (int, error) {
	h := e.holdAll(op)
	defer h.release()
	return h.expireDue(), nil
}

// Flush implements store.Keys.
func (e *Engine) Flush(_ context.Context, op store.Op, all bool) error {
	first, last := op.Keyspace, op.Keyspace
	if all {
		first, last = 0, len(e.spaces)-1
	}
	holds := make([]hold, 0, last-first+1)
	for i := first; i <= last; i++ {
		h := e.holdAll(store.Op{Keyspace: i, Now: op.Now})
		defer h.release()
		holds = append(holds, h)
	}
	for i := range holds {
		holds[i].flush()
	}
	return nil
}

// flush removes everything from a keyspace of which every shard is held.
func (h *hold) flush() {
	h.expireDue()
	for i := range h.space.shards {
		s := &h.space.shards[i]
		for _, x := range s.table.entries() {
			s.remove(x, store.Destroyed)
		}
	}
}

// KeyBytes implements store.Keys.
func (e *Engine) KeyBytes(_ context.Context, op store.Op, key []byte) (int64, bool, error) {
	h := e.hold(op, key)
	defer h.release()
	if x := h.find(key); x != nil {
		return x.bytes, true, nil
	}
	return 0, false, nil
}
