package server

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// readSize is how many bytes a stream reads at once, and writeSize how many must be taken within a write timeout.
const (
	readSize  = 16 << 10
	writeSize = 64 << 10
)

// past is a deadline that ends a read or write at once.
var past = time.Unix(1, 0)

// stream drives a connection with a goroutine of its own, which blocks in reads and writes: one that is wrapped, as TLS
// is, or where there are no event loops.
type stream struct {
	nc       net.Conn
	socket   rawSocket
	mail     chan struct{} // holds a token while there may be mail, for who waits without reading
	greeting atomic.Bool   // the TLS handshake is under way, which no mail interrupts
	aborted  atomic.Bool   // nothing more is to be sent
	stopBy   time.Time     // until when a connection that is to end may still be read from
	since    time.Time     // when the unfinished request at the beginning of the query buffer began; zero: there is none
}

// wake is part of transport: a read that is under way ends as if its deadline had passed.
func (s *stream) wake() {
	if !s.greeting.Load() { // mail is looked for after the handshake
		s.nc.SetReadDeadline(past)
	}
	select {
	case s.mail <- struct{}{}:
	default:
	}
}

// abort is part of transport.
func (s *stream) abort() {
	s.aborted.Store(true)
	s.nc.SetDeadline(past)
	s.wake()
}

// close closes the connection. An aborted one is closed below its encryption, which waits for room to say goodbye.
func (s *stream) close() {
	if wrapped, ok := s.nc.(interface{ NetConn() net.Conn }); ok && s.aborted.Load() {
		wrapped.NetConn().Close()
		return
	}
	s.nc.Close()
}

// untimed takes the write deadline away: what the TLS layer writes while it reads sets its own.
func (s *stream) untimed() {
	s.nc.SetWriteDeadline(time.Time{})
	if s.aborted.Load() { // perhaps before the deadline was taken away
		s.nc.SetWriteDeadline(past)
	}
}

// serveStream serves a connection until it ends, and says why it did.
func (s *Server) serveStream(c *conn, st *stream) reason {
	buf := make([]byte, readSize)
	for {
		// The deadline is set before the mailbox is emptied: mail that comes later ends the read that follows.
		st.nc.SetReadDeadline(s.readDeadline(c, st))
		if c.mail.some.Load() {
			if why := s.advance(c, st, nil); why != notClosing {
				return why
			}
			continue // what was done may have changed the deadline
		}
		if c.parked && len(c.in) >= parkedQuery {
			if st.waitUnread() {
				return closedByPeer
			}
			if why := s.overdue(c, st); why != notClosing {
				return why
			}
			continue
		}
		n, err := st.nc.Read(buf)
		c.bytes.in.Add(uint64(n))
		if n > 0 {
			if why := s.advance(c, st, buf[:n]); why != notClosing {
				return why
			}
		}
		switch {
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return closedByPeer
		case c.draining && !c.parked && !c.mail.some.Load() && !time.Now().Before(st.stopBy):
			return closedByShutdown
		default:
			if why := s.overdue(c, st); why != notClosing {
				return why
			}
		}
	}
}

// waitUnread waits for mail, the read deadline, or the peer's end, and reads nothing: so many requests wait already. It
// reports whether the peer has ended.
func (s *stream) waitUnread() (ended bool) {
	if s.socket.known() {
		return s.socket.waitForEnd()
	}
	<-s.mail
	return false
}

// advance does what others asked of the connection's owner, serves the requests that have arrived, data being the last
// bytes, and sends the replies.
func (s *Server) advance(c *conn, st *stream, data []byte) reason {
	if len(data) == 0 && !c.mail.some.Load() {
		return notClosing
	}
	w := s.workers.Get().(*worker)
	defer s.workers.Put(w)
	w.attach(c, s.clock.Now())
	w.runTasks(c)
	for {
		received := c.received(data)
		data = nil
		c.waiting = c.waiting && len(received) > 0
		if rest := received; len(rest) > 0 && c.closing == notClosing {
			if !c.parked {
				rest = w.serve(c, received)
				w.call.End()
			}
			if len(rest) < len(received) {
				st.since = time.Time{} // what is unfinished now is another request
			}
			c.keep(received, rest)
		}
		if err := s.send(c, st, w); err != nil {
			st.aborted.Store(true)
			if w.runTasks(c); !c.closing.abrupt() { // whoever ended the write left the reason in the mailbox
				c.closing = closedByWriteError
			}
			w.endRound()
		}
		if c.closing != notClosing {
			return c.closing
		}
		if !c.waiting || c.parked {
			st.note(c)
			return notClosing
		}
		w.attach(c, s.clock.Now())
	}
}

