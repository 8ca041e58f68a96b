package server

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// timedSocket is the socket below an encrypted connection. It gives a deadline to what the TLS layer writes of its own
// accord, such as the answer to a key update: no caller sets one for that.
type timedSocket struct {
	*net.TCPConn
	timeout time.Duration // of a write for which no deadline is set

	watched atomic.Bool // the writes under way are the stream's own, which it watches itself

	mu    sync.Mutex // guards timed, together with the deadline
	timed bool       // a deadline is set
}

func (t *timedSocket) SetDeadline(at time.Time) error {
	return errors.Join(t.SetReadDeadline(at), t.SetWriteDeadline(at))
}

func (t *timedSocket) SetWriteDeadline(at time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timed = !at.IsZero()
	return t.TCPConn.SetWriteDeadline(at)
}

func (t *timedSocket) Write(data []byte) (int, error) {
	if t.watched.Load() {
		return t.TCPConn.Write(data)
	}
	t.limit(time.Now().Add(t.timeout))
	defer t.limit(time.Time{})
	return t.TCPConn.Write(data)
}

// limit sets the deadline of writes, unless somebody else has set one.
func (t *timedSocket) limit(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.timed {
		t.TCPConn.SetWriteDeadline(at)
	}
}
