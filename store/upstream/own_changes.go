package upstream

import (
	"sync/atomic"

	"sessd/store"
)

// ownChanges tells an observer what this engine does to sessions. What others do, and what ends by time, it does not know, so the
// engine is no store.Observable.
type ownChanges struct {
	observer atomic.Pointer[store.Observer] // nil: there is none
	steps    atomic.Uint64
}

// ObserveOwn reports to o the sessions that this engine creates, rotates, evicts and destroys, until stop is called. The last observer
// counts. Where keys have hashes of ids, it is told their handles.
func (e *Engine) ObserveOwn(o store.Observer) (stop func()) {
	e.own.observer.Store(&o)
	return func() { e.own.observer.CompareAndSwap(&o, nil) }
}

// report reports a change of a session by its key, and the key before where it was rotated.
func (e *Engine) report(client int64, event store.Event, key, former, principal string) {
	o := e.own.observer.Load()
	if o == nil {
		return
	}
	c := store.Change{
		Event: event, Type: store.TypeSession, Client: client, Key: e.names.id(key), Principal: []byte(principal), Expiry: store.Never, Step: e.own.steps.Add(1),
	}
	if former != "" {
		c.Former = e.names.id(former)
	}
	(*o).Changed(&c, nil)
}

// reportEnd reports that the sessions of a principal were ended but one, whose key is spared or empty.
func (e *Engine) reportEnd(client int64, principal []byte, spared string) {
	o := e.own.observer.Load()
	if o == nil {
		return
	}
	c := store.Change{
		Event: store.EventDestroyedAll, Type: store.TypeSession, Client: client, Key: principal, Principal: principal, Expiry: store.Never, Step: e.own.steps.Add(1),
	}
	if spared != "" {
		c.Former = e.names.id(spared)
	}
	(*o).Changed(&c, nil)
}
