package commands

import (
	"sync"
	"time"

	"sessd/store"
)

// Observation is an observer of an engine that is there only while it is wanted: without it a change costs nothing.
type Observation struct {
	engine store.Observable      // nil: the engine reports nothing
	wanted func() store.Observer // returns the observer that should listen, which can be compared; nil: none

	mu   sync.Mutex
	now  store.Observer // that is there; nil: none is
	stop func()         // ends it
	over bool           // the engine is about to close
}

// NewObservation returns an observation of an engine. wanted returns the observer that is wanted now, or nil.
func NewObservation(engine store.Engine, wanted func() store.Observer) *Observation {
	able, _ := engine.(store.Observable)
	return &Observation{engine: able, wanted: wanted}
}

// Possible reports whether the engine reports its changes.
func (o *Observation) Possible() bool { return o.engine != nil }

// stepPatience is how long Update waits. An update that a step of the caller's own keeps from the engine is done when the
// step has ended.
const stepPatience = 100 * time.Millisecond

// Update makes the observer be there, or not, as is wanted. It waits until that is so.
func (o *Observation) Update() {
	done := o.UpdateSoon()
	timer := time.NewTimer(stepPatience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// UpdateSoon is Update for those who do not wait. The channel is closed when it is done.
func (o *Observation) UpdateSoon() (done chan struct{}) {
	done = make(chan struct{})
	if o.engine == nil {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		o.update()
	}()
	return done
}

func (o *Observation) update() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if observer := o.wanted(); observer != o.now && !o.over {
		o.replace(observer)
	}
}

func (o *Observation) replace(observer store.Observer) {
	if o.stop != nil {
		o.stop()
		o.stop = nil
	}
	if o.now = observer; observer != nil {
		o.stop = o.engine.Observe(observer)
	}
}

// Close ends the observer for good. The engine is left alone once it has returned.
func (o *Observation) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	o.replace(nil)
}
