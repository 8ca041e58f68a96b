package memory

import (
	"slices"
	"sync"

	"sessd/store"
)

// observers are those who observe the engine. They are replaced while every shard is locked, so whoever has locked a
// shard finds the same ones until it unlocks it.
type observers struct {
	wants store.Events // of all of them
	list  []*observer
}

type observer struct {
	store.Observer
	wants store.Events
}

// Observe implements store.Observable.
func (e *Engine) Observe(o store.Observer) (stop func()) {
	x := &observer{o, o.Wants()}
	e.setObservers(func(list []*observer) []*observer { return append(list, x) })
	return sync.OnceFunc(func() {
		e.setObservers(func(list []*observer) []*observer {
			return slices.DeleteFunc(list, func(y *observer) bool { return x == y })
		})
	})
}

// setObservers replaces the list of observers between two steps.
func (e *Engine) setObservers(change func([]*observer) []*observer) {
	unlock := e.lockEverything()
	defer unlock()
	var now observers
	if before := e.observers.Load(); before != nil {
		now.list = slices.Clone(before.list)
	}
	now.list = change(now.list)
	if len(now.list) == 0 {
		e.observers.Store(nil)
		return
	}
	for _, o := range now.list {
		now.wants |= o.wants
	}
	e.observers.Store(&now)
}

// emit reports what happened to the entry, which is as it is after that. Where nobody wants that it costs one load.
func (p *entryRef) emit(event store.Event) {
	if o := p.space.engine.observers.Load(); o != nil && o.wants&event.Class() != 0 {
		k := kindOf(p.entry)
		p.report(o, store.Change{Event: event, Type: k.typ(), Key: p.key, Principal: p.principal(), Expiry: k.expiry(p.shard, p.entry)}, p.entry)
	}
}

// emitEnd reports what ends the entry.
func (p *entryRef) emitEnd(event store.Event) {
	if o := p.space.engine.observers.Load(); o != nil && o.wants&event.Class() != 0 {
		p.report(o, store.Change{Event: event, Type: kindOf(p.entry).typ(), Key: p.key, Principal: p.principal(), Expiry: store.Never}, nil)
	}
}

// principal returns the principal of a session, nil where there is none.
func (p *entryRef) principal() []byte {
	if kindOf(p.entry).typ() != store.TypeSession {
		return nil
	}
	return readBody(p.entry).principal
}

// emitKey reports what happened to a key without an entry.
func (s *shard) emitKey(event store.Event, key []byte) {
	if o := s.space.engine.observers.Load(); o != nil && o.wants&event.Class() != 0 {
		s.report(o, store.Change{Event: event, Key: key, Expiry: store.Never}, nil)
	}
}

// emitFlush reports that the keyspace is empty, and of which type some entries were.
func (s *shard) emitFlush(ended store.Type) {
	if o := s.space.engine.observers.Load(); o != nil && o.wants&store.FlushEvents != 0 {
		s.report(o, store.Change{Event: store.EventFlushed, Type: ended, Expiry: store.Never}, nil)
	}
}

// report tells those observers who want it of a change that left an entry, or none.
func (s *shard) report(o *observers, c store.Change, entry []byte) {
	if s.silent {
		return
	}
	if s.step == 0 {
		s.step = s.space.engine.steps.Add(1)
	}
	c.Keyspace, c.Step, c.Client = s.space.number, s.step, s.client
	s.change, s.changed = c, changedEntry{s, c.Key, entry}
	var left store.Entry
	if entry != nil {
		left = &s.changed
	}
	for _, x := range o.list {
		if x.wants&c.Event.Class() != 0 {
			x.Changed(&s.change, left)
		}
	}
	s.change, s.changed = store.Change{}, changedEntry{}
}

// changedEntry is the entry of a change while observers are told of it.
type changedEntry struct {
	shard      *shard
	key, entry []byte
}

// AppendTo implements store.Entry.
func (c *changedEntry) AppendTo(dst []byte) []byte {
	return kindOf(c.entry).appendTo(c.shard, c.key, c.entry, dst)
}
