package memory

import (
	"sync/atomic"
	"time"

	"sessd/store"
	"sessd/store/memory/arena"
)

// waker is when the background has to work next. It sleeps until then, and whoever knows that it must be sooner sets the
// waker.
type waker struct {
	at   atomic.Int64  // milliseconds since the Unix epoch; none: there is nothing to do
	ring chan struct{} // has a token after it was set to an earlier time
}

// immediately is a time that has always come.
const immediately = 0

func (a *waker) init() {
	a.at.Store(arena.NoDeadline)
	a.ring = make(chan struct{}, 1)
}

// set makes the background work at a time, if it would not before. Unless it would not, this costs one look.
func (a *waker) set(at int64) {
	if at < a.at.Load() && a.lower(at) {
		select {
		case a.ring <- struct{}{}:
		default: // it is known
		}
	}
}

// lower reports whether the time was later.
func (a *waker) lower(at int64) bool {
	for {
		before := a.at.Load()
		if at >= before {
			return false
		}
		if a.at.CompareAndSwap(before, at) {
			return true
		}
	}
}

// wait returns at the time, but after the least and before the most. The result is whether the time has come, and false at
// once when stop is closed.
func (a *waker) wait(clock *store.Clock, least, most time.Duration, stop <-chan struct{}) (due bool) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for began := time.Now(); ; {
		slept := time.Since(began)
		left := max(0, a.at.Load()-clock.Now())
		if slept >= least && (left == 0 || slept >= most) {
			return left == 0
		}
		sleep := most - slept
		if left < sleep.Milliseconds() {
			sleep = time.Duration(left) * time.Millisecond
		}
		timer.Reset(max(least-slept, sleep))
		select {
		case <-stop:
			return false
		case <-a.ring:
		case <-timer.C:
		}
	}
}
