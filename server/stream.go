package server

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"sessd/server/netio"
)

// readSize is how many bytes a stream reads at once, and writeSize how many it writes.
const (
	readSize  = 16 << 10
	writeSize = 64 << 10
)

// past is a deadline that ends a read or write at once.
var past = time.Unix(1, 0)

// stream carries a connection that is wrapped, as TLS is, or where there are no event loops. A goroutine of its own
// reads, serves and writes in turns. A write that takes long keeps that goroutine, and a second one goes on reading and
// serving. From then on one writes and the other owns the connection.
type stream struct {
	nc       net.Conn
	socket   netio.RawSocket
	below    *timedSocket  // what carries it all; nil: something else does
	mail     chan struct{} // holds a token while there may be mail, for an owner that waits without reading
	greeting atomic.Bool   // the TLS handshake is under way, which no mail interrupts
	aborted  atomic.Bool   // nothing more is to be sent
	stopBy   time.Time     // until when a connection that is to end may still be read from
	watch    *time.Timer   // over writes

	mu      sync.Mutex // guards the rest, and the connection's out
	more    sync.Cond  // there is something to write, or the connection has ended
	writing bool       // the owner is in a write
	apart   bool       // there are two goroutines
	waits   bool       // the owner waits until everything is written
	ended   bool       // the owner is done
	why     reason     // for which it ended
}

// splitAfter is how long a write may take before somebody else reads.
const splitAfter = 5 * time.Millisecond

// newStream returns a stream whose handshake is to come.
func newStream(nc net.Conn) *stream {
	st := &stream{nc: nc, socket: netio.RawSocketOf(nc), mail: make(chan struct{}, 1)}
	if wrapped, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = wrapped.NetConn()
	}
	st.below, _ = nc.(*timedSocket)
	st.greeting.Store(true)
	st.more.L = &st.mu
	return st
}

// wake is part of transport: a read or wait that is under way ends as if its deadline had passed.
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

// descriptor is part of transport.
func (s *stream) descriptor() int { return s.socket.Descriptor() }

// queue is part of transport.
func (s *stream) queue(add func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add()
}

// unacked is part of transport.
func (s *stream) unacked() int { return s.socket.Unacked() }

// serveStream serves a connection until it ends, and returns why it did. It is for the connection's owner.
func (s *Server) serveStream(c *conn, st *stream) reason {
	buf := make([]byte, readSize)
	for {
		// The deadline is set before the mailbox is emptied: mail that comes later ends the read that follows.
		until := s.nextLook(c, st)
		st.nc.SetReadDeadline(until)
		why := notClosing
		switch {
		case c.mail.some.Load(), c.waiting && c.later == nil && c.closing == notClosing && c.reads():
			why = s.advance(c, st, nil) // what was done may have changed the deadline
		case c.closing.abrupt(), c.closing != notClosing && !c.unsent():
			return c.closing
		case c.closing != notClosing:
			if st.waitsForWrite(c) || len(c.held.replies) > 0 {
				st.wait(until)
			}
			why = c.overdue(s.elapsed())
		case c.peerEnded:
			if c.answered(); c.closing == notClosing {
				st.wait(until)
				why = c.overdue(s.elapsed())
			}
		case !c.reads():
			switch {
			case c.later != nil && !c.client.Waits() || len(c.held.replies) >= mostHeld:
				st.wait(until)
			case (c.later != nil || st.waitsForWrite(c)) && st.waitUnread(until):
				return closedByPeer
			}
			why = c.overdue(s.elapsed())
		default:
			why = s.readOnce(c, st, buf)
		}
		if why != notClosing {
			return why
		}
	}
}

