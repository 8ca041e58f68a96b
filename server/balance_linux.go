package server

import (
	"sync"
	"sync/atomic"
	"time"
)

// balance decides when a loop gives sockets to another. Few connections are served with less work by one loop than by
// several, so they stay with theirs while it keeps up. They also stay while no processor is idle that another loop could use:
// its clients may be what keeps the others busy.
type balance struct {
	window time.Duration // over which load is measured
	stay   time.Duration // for how long a socket stays where it was moved to
	load   func(l *loop, measured int64) int64
	idle   func(l *loop) float64 // processors that were idle in the last window

	moved  atomic.Int64 // sockets
	moving sync.Mutex   // held while one socket moves, so that locks of two loops are taken by one goroutine at a time
}

// Load is the time in which a loop does not wait, in thousandths.
const (
	saturated = 900 // a loop that gives
	moderate  = 500 // a loop that takes, at most
)

// spareProcessors is how many processors must be idle for a loop to give. It is less than one, since something always runs,
// and more than a load generator on the same machine leaves.
const spareProcessors = 0.5

// load is how busy a loop is.
type load struct {
	began   time.Duration // the window under way, since the server began
	asleep  time.Duration // in it
	windows int           // one after the other, up to the last, in which the loop was saturated
	idle    idleTime

	share   atomic.Int64 // load in the last window
	until   atomic.Int64 // end of the last window, in milliseconds since the server began
	crowded atomic.Bool  // saturated while processors are idle
}

func newBalance() *balance {
	return &balance{
		window: time.Second, stay: 5 * time.Second,
		load: func(_ *loop, measured int64) int64 { return measured },
		idle: func(l *loop) float64 { return l.load.idle.processors() },
	}
}

// measureLoad measures the load when a window is over, and gives sockets away if the loop is saturated for the second time in
// a row.
func (l *loop) measureLoad() {
	b := l.server.balance
	took := l.at - l.load.began
	if took < b.window {
		return
	}
	share := b.load(l, 1000-int64(l.load.asleep*1000/took))
	l.load.began, l.load.asleep = l.at, 0
	l.load.share.Store(share)
	l.load.until.Store(l.now)
	if share < saturated || len(l.server.loops) == 1 {
		l.load.windows = 0
		l.load.crowded.Store(false)
		return
	}
	idle := b.idle(l)
	l.load.windows++
	crowded := l.load.windows > 1 && idle >= spareProcessors
	l.load.crowded.Store(crowded)
	if crowded {
		l.spread(share)
	}
}

// spread gives sockets to the least busy loop, as many as make both equally busy if all of them are alike.
func (l *loop) spread(share int64) {
	to, least := l.leastBusy()
	if least > moderate {
		return
	}
	active := int64(0)
	for _, s := range l.sockets {
		if s != nil && l.isActive(s) {
			active++
		}
	}
	most, given := active*(share-least)/share/2, int64(0)
	for i := len(l.sockets) - 1; i >= 0 && given < most; i-- {
		if s := l.sockets[i]; s != nil && l.isActive(s) && l.mayGive(s) && l.give(s, to) {
			given++
		}
	}
	if given > 0 {
		l.server.log.Debug("an event loop was saturated while processors are idle", "connections", active, "given-away", given)
	}
	more := l.runnable
	l.runnable = l.runnable[:0]
	for _, s := range more {
		if s.loop.Load() == l {
			l.runnable = append(l.runnable, s)
		}
	}
	clear(more[len(l.runnable):])
}

// leastBusy returns the other loop with the least load.
func (l *loop) leastBusy() (found *loop, least int64) {
	least = 1000
	for _, other := range l.server.loops {
		if other == l {
			continue
		}
		share := other.share(l.now)
		if found == nil || share < least {
			found, least = other, share
		}
	}
	return found, least
}

// share returns the load in the last window, of 1000, at a time in milliseconds since the server began. A loop whose last
// window is long over has been asleep.
func (l *loop) share(now int64) int64 {
	if now-l.load.until.Load() > 4*l.server.balance.window.Milliseconds() {
		return 0
	}
	return l.load.share.Load()
}

// busy returns the same, of 1, from any goroutine.
func (l *loop) busy(now int64) float64 { return float64(l.share(now)) / 1000 }

// isActive reports whether a socket has a part in the load.
func (l *loop) isActive(s *socket) bool {
	return l.now-s.active.Load() <= l.server.balance.window.Milliseconds()
}

// mayGive reports whether a socket may move: between two turns, unless it waits for something that this loop knows of.
func (l *loop) mayGive(s *socket) bool {
	rested := s.movedAt == 0 || l.now-s.movedAt >= l.server.balance.stay.Milliseconds()
	return rested && s.closing == notClosing && s.later == nil && !s.preparing && !s.draining && !s.readDone && !s.awaiting && !s.unsent() && !s.lingers()
}

// give makes another loop serve a socket from now on. It is not moved when it has mail, or when one of both loops is to end.
func (l *loop) give(s *socket, to *loop) bool {
	moving := &l.server.balance.moving
	moving.Lock()
	defer moving.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	to.mu.Lock()
	defer to.mu.Unlock()
	if s.mailed || l.ending || to.ending || l.poll.Remove(s.fd) != nil {
		return false
	}
	l.forgetDeadline(s)
	l.sockets[s.fd] = nil
	l.live--
	l.count.Add(-1)
	to.count.Add(1)
	s.registered, s.again, s.movedAt = false, false, l.now
	s.bytes, s.stats = &to.bytes, to.stats
	s.loop.Store(to)
	l.server.balance.moved.Add(1)
	s.mailed = true
	to.inbox = append(to.inbox, s)
	to.rouse()
	return true
}
