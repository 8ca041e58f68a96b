package memory

import (
	"fmt"

	"sessd/store"
)

// tx is a step of several operations. It holds the locks of shards from its beginning to its end. Operations that
// belong to it find their shard's tx set, and neither lock nor unlock it. The shards settle what memory has changed
// after each operation. What an operation gives up, or claims and does not use, is for those that follow.
type tx struct {
	engine  *Engine
	sets    []lockSet // by keyspace, in their order
	all     bool      // covers every keyspace, and keeps others from making one
	now     int64
	client  int64 // whose step it is
	step    uint64
	claimed int64 // bytes of the limit that no operation has used yet
	redo    *redo // nil: nobody records

	first [1]lockSet // where sets begins, since most steps are in one keyspace
}

// Begin implements store.Transactor.
func (e *Engine) Begin(op store.Op, keys [][]byte, room int64) (store.Tx, error) {
	if room > 0 && e.limits.Load().MaxMemory > 0 {
		if !e.claim(room) && !e.makeRoom(op, shortage{need: room}) {
			return nil, store.ErrNoMemory
		}
	} else {
		room = 0
	}
	op.Tx, op.May = nil, nil
	if keys == nil {
		t := e.beginAll(op)
		t.claimed = room
		return t, nil
	}
	t := e.newTx(op)
	t.claimed = room
	h, _ := e.lockKeys(op, keys, 1)
	t.add(h)
	return t, nil
}

// newTx returns a step without shards: one that has ended, where there is one.
func (e *Engine) newTx(op store.Op) *tx {
	t, _ := e.txs.Get().(*tx)
	if t == nil {
		t = new(tx)
	}
	t.engine, t.now, t.client = e, op.Now, op.Client
	return t
}

// beginAll begins a step that covers everything.
func (e *Engine) beginAll(op store.Op) *tx {
	t := e.newTx(op)
	t.all = true
	e.mu.Lock()
	for i := range e.spaces {
		if e.spaces[i].Load() != nil {
			t.add(e.lockAll(store.Op{Keyspace: i, Now: op.Now, Client: op.Client}))
		}
	}
	return t
}

// add makes the shards of a lockSet part of the step.
func (t *tx) add(h lockSet) {
	if t.step == 0 {
		t.step = t.engine.steps.Add(1)
	}
	h.setStep(t.step)
	t.redo = h.shareRedo(t.redo)
	h.each(func(s *shard) { s.tx = t })
	if t.sets == nil {
		t.sets = t.first[:0]
	}
	t.sets = append(t.sets, h)
}

// End implements store.Tx. Nobody may use the step from then on.
func (t *tx) End() {
	t.engine.account(0, t.claimed)
	for i := range t.sets {
		t.sets[i].endRedo()
	}
	for i := range t.sets {
		h := &t.sets[i]
		h.each(func(s *shard) { s.tx = nil })
		h.unlock()
	}
	if t.all {
		t.engine.mu.Unlock()
	}
	e := t.engine
	*t = tx{}
	e.txs.Put(t)
}

// txOf returns the step that an operation is part of, or nil.
func txOf(op store.Op) *tx {
	if op.Tx == nil {
		return nil
	}
	return op.Tx.(*tx)
}

// covers reports whether the step has locked a shard.
func (t *tx) covers(s *shard) bool {
	for i := range t.sets {
		if h := &t.sets[i]; h.space == s.space {
			return h.locked.has(s.number)
		}
	}
	return false
}

// must panics unless the step has locked a shard.
func (t *tx) must(s *shard) {
	if !t.covers(s) {
		panic(fmt.Sprintf("memory: an operation in keyspace %d names a key that its step does not cover", s.space.number))
	}
}

// space returns a keyspace, which the step covers from then on if it covers all.
func (t *tx) space(number int) *keyspace {
	if k := t.engine.spaces[number].Load(); k != nil || !t.all {
		return t.engine.space(number)
	}
	k := t.engine.newSpace(number)
	h := lockSet{space: k, now: t.now, client: t.client}
	for i := range k.shards {
		h.wanted.add(i)
	}
	h.lock()
	t.add(h)
	t.engine.spaces[number].Store(k)
	return k
}

// settle takes over what an operation has claimed and not used when the memory has grown by so much.
func (t *tx) settle(grown, claimed int64) {
	if left := claimed - grown; left > 0 {
		t.claimed += left
		claimed = grown
	}
	t.engine.account(grown, claimed)
}

// claim takes up to n bytes from what the step has claimed.
func (t *tx) claim(n int64) int64 {
	if t == nil {
		return 0
	}
	n = min(n, t.claimed)
	t.claimed -= n
	return n
}

// lock takes the shard's lock, unless the step that an operation is part of has it.
func (s *shard) lock(op store.Op) {
	if t := txOf(op); t != nil {
		t.must(s)
		return
	}
	s.mu.Lock()
}

// unlockUnchanged is unlock where nothing has changed.
func (s *shard) unlockUnchanged() {
	if s.tx == nil {
		s.mu.Unlock()
	}
}
