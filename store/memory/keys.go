package memory

import (
	"context"
	"slices"

	"sessd/store"
)

// indexShare is what an entry is counted for beside its slot: a slot of the index, which is about 4/5 full.
const indexShare = 10

// bytes returns what an entry is counted for.
func (p *entryRef) bytes() int64 { return kindOf(p.entry).bytes(p.shard, p.entry) + indexShare }

// read counts a hit or a miss, and says which.
func (p *entryRef) read() bool {
	if p.ref == 0 {
		p.count.misses++
		p.emitKey(store.EventMiss, p.key)
		return false
	}
	p.count.hits++
	return true
}

// KeyType implements store.Keys.
func (e *Engine) KeyType(_ context.Context, op store.Op, key []byte) (store.Type, error) {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return store.TypeNone, err
	}
	defer p.unlock()
	if !p.read() {
		return store.TypeNone, nil
	}
	return kindOf(p.entry).typ(), nil
}

// Expiry implements store.Keys.
func (e *Engine) Expiry(_ context.Context, op store.Op, key []byte) (int64, bool, error) {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return 0, false, err
	}
	defer p.unlock()
	if !p.read() {
		return 0, false, nil
	}
	return p.expires(p.entry), true, nil
}

// Expire implements store.Keys.
func (e *Engine) Expire(_ context.Context, op store.Op, key []byte, c store.ExpireOptions) (bool, error) {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return false, err
	}
	defer p.unlock()
	if p.ref == 0 || !allows(c, p.expires(p.entry)) {
		return false, nil
	}
	if c.At <= op.Now {
		p.remove(store.Destroyed)
		return true, nil
	}
	err = kindOf(p.entry).setExpiry(p, c.At)
	return err == nil, err
}

// allows reports whether an expiry meets the conditions of a new one.
func allows(c store.ExpireOptions, expireAt int64) bool {
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
	p, err := e.lockEntry(op, key)
	if err != nil {
		return false, err
	}
	defer p.unlock()
	if p.ref == 0 || p.expires(p.entry) == store.Never {
		return false, nil
	}
	return kindOf(p.entry).persist(p)
}

// Delete implements store.Keys.
func (e *Engine) Delete(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	return e.inSteps(op, keys, func(h *lockSet, some [][]byte) (int, error) { return h.destroy(some), nil })
}

// keysAtOnce is the number of keys up to which deleting, counting or touching them is one step for everybody else.
const keysAtOnce = 512

// inSteps calls do for some of the keys at a time, with their shards locked, and adds what it returns.
func (e *Engine) inSteps(op store.Op, keys [][]byte, do func(h *lockSet, some [][]byte) (int, error)) (n int, err error) {
	step := func(some [][]byte) error {
		h, err := e.lockOnlyKeys(op, some, 1)
		if err != nil {
			return err
		}
		defer h.unlock()
		m, err := do(&h, some)
		n += m
		return err
	}
	if op.May != nil && len(keys) > keysAtOnce { // all are permitted, or nothing is done
		for some := range slices.Chunk(keys, keysAtOnce) {
			h, err := e.lockOnlyKeys(op, some, 1)
			if err != nil {
				return 0, err
			}
			h.unlock()
		}
	}
	for some := range slices.Chunk(keys, keysAtOnce) {
		if err := step(some); err != nil {
			return n, err
		}
		if len(keys) > keysAtOnce {
			giveWayBeside(op)
		}
	}
	return n, nil
}

// Exists implements store.Keys.
func (e *Engine) Exists(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	return e.inSteps(op, keys, func(h *lockSet, some [][]byte) (n int, err error) {
		for _, key := range some {
			if p := h.find(key); p.read() {
				n++
			}
		}
		return n, nil
	})
}

// Touch implements store.Keys.
func (e *Engine) Touch(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	return e.inSteps(op, keys, func(h *lockSet, some [][]byte) (n int, err error) {
		for _, key := range some {
			p := h.find(key)
			if !p.read() {
				continue
			}
			n++
			if err := kindOf(p.entry).touch(p); err != nil {
				return n, err
			}
		}
		return n, nil
	})
}

// KeyBytes implements store.Keys.
func (e *Engine) KeyBytes(_ context.Context, op store.Op, key []byte) (int64, bool, error) {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return 0, false, err
	}
	defer p.unlock()
	if p.ref == 0 {
		return 0, false, nil
	}
	return p.bytes(), true, nil
}
