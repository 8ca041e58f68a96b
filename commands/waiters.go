package commands

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"sessd/store"
)

// waiters is who waits for which keys. It observes the engine while anybody does, and for a while after that: to begin and
// to end takes the lock of every entry. A change of a key for which somebody waits closes the gate signaled, so whoever
// made it serves them once its call has ended. Locks are taken in the order serving, those of entries, mu.
type waiters struct {
	system *Dispatcher
	engine store.Observable // nil: the engine reports nothing
	types  store.Keys       // nil: the engine does not tell types
	seed   maphash.Seed
	keys   [waitFilter]atomic.Int32 // places by the hash of their keys: a change of another key takes no lock
	blocks atomic.Int64             // keys for which somebody waits

	serving sync.Mutex // held by who serves, and by who ends a wait
	call    *Call      // that serves; guarded by serving

	mu    sync.Mutex
	byKey map[waitedKey]*queueOfKey
	ready []*queueOfKey // whose keys have changed

	watching sync.Mutex
	stop     func() // ends the observation; nil: there is none. Guarded by watching, as what follows
	count    int    // calls that wait
	used     bool   // some have begun to since the timer was set
}

const (
	waitFilter = 1 << 10
	waitLinger = 10 * time.Second // without a wait, before the observation ends

	// What a call that waits takes in bytes, beside its words, and each of its keys.
	waiterBytes = 512
	placeBytes  = 192
)

type waitedKey struct {
	keyspace int
	name     string
}

// queueOfKey is those who wait for one key, in the order of their arrival. waiters.mu guards it.
type queueOfKey struct {
	key         waitedKey
	first, last *place
	isReady     bool // it is in waiters.ready
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
	memory  int         // bytes that it is counted for
	timer   *time.Timer // nil: it waits for ever
	over    bool        // guarded by serving
}

func (b *waiters) init(s *Dispatcher) {
	b.system, b.seed, b.byKey = s, maphash.MakeSeed(), make(map[waitedKey]*queueOfKey)
	b.engine, _ = s.engine.(store.Observable)
	b.types, _ = s.engine.(store.Keys)
	b.call = s.NewCall(context.Background(), nil)
}

// add makes a call wait. The keys count as changed: what came since the call looked is not missed.
func (b *waiters) add(c *Call, w *Wait) {
	x := &waiter{wait: *w, client: c.Client, command: c.Command, stats: c.Stats, op: c.Op, pending: c.pending, memory: waiterBytes}
	x.op.May = nil
	if x.pending == nil {
		x.pending = c.Client.Conn.Later()
	}
	x.words = make([][]byte, len(c.Words))
	for i, word := range c.Words {
		x.words[i] = bytes.Clone(word)
		x.memory += len(word) + 24
	}
	x.places = make([]place, w.Keys)
	x.memory += w.Keys * placeBytes
	if c.pending != nil {
		x.memory = 0 // the loop is not here to count it
	}
	c.Client.Conn.Account(x.memory)
	b.begin()
	b.mu.Lock()
	defer b.mu.Unlock()
	c.Client.waits.Store(x)
	for i := range x.places {
		b.enqueue(x, &x.places[i], x.words[w.Key+i])
	}
	if w.Timeout > 0 {
		x.timer = time.AfterFunc(w.Timeout, func() { b.end(x, Reply.NullArray) })
	}
}

// enqueue gives a waiter its place at the end of a key's queue.
func (b *waiters) enqueue(x *waiter, p *place, key []byte) {
	name := waitedKey{x.op.Keyspace, string(key)}
	q := b.byKey[name]
	if q == nil {
		q = &queueOfKey{key: name}
		b.byKey[name] = q
		b.blocks.Add(1)
	}
	p.of, p.in, p.prev = x, q, q.last
	if q.last != nil {
		q.last.next = p
	} else {
		q.first = p
	}
	q.last = p
	b.keys[b.slot(key)].Add(1)
	b.signal(q)
}

func (b *waiters) slot(key []byte) uint64 { return maphash.Bytes(b.seed, key) % waitFilter }

// signal notes that those in a queue may be served. The caller has locked mu.
func (b *waiters) signal(q *queueOfKey) {
	if !q.isReady {
		q.isReady = true
		b.ready = append(b.ready, q)
		b.system.setGate(signaled, true)
	}
}

// Wants implements store.Observer.
func (b *waiters) Wants() store.Events {
	return store.GenericEvents | store.ListEvents | store.SortedSetEvents | store.StreamEvents
}

