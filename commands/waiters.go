package commands

import (
	"bytes"
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"sessd/store"
)

// waiters is who waits for which keys. It observes the engine while anybody does, and for a while after that: to begin and
// to end takes the lock of every entry. A change of a key for which somebody waits closes the gate signaled, so whoever
// made it serves them once its call has ended (serve_blocked.go).
//
// Locks are taken in the order serving, watching, those of entries, mu. A step of the engine has those of entries, so what
// a call of a step does takes mu alone.
type waiters struct {
	system *Dispatcher
	engine store.Observable // nil: the engine reports nothing
	types  store.Keys       // nil: the engine does not tell types
	seed   maphash.Seed
	places [waitFilter]atomic.Int32 // by the hash of their keys: a change of another key takes no lock
	calls  atomic.Int64             // that wait

	serving sync.Mutex // held by who serves
	call    *Call      // that serves; guarded by serving

	mu    sync.Mutex
	byKey map[waitedKey]*queueOfKey
	ready []*queueOfKey // whose keys have changed

	watching sync.Mutex
	stop     func() // ends the observation; nil: there is none. Guarded by watching
	used     bool   // some call has begun to wait since the timer was set; guarded by watching
}

const (
	waitFilter = 1 << 10
	waitLinger = 10 * time.Second // without a wait, before the observation ends

	// What a call that waits takes in bytes, beside its words, and each of its keys.
	waiterBytes = 512
	placeBytes  = 256
)

type waitedKey struct {
	keyspace int
	name     string
}

// queueOfKey is those who wait for one key, in the order of their arrival. waiters.mu guards it.
type queueOfKey struct {
	key         waitedKey
	first, last *place
	ready       bool                  // it is in waiters.ready
	takers      [store.MaxTypes]int32 // places by type, of waits that take what they are served
	peekers     [store.MaxTypes]int32 // and of those that do not
	timer       *time.Timer           // when it is asked though nothing has changed; nil: never
}

// place is a waiter's place in the queue of one key.
type place struct {
	of         *waiter
	in         *queueOfKey
	prev, next *place
}

// waiter is a call that waits.
type waiter struct {
	wait    Wait
	client  *Client
	command *Command
	stats   *Stats
	op      store.Op
	words   [][]byte
	pending Pending
	places  []place
	memory  int // bytes that it is counted for

	timer  *time.Timer // nil: it waits for ever. Guarded by waiters.mu, as the rest
	trying bool        // it is being served: only who does that may end it
	over   bool
}

func (b *waiters) init(s *Dispatcher) {
	b.system, b.seed, b.byKey = s, maphash.MakeSeed(), make(map[waitedKey]*queueOfKey)
	b.engine, _ = s.engine.(store.Observable)
	b.types, _ = s.engine.(store.Keys)
	b.call = s.NewCall(context.Background(), nil)
}

// add makes a call wait.
func (b *waiters) add(c *Call, w *Wait) *waiter {
	x := &waiter{
		wait: *w, client: c.Client, command: c.Command, stats: c.Stats, op: c.Op.Lasting(), pending: c.pending,
		words: make([][]byte, len(c.Words)), places: make([]place, w.Keys), memory: waiterBytes + w.Keys*placeBytes,
	}
	for i, word := range c.Words {
		x.words[i] = bytes.Clone(word)
		x.memory += len(word) + 24
	}
	if x.pending != nil {
		x.memory = 0 // the loop is not here to count it
	} else {
		x.pending = c.Client.Conn.Later()
	}
	c.Client.Conn.Account(x.memory)
	b.begin()
	b.mu.Lock()
	defer b.mu.Unlock()
	c.Client.waits.Store(x)
	for i := range x.places {
		key := x.words[w.Key+i]
		if w.Under != nil {
			key = w.Under
		}
		b.enqueue(x, &x.places[i], key)
	}
	if w.Timeout > 0 {
		x.timer = time.AfterFunc(w.Timeout, func() { b.end(x, x.wait.timedOut()) })
	}
	return x
}

// enqueue gives a waiter its place at the end of a key's queue.
func (b *waiters) enqueue(x *waiter, p *place, key []byte) {
	name := waitedKey{x.op.Keyspace, string(key)}
	q := b.byKey[name]
	if q == nil {
		q = &queueOfKey{key: name}
		b.byKey[name] = q
	}
	p.of, p.in, p.prev = x, q, q.last
	if q.last != nil {
		q.last.next = p
	} else {
		q.first = p
	}
	q.last = p
	*q.count(&x.wait)++
	b.places[b.slot(key)].Add(1)
}

func (b *waiters) dequeue(p *place) {
	q := p.in
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		q.first = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		q.last = p.prev
	}
	*q.count(&p.of.wait)--
	b.places[b.slot([]byte(q.key.name))].Add(-1)
	if q.first == nil {
		if q.timer != nil {
			q.timer.Stop()
		}
		delete(b.byKey, q.key)
	}
}

