package server

import "math"

// never is a time that does not come.
const never = math.MaxInt64

// due returns when the connection ends if nothing happens before, and why: the policy of every transport. It returns never
// when no limit applies. Times are milliseconds since the server began.
func (c *conn) due(now int64) (at int64, why reason) {
	l := c.server.limits
	at = never
	earlier := func(t int64, because reason) {
		if t < at {
			at, why = t, because
		}
	}
	waiting, authenticated := c.out.waiting(), c.client.Authenticated()
	if waiting > 0 {
		earlier(c.active.Load()+l.WriteTimeout.Milliseconds(), closedByWriteTimeout)
		earlier(c.softLimitEnds(now), closedByOutputLimit)
	}
	if c.frameSince != 0 && c.reads() {
		earlier(c.frameSince+l.FrameTimeout.Milliseconds(), closedByFrameTimeout)
	}
	if !authenticated {
		earlier(c.begun+l.AuthTimeout.Milliseconds(), closedByAuthTimeout)
	}
	if timeout := l.timeout.Load(); timeout > 0 && c.later == nil && !c.client.AwaitsMessages() {
		earlier(c.active.Load()+timeout*1000, closedByTimeout)
	}
	return at, why
}

// overdue returns why the connection ends now, or notClosing. A peer that took bytes from the kernel since the last look is
// not idle, though none moved here. Nor is one where the kernel holds as many as then, if it was given more since.
func (c *conn) overdue(now int64) reason {
	at, why := c.due(now)
	if at > now {
		return notClosing
	}
	if why == closedByTimeout || why == closedByWriteTimeout {
		if n := c.transport.unacked(); n != c.unackedBefore || n > 0 && c.active.Load() > c.lookedAt {
			c.unackedBefore, c.lookedAt = n, now
			c.moved(now)
			return notClosing
		}
	}
	return why
}

// moved notes that bytes went either way.
func (c *conn) moved(now int64) {
	if c.active.Load() != now { // a store that all processors see costs more than a look
		c.active.Store(now)
	}
}

// noteFrame notes since when the request at the beginning of the query buffer is unfinished. served reports that another
// request was taken from before it.
func (c *conn) noteFrame(now int64, served bool) {
	switch {
	case len(c.in) == 0 || c.waiting || c.later != nil:
		c.frameSince = 0
	case c.frameSince == 0 || served:
		c.frameSince = now
	}
}

// reads reports whether requests are read from the client now. One that has not authenticated takes its replies first; of
// those behind a call that is answered later, no more than parkedQuery bytes are read.
func (c *conn) reads() bool {
	return (c.out.waiting() == 0 || c.client.Authenticated()) && (c.later == nil || len(c.in) < parkedQuery) &&
		len(c.held.replies) < mostHeld && !c.preparing
}
