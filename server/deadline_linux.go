package server

import (
	"math"
	"time"
)

// watch puts a socket among those with a deadline.
func (l *loop) watch(s *socket) {
	if s.watched != 0 || !s.registered {
		return
	}
	l.watched = append(l.watched, s)
	s.watched = len(l.watched)
	if soon := l.now + l.server.limits.resolution(); soon < l.sweepAt {
		l.sweepAt = soon
	}
}

func (l *loop) unwatch(s *socket) {
	if s.watched == 0 {
		return
	}
	last := l.watched[len(l.watched)-1]
	l.watched[s.watched-1], last.watched = last, s.watched
	l.watched[len(l.watched)-1] = nil
	l.watched = l.watched[:len(l.watched)-1]
	s.watched = 0
}

// never is a time that does not come.
const never = math.MaxInt64

// idleSweep is how often at most connections are looked at for having been idle for too long, in milliseconds.
const idleSweep = 1000

// deadline returns when a wait has to end.
func (l *loop) deadline() time.Time {
	if l.sweepAt == never {
		return time.Time{}
	}
	return l.server.at(l.sweepAt)
}

// expectIdle sees to it that a timeout which is new counts. Whoever sets it wakes the loops.
func (l *loop) expectIdle() {
	if timeout := l.server.limits.timeout.Load() * 1000; timeout != l.timeout {
		l.timeout, l.idleAt = timeout, never
		l.expect(0)
	}
}

// expect sees to it that the clients are looked at after so many milliseconds.
func (l *loop) expect(after int64) {
	if l.timeout > 0 {
		l.idleAt = min(l.idleAt, l.now+after)
		l.sweepAt = min(l.sweepAt, l.idleAt)
	}
}

// sweep closes the sockets whose time is over.
func (l *loop) sweep() {
	for i := len(l.watched) - 1; i >= 0; i-- { // backwards: one that goes is replaced by the last
		l.check(l.watched[i])
	}
	if l.now >= l.idleAt {
		l.closeIdle()
	}
	l.sweepAt = l.idleAt
	if len(l.watched) > 0 {
		l.sweepAt = min(l.sweepAt, l.now+l.server.limits.resolution())
	}
}

// closeIdle closes the clients that have been idle for too long, and finds out when the next one may have been.
func (l *loop) closeIdle() {
	l.idleAt = never
	for _, s := range l.sockets {
		if s == nil || s.lingers() {
			continue
		}
		left := l.timeout - (l.clock - s.client.LastUsed())
		if left <= 0 && !s.parked {
			s.closing = closedByTimeout
			l.closeSocket(s)
			continue
		}
		l.expect(max(left, idleSweep))
	}
}

// check ends a socket whose deadline is over, and forgets one that has none any more. One that has several is held to each.
func (l *loop) check(s *socket) {
	m := l.server.limits
	over := func(since int64, most time.Duration) bool { return since != 0 && l.now-since >= most.Milliseconds() }
	why := notClosing
	switch {
	case s.lingers():
		if s.ending.over(l.now, unacked(s.fd), m) {
			why = s.closing
		}
	case over(s.stalled, m.WriteTimeout):
		why = closedByWriteTimeout
	case s.stalled != 0 && l.now >= s.mayWait(len(s.out), l.now):
		why = closedByOutputLimit
	case s.stalled == 0 && over(s.frameSince, m.FrameTimeout):
		why = closedByFrameTimeout
	case !s.client.Authenticated() && over(s.begun, m.AuthTimeout):
		why = closedByAuthTimeout
	case s.stalled == 0 && s.frameSince == 0 && s.client.Authenticated():
		l.unwatch(s)
	}
	if why != notClosing {
		if last := closeMessages[why]; last != "" && len(s.out) == 0 {
			n, _, _ := s.write([]byte(last)) // as much as the kernel takes
			s.bytes.out.Add(uint64(n))
		}
		s.closing = why
		l.closeSocket(s)
	}
}
