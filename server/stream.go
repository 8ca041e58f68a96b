package server

import (
	"errors"
	"net"
	"os"
	"time"
)

// readSize is how many bytes a stream reads at once, and writeSize how many must be taken within a write timeout.
const (
	readSize  = 16 << 10
	writeSize = 64 << 10
)

// past is a deadline that ends a read or write at once.
var past = time.Unix(1, 0)

// stream drives a connection with a goroutine of its own, which blocks in reads and writes.
type stream struct {
	nc   net.Conn
	mail chan struct{} // holds a token while there may be mail
}

// wake is part of driver: a read that is under way ends as if its deadline had passed.
func (s *stream) wake() {
	s.nc.SetReadDeadline(past)
	select {
	case s.mail <- struct{}{}:
	default:
	}
}

// abort is part of driver.
func (s *stream) abort() {
	s.nc.SetWriteDeadline(past)
	s.wake()
}

// serveStream serves a connection until it ends, and says why it did.
func (s *Server) serveStream(c *conn, st *stream) reason {
	buf := make([]byte, readSize)
	for {
		// The deadline is set before the mailbox is emptied: mail that comes later ends the read that follows.
		st.nc.SetReadDeadline(s.readDeadline())
		if why := s.advance(c, st, nil); why != notClosing {
			return why
		}
		if c.parked && len(c.in) >= s.limits.parkedQueryBytes {
			<-st.mail
			continue
		}
		n, err := st.nc.Read(buf)
		s.inputBytes.Add(uint64(n))
		if n > 0 {
			if why := s.advance(c, st, buf[:n]); why != notClosing {
				return why
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			if timeout := s.limits.timeout.Load(); timeout > 0 && !c.parked && c.client.Info().Idle >= time.Duration(timeout)*time.Second {
				return closedByTimeout
			}
		default:
			return closedByPeer
		}
	}
}

// advance does what others asked of the connection's owner, serves the requests that have arrived, data being the last
// bytes, and sends the replies.
func (s *Server) advance(c *conn, st *stream, data []byte) reason {
	tasks := c.mail.take(false)
	if len(tasks) == 0 && len(data) == 0 {
		return notClosing
	}
	w := s.workers.Get().(*worker)
	defer s.workers.Put(w)
	w.bind(c)
	for _, t := range tasks {
		t(w, c)
	}
	received := c.received(data)
	rest := received
	for {
		rest = w.serve(c, rest)
		more := w.full()
		if err := s.send(c, st, w); err != nil {
			c.close(closedByWriteError)
		}
		if c.draining && !c.parked && !more {
			c.close(closedByShutdown)
		}
		if c.closing != notClosing {
			return c.closing
		}
		if !more {
			c.keep(received, rest)
			return notClosing
		}
	}
}

// send writes the replies that a worker has gathered.
func (s *Server) send(c *conn, st *stream, w *worker) error {
	defer w.sent()
	if c.closing == closedByOutputLimit || c.closing == closedByKill {
		return nil
	}
	s.outputBytes.Add(uint64(len(w.out.buf)))
	c.outputBytes.Store(int64(len(w.out.buf)))
	defer c.outputBytes.Store(0)
	for rest := w.out.buf; len(rest) > 0; {
		piece := rest[:min(len(rest), writeSize)]
		st.nc.SetWriteDeadline(time.Now().Add(s.limits.writeTimeout))
		n, err := st.nc.Write(piece)
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// readDeadline is when a connection that says nothing is looked at again.
func (s *Server) readDeadline() time.Time {
	if timeout := s.limits.timeout.Load(); timeout > 0 {
		return time.Now().Add(time.Duration(timeout) * time.Second)
	}
	return time.Time{}
}
