package commands

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Stats counts what commands did on one loop. Its loop writes it and anyone may sum it, so nothing on the way of a
// request is shared between loops.
type Stats struct {
	running  atomic.Int64   // calls that have begun and not ended
	commands []commandStats // by Command.index
	mu       sync.Mutex     // guards errors, which only failing requests touch
	errors   map[string]uint64
}

type commandStats struct {
	calls, nanoseconds, rejected, failed atomic.Uint64
	times                                atomic.Pointer[histogram] // nil: none was counted
}

// maxErrorCodes bounds the codes that are told apart.
const maxErrorCodes = 128

// NewStats returns the counters for one more loop.
func (s *Dispatcher) NewStats() *Stats {
	one := &Stats{commands: make([]commandStats, len(s.table.commands)), errors: make(map[string]uint64)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats = append(s.stats, one)
	return one
}

func (s *Stats) ran(c *Command, calls uint64, took time.Duration) {
	one := &s.commands[c.index]
	one.calls.Add(calls)
	one.nanoseconds.Add(uint64(took))
}

// took counts how long calls took that were timed together, each for their mean.
func (s *Stats) took(c *Command, calls uint64, took time.Duration) {
	one := &s.commands[c.index]
	h := one.times.Load()
	if h == nil {
		h = new(histogram)
		if !one.times.CompareAndSwap(nil, h) {
			h = one.times.Load()
		}
	}
	h.add(uint64(took)/calls, calls)
}

func (s *Stats) failedCall(c *Command) { s.commands[c.index].failed.Add(1) }

func (s *Stats) rejected(c *Command) { s.commands[c.index].rejected.Add(1) }

func (s *Stats) failed(text string) {
	code, _, _ := strings.Cut(text, " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.errors[code]; known || len(s.errors) < maxErrorCodes {
		s.errors[code]++
	}
}

// totals is the sum over all loops.
type totals struct {
	commands []commandTotals // by Command.index
	calls    uint64
	errors   map[string]uint64
	failures uint64
}

type commandTotals struct{ calls, microseconds, rejected, failed uint64 }

func (s *Dispatcher) totals() totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := totals{commands: make([]commandTotals, len(s.table.commands)), errors: make(map[string]uint64)}
	for _, one := range s.stats {
		for i := range one.commands {
			from, to := &one.commands[i], &sum.commands[i]
			calls := from.calls.Load()
			to.calls += calls
			to.microseconds += from.nanoseconds.Load() / 1000
			to.rejected += from.rejected.Load()
			to.failed += from.failed.Load()
			sum.calls += calls
		}
		one.mu.Lock()
		for code, n := range one.errors {
			sum.errors[code] += n
			sum.failures += n
		}
		one.mu.Unlock()
	}
	return sum
}

// resetStats sets every counter to zero.
func (s *Dispatcher) resetStats() {
	s.Users.deniedCommands.Store(0)
	s.Users.deniedKeys.Store(0)
	s.Users.deniedChannels.Store(0)
	s.Users.failures.Store(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.stats {
		for i := range one.commands {
			c := &one.commands[i]
			c.calls.Store(0)
			c.nanoseconds.Store(0)
			c.rejected.Store(0)
			c.failed.Store(0)
			c.times.Store(nil)
		}
		one.mu.Lock()
		clear(one.errors)
		one.mu.Unlock()
	}
}