// readOnce reads, and serves what it gets.
func (s *Server) readOnce(c *conn, st *stream, buf []byte) reason {
	n, err := st.nc.Read(buf)
	if n > 0 {
		c.bytes.in.Add(uint64(n))
		if why := s.advance(c, st, buf[:n]); why != notClosing {
			return why
		}
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		c.hasEnded()
	case !errors.Is(err, os.ErrDeadlineExceeded):
		c.close(closedByPeer)
	case c.draining && !c.owesReply() && !c.mail.some.Load() && !time.Now().Before(st.stopBy):
		c.close(closedByShutdown)
	default:
		return c.overdue(s.elapsed())
	}
	return notClosing
}

// waitsForWrite reports whether there is something to be written, and makes the goroutine that writes wake the caller then.
func (s *stream) waitsForWrite(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits = c.out.waiting() > 0
	return s.waits
}

// wait waits for wake, or until a time; the zero time: for ever.
func (s *stream) wait(until time.Time) {
	if until.IsZero() {
		<-s.mail
		return
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-s.mail:
	case <-timer.C:
	}
}

// waitUnread waits for wake, a time, or the peer's end, and reads nothing: enough waits already. It reports whether the peer
// has ended.
func (s *stream) waitUnread(until time.Time) (ended bool) {
	if s.socket.Known() {
		return s.socket.WaitForEnd()
	}
	s.wait(until)
	return false
}

// advance does what others asked of the connection's owner, serves the requests that have arrived, data being the last
// bytes, and sends the replies. It returns why the connection ended, if it did.
func (s *Server) advance(c *conn, st *stream, data []byte) reason {
	w := s.workers.Get().(*worker)
	for {
		now := s.elapsed()
		if len(data) > 0 {
			c.moved(now)
		}
		w.attach(c, s.clock.Now())
		w.readMail(c)
		received := c.received(data)
		data = nil
		c.waiting = c.waiting && len(received) > 0
		if rest := received; len(rest) > 0 && c.closing == notClosing {
			if c.later == nil {
				rest = w.serve(c, received)
				w.call.End()
			}
			c.keep(received, rest, now)
		}
		w.call.End() // nobody waits for the write
		w.hold(c)
		if s.commit() && c.wrote {
			c.closing = closedByLogError
		}
		owner, err := st.send(c, w, now)
		if owner && err != nil {
			if w.readMail(c); !c.closing.abrupt() { // whoever ended the write left the reason in the mailbox
				c.closing = closedByWriteError
			}
		}
		w.endRound()
		if !owner {
			s.workers.Put(w)
			return st.writeOn(c, err)
		}
		if c.closing != notClosing || !c.waiting || c.later != nil || !c.reads() {
			s.workers.Put(w)
			return notClosing
		}
	}
}

// send writes the replies that a worker has gathered, or leaves them to the goroutine that writes. It reports whether the
// caller still owns the connection; a caller that does not has nothing to do but to write on.
func (st *stream) send(c *conn, w *worker, now int64) (owner bool, err error) {
	replies := w.out.Buf
	if c.closing.abrupt() || len(replies) == 0 && c.out.waiting() == 0 {
		return true, nil
	}
	st.mu.Lock()
	owner = true
	if len(replies) <= writeSize && c.out.waiting() == 0 && !st.apart {
		c.out.lend(replies)
	} else {
		c.out.add(replies)
		w.endRound()
	}
	c.noteOutput(now)
	if st.apart {
		st.more.Signal()
		st.mu.Unlock()
	} else {
		st.writing = true
		st.mu.Unlock()
		if st.below == nil || st.below.raw == nil {
			st.watchWrite(c)
		} else if st.below.waits == nil {
			st.below.waits = func() { st.watchWrite(c) }
		}
		err = st.write(c)
		st.mu.Lock()
		if st.writing, owner = false, !st.apart; owner && st.watch != nil {
			st.watch.Stop()
		}
		st.mu.Unlock()
	}
	if owner && c.floods() {
		c.closing = closedByOutputLimit
	}
	return owner, err
}

// watchWrite makes another goroutine the owner if the write that follows takes long. It is called only for writes that may
// wait: to set a timer costs more than a write.
func (st *stream) watchWrite(c *conn) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.apart:
	case st.watch == nil:
		st.watch = time.AfterFunc(splitAfter, func() { st.lookAtWrite(c) })
	default:
		st.watch.Reset(splitAfter)
	}
}

