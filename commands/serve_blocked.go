package commands

import (
	"errors"
	"runtime/debug"

	"sessd/store"
)

// serveBlocked serves those who wait for keys that have changed, and returns when they are served. No step of the caller's
// may be under way.
func (s *Dispatcher) serveBlocked() {
	b := &s.blocked
	b.serving.Lock()
	defer b.serving.Unlock()
	b.serveReady()
}

// serveReady is serveBlocked for a caller that has locked serving.
func (b *waiters) serveReady() {
	for q := b.nextReady(); q != nil; q = b.nextReady() {
		b.serveKey(q)
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
	q.ready = false
	return q
}

// recheck serves a call that has begun to wait: a key may have changed after the call looked and before that was observed.
// One that waits behind another that takes has missed nothing.
func (b *waiters) recheck(x *waiter) {
	b.serving.Lock()
	defer b.serving.Unlock()
	b.serveReady()
	for i := range x.places {
		p := &x.places[i]
		if b.isBehindTaker(p) {
			continue
		}
		if gone, _ := b.try(p); gone {
			break
		}
	}
	b.serveReady()
}

// isBehindTaker reports whether another call that takes entries of the same type is before a place.
func (b *waiters) isBehindTaker(p *place) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &p.of.wait
	if w.Peeks || p.of.over {
		return false
	}
	for other := p.in.first; other != nil && other.of != p.of; other = other.next {
		if !other.of.wait.Peeks && other.of.wait.Type == w.Type {
			return true
		}
	}
	return false
}

// serveKey serves those in a queue in their order, as far as the key has something for them.
func (b *waiters) serveKey(q *queueOfKey) {
	var spent [store.MaxTypes]bool // the key has nothing for calls of these types that take
	b.mu.Lock()
	next := q.first
	b.mu.Unlock()
	for p := b.nextIn(q, next, &spent); p != nil; {
		var gone bool
		gone, next = b.try(p)
		if w := &p.of.wait; !gone && !w.Peeks {
			spent[w.Type] = true
		}
		p = b.nextIn(q, next, &spent)
	}
}

// nextIn returns the first place from one on whose call may be served, or nil.
func (b *waiters) nextIn(q *queueOfKey, p *place, spent *[store.MaxTypes]bool) *place {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := false
	for t := range spent {
		left = left || q.peekers[t] > 0 || q.takers[t] > 0 && !spent[t]
	}
	for ; left && p != nil; p = p.next {
		if w := &p.of.wait; !p.of.over && (w.Peeks || !spent[w.Type]) {
			return p
		}
	}
	return nil
}

// try serves a call that waits out of one key, if there is something for it. It returns the place behind it, and reports
// whether the call is gone from the queue: it is served, or waits for another key.
func (b *waiters) try(p *place) (gone bool, next *place) {
	x := p.of
	b.mu.Lock()
	if x.over {
		next = p.next
		b.mu.Unlock()
		return false, next
	}
	x.trying = true
	b.mu.Unlock()
	reply := new(recording)
	served, under := b.serve(p, reply)
	b.mu.Lock()
	next = p.next
	switch x.trying = false; {
	case served:
		b.remove(x)
	case under != nil:
		b.move(p, under)
	}
	b.mu.Unlock()
	if served {
		x.answer(reply.writeTo)
	}
	return served || under != nil, next
}

// serve runs a call that waits on one key, and reports whether it has answered, or for which other key it waits from now
// on.
func (b *waiters) serve(p *place, reply *recording) (served bool, under []byte) {
	x, c, key := p.of, b.call, []byte(p.in.key.name)
	c.Reply, c.Words, c.Args = reply, x.words, x.words[x.command.words:]
	c.Command, c.Client, c.Stats, c.Op, c.mark = x.command, x.client, x.stats, x.op, 0
	c.Op.Now = b.system.Clock.Now()
	defer func() {
		if kind := recover(); kind != nil {
			b.system.Panicked(c, kind, debug.Stack())
			served = true
		}
		c.Forget()
		c.Reply, c.Client, c.Stats = nil, nil, nil
	}()
	served, err := x.wait.Serve(c, key)
	if later, notYet := err.(NotYet); notYet {
		if later.Under != nil && string(later.Under) != p.in.key.name {
			return false, later.Under
		}
		b.askAfter(p.in, later.After)
		return false, nil
	}
	switch {
	case err == nil:
		return served, nil
	case errors.Is(err, store.ErrWrongType) && x.wait.Type != store.TypeSession && !b.hasType(c, key, x.wait.Type):
		return false, nil // another entry is there by now, which wakes nobody
	}
	c.Stats.failedCall(c.Command)
	b.system.fail(c, err)
	return true, nil
}

// hasType reports whether a key has an entry of a type.
func (b *waiters) hasType(c *Call, key []byte, t store.Type) bool {
	if b.types == nil {
		return false
	}
	is, err := b.types.KeyType(c.Context, c.Op, key)
	return err == nil && is == t
}

// answer gives a call that does not wait any more its answer.
func (x *waiter) answer(write func(Reply)) {
	if x.pending.Claim() {
		x.pending.Reply(func(r Reply) {
			x.client.Conn.Account(-x.memory)
			write(r)
		})
	}
}

// end ends a wait with an answer, unless it has ended, and reports whether it did. No step of the caller's may be under way.
func (b *waiters) end(x *waiter, write func(Reply)) bool {
	ended, busy := b.tryEnd(x, write)
	for busy {
		ended, busy = b.tryEndAfterServing(x, write)
	}
	return ended
}

// tryEndAfterServing is tryEnd once whoever serves now is done.
func (b *waiters) tryEndAfterServing(x *waiter, write func(Reply)) (ended, busy bool) {
	b.serving.Lock()
	defer b.serving.Unlock()
	return b.tryEnd(x, write)
}

// tryEnd is end that does not wait for who serves the call: busy says that somebody does.
func (b *waiters) tryEnd(x *waiter, write func(Reply)) (ended, busy bool) {
	b.mu.Lock()
	if x.over || x.trying {
		busy = x.trying
		b.mu.Unlock()
		return false, busy
	}
	b.remove(x)
	b.mu.Unlock()
	x.answer(write)
	return true, false
}

// stopWaiting ends the wait of a client that is gone.
func stopWaiting(s *Dispatcher, client *Client) {
	if x := client.waits.Load(); x != nil {
		s.blocked.end(x, func(Reply) {})
	}
}
