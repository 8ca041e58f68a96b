package server

import "time"

// linger is the wait for the peer's end of a connection that is closed here. Bytes on their way from the peer to a
// closed socket are answered by a reset. That costs the peer the replies that the kernel still holds. The zero value is
// that of a connection that lives. Times are milliseconds since the server began.
type linger struct {
	since int64
	moved int64 // when the peer last took some of the replies
	left  int   // bytes of them that the kernel holds
}

func (g *linger) begin(now int64, left int) { *g = linger{now, now, left} }

// over reports whether there is no more to wait for: the peer has had all replies for a while, or takes no more of them.
func (g *linger) over(now int64, left int, m *limits) bool {
	if left < g.left {
		g.moved = now
	}
	g.left = left
	patience := m.WriteTimeout
	if left == 0 {
		patience = lingerTime
	}
	return now-g.moved >= patience.Milliseconds() || now-g.since >= drainTimeout.Milliseconds()
}

// lingerTime is how long a peer that has had all replies may take to end too.
const lingerTime = 500 * time.Millisecond

// lingerLook is how often that is looked at, in milliseconds.
const lingerLook = int64(lingerTime/time.Millisecond) / 5