// note remembers since when a request is unfinished.
func (s *stream) note(c *conn) {
	switch {
	case len(c.in) == 0 || c.parked:
		s.since = time.Time{}
	case s.since.IsZero():
		s.since = time.Now()
	}
}

// send writes the replies that a worker has gathered.
func (s *Server) send(c *conn, st *stream, w *worker) error {
	defer w.endRound()
	if c.closing.abrupt() {
		return nil
	}
	defer func() {
		c.overSoft = 0
		c.account(len(c.in), 0)
		st.untimed()
	}()
	for rest := w.out.buf; len(rest) > 0; {
		c.account(len(c.in), len(rest))
		piece := rest[:min(len(rest), writeSize)]
		now := s.elapsed()
		until := c.mayWait(len(rest), now)
		st.nc.SetWriteDeadline(s.at(min(until, now+s.limits.WriteTimeout.Milliseconds())))
		if st.aborted.Load() { // perhaps before the deadline was set
			return os.ErrDeadlineExceeded
		}
		n, err := st.nc.Write(piece)
		c.bytes.out.Add(uint64(n))
		if rest = rest[n:]; len(rest) > 0 && s.elapsed() >= c.mayWait(len(rest), now) {
			c.closing = closedByOutputLimit
			return os.ErrDeadlineExceeded
		}
		if err != nil {
			return err
		}
	}
	if c.neverAuthenticated() && c.unsentBytes(st.socket.unacked()) {
		c.closing = closedByOutputLimit
	}
	return nil
}

// readDeadline is when a connection that says nothing is looked at again.
func (s *Server) readDeadline(c *conn, st *stream) time.Time {
	now := time.Now()
	if c.draining && !c.parked {
		if st.stopBy.IsZero() {
			st.stopBy = now.Add(drainRead)
		}
		return st.stopBy
	}
	var at time.Time
	earlier := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if timeout := s.limits.timeout.Load(); timeout > 0 && !c.parked {
		earlier(now.Add(time.Duration(timeout) * time.Second))
	}
	if !st.since.IsZero() {
		earlier(st.since.Add(s.limits.FrameTimeout))
	}
	if !c.client.Authenticated() {
		earlier(s.at(c.begun).Add(s.limits.AuthTimeout))
	}
	return at
}

// drainRead is how long a stop waits for bytes that are on their way within this machine.
const drainRead = 20 * time.Millisecond

// overdue says which of a connection's deadlines is over.
func (s *Server) overdue(c *conn, st *stream) reason {
	timeout := s.limits.timeout.Load() * 1000
	switch {
	case !st.since.IsZero() && time.Since(st.since) >= s.limits.FrameTimeout:
		return closedByFrameTimeout
	case !c.client.Authenticated() && time.Since(s.at(c.begun)) >= s.limits.AuthTimeout:
		return closedByAuthTimeout
	case timeout > 0 && !c.parked && s.clock.Now()-c.client.LastUsed() >= timeout:
		return closedByTimeout
	}
	return notClosing
}

// linger waits for the peer's end after the last reply, where the connection can tell it that nothing more comes.
func (s *Server) linger(st *stream) {
	half, ok := st.nc.(interface{ CloseWrite() error })
	if !ok {
		return
	}
	half.CloseWrite() // where that fails, the peer may still take what was sent before
	var wait linger
	wait.begin(s.elapsed(), st.socket.unacked())
	buf := make([]byte, readSize)
	for {
		st.nc.SetReadDeadline(time.Now().Add(lingerTime / 5))
		if st.aborted.Load() || wait.over(s.elapsed(), st.socket.unacked(), s.limits) {
			return
		}
		var err error
		for err == nil {
			_, err = st.nc.Read(buf)
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}
