package server

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// timedSocket is the socket of a stream, below its encryption. It tells the stream of a write that has to wait. It
// gives a deadline to what the TLS layer writes of its own accord, such as the answer to a key update. No caller sets
// one for that.
type timedSocket struct {
	*net.TCPConn
	timeout time.Duration // of a write for which no deadline is set

	watched atomic.Bool     // the writes under way are the stream's own, which it watches itself
	waits   func()          // called before a watched write waits; nil: nobody asks
	raw     syscall.RawConn // nil: whether a write waits cannot be found out
	data    []byte          // of the watched write under way
	sent    int             // bytes of it
	send    func(uintptr) bool

	mu    sync.Mutex // guards timed, together with the deadline
	timed bool       // a deadline is set
}

func newTimedSocket(tcp *net.TCPConn, timeout time.Duration) *timedSocket {
	t := &timedSocket{TCPConn: tcp, timeout: timeout}
	if raw, err := tcp.SyscallConn(); err == nil && canSendNow {
		t.raw = raw
		t.send = func(fd uintptr) bool {
			t.sent = sendNow(fd, t.data)
			return true // whatever it took: nobody waits here
		}
	}
	return t
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
		return t.writeWatched(data)
	}
	t.limit(time.Now().Add(t.timeout))
	defer t.limit(time.Time{})
	return t.TCPConn.Write(data)
}

// writeWatched writes without a deadline. What the kernel takes at once goes without further ado.
func (t *timedSocket) writeWatched(data []byte) (n int, err error) {
	if t.raw != nil {
		t.data, t.sent = data, 0
		err := t.raw.Write(t.send)
		t.data = nil
		if n = t.sent; n == len(data) || err != nil {
			return n, err
		}
	}
	if t.waits != nil {
		t.waits()
	}
	more, err := t.TCPConn.Write(data[n:])
	return n + more, err
}

// limit sets the deadline of writes, unless somebody else has set one.
func (t *timedSocket) limit(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.timed {
		t.TCPConn.SetWriteDeadline(at)
	}
}
