package pubsub

import (
	"sync"
	"time"

	"sessd/store"
)

// observing is an observer of the engine that is there only while it is wanted: without it an event costs nothing.
type observing struct {
	engine store.Observable      // nil: the engine reports nothing
	wanted func() store.Observer // returns what is to be there; nil: nothing

	mu   sync.Mutex
	stop func() // of the observer that is there; nil: none is
	over bool   // the engine is about to close
}

// stepPatience is how long update waits. An update that a step of the caller's own keeps from the engine is done when the
// step has ended.
const stepPatience = 100 * time.Millisecond

// update makes the observer be there, or not, as is wanted, and waits until it is.
func (o *observing) update() {
	done := o.updateSoon()
	timer := time.NewTimer(stepPatience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// updateSoon is update for those who do not wait. The channel is closed when it is done.
func (o *observing) updateSoon() (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.stop != nil {
			o.stop()
			o.stop = nil
		}
		if o.over {
			return
		}
		if observer := o.wanted(); observer != nil {
			o.stop = o.engine.Observe(observer)
		}
	}()
	return done
}

// close ends the observer for good. The engine is left alone once it has returned.
func (o *observing) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over = true; o.stop != nil {
		o.stop()
		o.stop = nil
	}
}