// move gives a waiter its place at the end of another key's queue. It notes that it may be served there, since that key
// may have changed before. The caller has locked mu.
func (b *waiters) move(p *place, key []byte) {
	x := p.of
	b.dequeue(p)
	*p = place{}
	b.enqueue(x, p, key)
	b.signal(p.in)
}

// count returns the number of places of waits like one.
func (q *queueOfKey) count(w *Wait) *int32 {
	if w.Peeks {
		return &q.peekers[w.Type]
	}
	return &q.takers[w.Type]
}

func (b *waiters) slot(key []byte) uint64 { return maphash.Bytes(b.seed, key) % waitFilter }

// remove takes a call that does not wait any more out of its queues. The caller has locked mu.
func (b *waiters) remove(x *waiter) {
	x.over = true
	if x.timer != nil {
		x.timer.Stop()
	}
	x.client.waits.Store(nil)
	for i := range x.places {
		b.dequeue(&x.places[i])
	}
	b.calls.Add(-1)
}

// Wants implements store.Observer.
func (b *waiters) Wants() store.Events {
	return store.GenericEvents | store.ListEvents | store.SortedSetEvents | store.StreamEvents |
		store.SessionEvents | store.ExpiredEvents | store.EvictedEvents | store.FlushEvents | store.LockEvents
}

// Changed implements store.Observer.
func (b *waiters) Changed(c *store.Change, e store.Entry) {
	switch {
	case c.Event == store.EventFlushed:
		b.flushed(c.Keyspace)
	case c.Event == store.EventSwapped:
		b.swapped(c.Keyspace, c.Swap.With)
	case c.Type != store.TypeSession:
		if e != nil {
			b.changed(c, c.Key)
		}
	case e == nil:
		b.serveEnded(b.changed(c, c.Key))
	case c.Event == store.EventUnlocked:
		b.changed(c, c.Key)
	case c.Event == store.EventRotated:
		b.changed(c, c.Former)
	}
}

// changed notes that a key has changed, and reports whether somebody waits for it.
func (b *waiters) changed(c *store.Change, key []byte) bool {
	if b.places[b.slot(key)].Load() == 0 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.byKey[waitedKey{c.Keyspace, string(key)}]
	if q == nil || q.takers[c.Type]+q.peekers[c.Type] == 0 {
		return false
	}
	b.signal(q)
	return true
}

// flushed notes that all sessions of a keyspace are gone.
func (b *waiters) flushed(keyspace int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	some := false
	for key, q := range b.byKey {
		if key.keyspace == keyspace && q.takers[store.TypeSession]+q.peekers[store.TypeSession] > 0 {
			b.signal(q)
			some = true
		}
	}
	b.serveEnded(some)
}

// swapped notes that every key of two keyspaces may hold something else.
func (b *waiters) swapped(one, other int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, q := range b.byKey {
		if key.keyspace == one || key.keyspace == other {
			b.signal(q)
		}
	}
}

// serveEnded serves those who waited for sessions that are gone, which no call need have ended.
func (b *waiters) serveEnded(some bool) {
	if some {
		time.AfterFunc(0, b.system.serveBlocked)
	}
}

// signal notes that those in a queue may be served. The caller has locked mu.
func (b *waiters) signal(q *queueOfKey) {
	if !q.ready {
		q.ready = true
		b.ready = append(b.ready, q)
		b.system.setGate(signaled, true)
	}
}

// askAfter serves those in a queue after a time, if no change of the key does before.
func (b *waiters) askAfter(q *queueOfKey, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q.timer != nil {
		q.timer.Reset(d)
		return
	}
	q.timer = time.AfterFunc(d, func() {
		b.mu.Lock()
		b.signal(q)
		b.mu.Unlock()
		b.system.serveBlocked()
	})
}

// begin makes changes be reported, and counts a call that waits.
func (b *waiters) begin() {
	b.calls.Add(1)
	b.watching.Lock()
	defer b.watching.Unlock()
	b.used = true
	if b.stop == nil {
		b.stop = b.engine.Observe(b)
		time.AfterFunc(waitLinger, b.rest)
	}
}

// rest ends the observation if no call has waited for a while.
func (b *waiters) rest() {
	b.watching.Lock()
	defer b.watching.Unlock()
	switch {
	case b.stop == nil:
	case b.used || b.calls.Load() > 0:
		b.used = false
		time.AfterFunc(waitLinger, b.rest)
	default:
		b.stop()
		b.stop = nil
	}
}

// close ends the observation, since the engine closes.
func (b *waiters) close() {
	b.watching.Lock()
	defer b.watching.Unlock()
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}
