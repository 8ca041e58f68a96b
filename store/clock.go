package store

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Clock is the one place where time is taken: wall-clock time that never goes back. When the wall clock is set back,
// time goes on at its steady pace until the wall clock has caught up. So nothing lives longer for it. When the wall
// clock is set ahead, or the machine slept, time follows. The zero Clock is ready for use, by any number of goroutines.
type Clock struct {
	// Jumped, if not nil, is told by how much the wall clock was set. Ahead is positive: what was to expire meanwhile
	// expires at once. Back is negative. Less than a second goes untold. It must be set before the first use.
	Jumped func(by time.Duration)

	mu     sync.Mutex // for changing the anchor
	anchor atomic.Pointer[anchor]
	read   func() reading // for tests; nil: the system's clocks
}

// NewClock returns a clock that asks a function for the wall clock's time, which a test may set.
func NewClock(wall func() time.Time) *Clock {
	return &Clock{read: func() reading { return reading{wall: time.Duration(wall().UnixNano()), at: time.Now()} }}
}

// reading is what the clocks say at one moment.
type reading struct {
	wall   time.Duration // since the Unix epoch
	at     time.Time     // with the steady clock of the system
	steady time.Duration // instead of that in tests
}

// since returns the time that passed after r at a steady pace.
func (r reading) since(before reading) time.Duration {
	return r.at.Sub(before.at) + r.steady - before.steady
}

// anchor is a moment from which time is counted at a steady pace.
type anchor struct {
	reading               // its wall is the time, which may differ from the wall clock
	behind  time.Duration // by which the wall clock was behind the time then
}

const (
	reportThreshold = time.Second      // a smaller jump is not told
	driftTolerance  = time.Millisecond // a smaller difference is not followed
)

// Now returns the time in milliseconds since the Unix epoch.
func (c *Clock) Now() int64 {
	r := c.clocks()
	a := c.anchor.Load()
	if a == nil {
		c.anchor.CompareAndSwap(nil, &anchor{reading: r})
		a = c.anchor.Load()
	}
	now := a.wall + r.since(a.reading)
	if a.differs(r.wall - now) {
		now = c.follow(r)
	}
	return now.Milliseconds()
}

// Offset returns what to add to a time of this clock for that of the wall clock, in milliseconds. It is negative while
// the wall clock is behind, having been set back. Differences below a second may be left out.
func (c *Clock) Offset() int64 {
	if a := c.anchor.Load(); a != nil {
		return -a.behind.Milliseconds()
	}
	return 0
}

// FromWall returns the time of this clock at a time of the wall clock, both in milliseconds since the Unix epoch.
func (c *Clock) FromWall(t int64) int64 {
	if behind := -c.Offset(); t <= math.MaxInt64-behind {
		return t + behind
	}
	return math.MaxInt64
}

// ToWall is the reverse of FromWall, and leaves Never as it is.
func (c *Clock) ToWall(t int64) int64 {
	if t == Never || t == math.MaxInt64 {
		return t
	}
	return t + c.Offset()
}

// differs reports whether the wall clock, which is ahead of the time by so much, was set since the anchor.
func (a *anchor) differs(ahead time.Duration) bool {
	return ahead > driftTolerance || ahead < -a.behind-reportThreshold || a.behind > 0 && ahead > -a.behind+reportThreshold
}

// follow makes a new anchor after the wall clock was set, and returns the time.
func (c *Clock) follow(r reading) time.Duration {
	c.mu.Lock()
	a := c.anchor.Load()
	now := a.wall + r.since(a.reading)
	by := r.wall - now + a.behind
	behind := max(0, now-r.wall)
	r.wall = max(r.wall, now)
	if a.differs(by - a.behind) {
		c.anchor.Store(&anchor{r, behind})
	} else {
		by = 0 // another goroutine has followed
	}
	c.mu.Unlock()
	if c.Jumped != nil && (by >= reportThreshold || by <= -reportThreshold) {
		c.Jumped(by)
	}
	return r.wall
}

// clocks reads the system's clocks.
func (c *Clock) clocks() reading {
	if c.read != nil {
		return c.read()
	}
	t := time.Now()
	return reading{wall: time.Duration(t.UnixNano()), at: t}
}