// lookAtWrite runs when a write takes long. An owner that reads may itself wait for that write, in the TLS layer, so its
// deadline is watched from here too.
func (st *stream) lookAtWrite(c *conn) {
	st.mu.Lock()
	defer st.mu.Unlock()
	patience := c.server.limits.WriteTimeout
	switch {
	case st.ended || !st.apart && !st.writing: // the write that was watched is done
		return
	case !st.apart:
		st.apart = true
		go st.own(c)
	case c.out.waiting() > 0 && c.Idle() >= 2*patience:
		c.kill(closedByWriteTimeout)
		return
	}
	st.watch.Reset(patience)
}

// own serves the connection while another goroutine writes, until it ends.
func (st *stream) own(c *conn) {
	why := c.server.serveStream(c, st)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.ended, st.why = true, why
	st.watch.Stop()
	if why.abrupt() {
		st.aborted.Store(true)
		st.nc.SetWriteDeadline(past)
	}
	st.more.Signal()
}

// write writes what waits, until nothing does.
func (st *stream) write(c *conn) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	for !st.ended {
		piece := c.out.next()
		if len(piece) == 0 {
			return nil
		}
		st.mu.Unlock()
		n, err := st.writeOnce(piece[:min(len(piece), writeSize)])
		st.mu.Lock()
		c.bytes.out.Add(uint64(n))
		now := c.server.elapsed()
		c.out.sent(n)
		c.moved(now)
		c.noteOutput(now)
		if err != nil {
			st.aborted.Store(true)
			return err
		}
	}
	return nil
}

// writeOnce writes a piece. It has no deadline: the connection's own ends it.
func (st *stream) writeOnce(piece []byte) (n int, err error) {
	if st.aborted.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	if st.below != nil {
		st.below.watched.Store(true)
		defer st.below.watched.Store(false)
	}
	return st.nc.Write(piece)
}

// writeOn writes what the connection's owner leaves, until the connection ends, and returns why it did. err is that of the
// last write.
func (st *stream) writeOn(c *conn, err error) reason {
	for {
		if err == nil {
			err = st.write(c)
		}
		if err != nil {
			c.post(0, letter{task: func(_ *worker, c *conn) {
				if !c.closing.abrupt() {
					c.closing = closedByWriteError
				}
			}})
		}
		st.mu.Lock()
		if st.waits {
			st.waits = false
			st.wake()
		}
		for !st.ended && (err != nil || c.out.waiting() == 0) {
			st.more.Wait()
		}
		ended, why := st.ended, st.why
		st.mu.Unlock()
		if ended {
			return why
		}
	}
}

// nextLook returns until when a connection that says nothing is left alone.
func (s *Server) nextLook(c *conn, st *stream) time.Time {
	if c.draining && !c.owesReply() && c.closing == notClosing && c.reads() {
		if st.stopBy.IsZero() {
			st.stopBy = time.Now().Add(drainRead)
		}
		return st.stopBy
	}
	if at, _ := c.due(s.elapsed()); at != never {
		return s.at(at)
	}
	return time.Time{}
}

// drainRead is how long a stop waits for bytes that are on their way within this machine.
const drainRead = 20 * time.Millisecond

// linger waits for the peer's end after the last reply, where the connection can tell it that nothing more comes.
func (s *Server) linger(st *stream) {
	half, ok := st.nc.(interface{ CloseWrite() error })
	if !ok {
		return
	}
	half.CloseWrite() // where that fails, the peer may still take what was sent before
	var wait linger
	wait.begin(s.elapsed(), st.unacked())
	buf := make([]byte, readSize)
	for {
		st.nc.SetReadDeadline(time.Now().Add(lingerTime / 5))
		if st.aborted.Load() || wait.over(s.elapsed(), st.unacked(), s.limits) {
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
