package commands

import (
	"sync"
	"time"
)

// rates turns counters into what happens per second. It samples when somebody looks, not in the background: a rate is
// over the time since the look before, and over rateWindow at least.
type rates struct {
	mu     sync.Mutex
	before sample // the one that rates count from
	last   sample // becomes before when it is old enough
}

// rateWindow is the least time that a rate is taken over; several who look at once do not disturb one another.
const rateWindow = time.Second

type sample struct {
	at                   time.Time
	calls, input, output uint64
}

// perSecond is what happened per second.
type perSecond struct{ calls, input, output float64 }

// since samples the counters of a moment and returns the rates up to it.
func (r *rates) since(m *Snapshot) perSecond {
	now := sample{at: m.now, calls: m.totals.calls, input: m.server.InputBytes, output: m.server.OutputBytes}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last.at.IsZero() {
		r.before, r.last = sample{at: m.system.Started}, sample{at: m.system.Started}
	}
	if now.at.Sub(r.last.at) >= rateWindow {
		r.before, r.last = r.last, now
	}
	seconds := now.at.Sub(r.before.at).Seconds()
	rate := func(before, now uint64) float64 {
		if now < before || seconds <= 0 { // the counters were reset
			return 0
		}
		return float64(now-before) / seconds
	}
	return perSecond{rate(r.before.calls, now.calls), rate(r.before.input, now.input), rate(r.before.output, now.output)}
}