// Changed implements store.Observer.
func (b *waiters) Changed(c *store.Change, e store.Entry) {
	if e == nil || b.keys[b.slot(c.Key)].Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.byKey[waitedKey{c.Keyspace, string(c.Key)}]
	if q == nil {
		return
	}
	for p := q.first; p != nil; p = p.next {
		if p.of.wait.Type == c.Type {
			b.signal(q)
			return
		}
	}
}

// nextReady returns the queue of a key that has changed, or nil, which opens the gate.
func (b *waiters) nextReady() *queueOfKey {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		b.ready = nil
		b.system.setGate(signaled, false)
		return nil
	}
	q := b.ready[0]
	b.ready = b.ready[1:]
	q.isReady = false
	return q
}

// serveBlocked serves those who wait for keys that have changed, and returns when they are served. No step of the caller's
// may be under way.
func (s *Dispatcher) serveBlocked() {
	b := &s.blocked
	b.serving.Lock()
	defer b.serving.Unlock()
	for q := b.nextReady(); q != nil; q = b.nextReady() {
		b.serveKey(q)
	}
}

// serveKey serves those in a queue in their order, as far as the key has something for them.
func (b *waiters) serveKey(q *queueOfKey) {
	var spent [store.MaxTypes]bool // the key has nothing for calls of these types that take
	b.mu.Lock()
	p := q.first
	b.mu.Unlock()
	for p != nil {
		w := &p.of.wait
		served := false
		if !spent[w.Type] || w.Peeks {
			served = b.try(p)
			spent[w.Type] = spent[w.Type] || !served && !w.Peeks
		}
		if served {
			b.remove(p.of)
		}
		b.mu.Lock()
		for p = p.next; p != nil && p.of.over; p = p.next { // it named the key twice
		}
		b.mu.Unlock()
	}
}

// try runs a call that waits, on one key, and gives it the answer if there is one.
func (b *waiters) try(p *place) (served bool) {
	x, c, key := p.of, b.call, []byte(p.in.key.name)
	reply := new(recording)
	c.Reply, c.Words, c.Args = reply, x.words, x.words[x.command.words:]
	c.Command, c.Client, c.Stats, c.Op, c.mark = x.command, x.client, x.stats, x.op, 0
	c.Op.Now = b.system.Clock.Now()
	defer func() {
		if kind := recover(); kind != nil {
			b.system.Panicked(c, kind, debug.Stack())
			x.answer(reply.writeTo)
			served = true
		}
		c.Forget()
		c.Reply, c.Client, c.Stats = nil, nil, nil
	}()
	served, err := x.wait.Serve(c, key)
	switch {
	case err == nil && !served:
		return false
	case errors.Is(err, store.ErrWrongType) && !b.hasType(c, key, x.wait.Type):
		return false
	case err != nil:
		c.Stats.failedCall(c.Command)
		b.system.fail(c, err)
	}
	x.answer(reply.writeTo)
	return true
}

// hasType reports whether a key has an entry of a type.
func (b *waiters) hasType(c *Call, key []byte, t store.Type) bool {
	if b.types == nil {
		return false
	}
	is, err := b.types.KeyType(c.Context, c.Op, key)
	return err == nil && is == t
}

// answer gives the call its answer.
func (x *waiter) answer(write func(Reply)) {
	if x.pending.Claim() {
		x.pending.Reply(func(r Reply) {
			x.client.Conn.Account(-x.memory)
			write(r)
		})
	}
}

// end ends a wait with an answer, unless it has ended, and reports whether it did.
func (b *waiters) end(x *waiter, write func(Reply)) bool {
	b.serving.Lock()
	defer b.serving.Unlock()
	if x.over {
		return false
	}
	b.remove(x)
	x.answer(write)
	return true
}

// remove takes a call that does not wait any more out of its queues. The caller has locked serving.
func (b *waiters) remove(x *waiter) {
	x.over = true
	x.client.waits.Store(nil)
	b.mu.Lock()
	if x.timer != nil {
		x.timer.Stop()
	}
	for i := range x.places {
		b.dequeue(&x.places[i])
	}
	b.mu.Unlock()
	b.watching.Lock()
	b.count--
	b.watching.Unlock()
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
	b.keys[b.slot([]byte(q.key.name))].Add(-1)
	if q.first == nil {
		delete(b.byKey, q.key)
		b.blocks.Add(-1)
	}
}

// stopWaiting ends the wait of a client that is gone.
func stopWaiting(s *Dispatcher, client *Client) {
	if x := client.waits.Load(); x != nil {
		s.blocked.end(x, func(Reply) {})
	}
}

// begin makes changes be reported, and counts a call that waits.
func (b *waiters) begin() {
	b.watching.Lock()
	defer b.watching.Unlock()
	b.count++
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
	case b.used || b.count > 0:
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
