package server

import (
	"sync/atomic"

	"golang.org/x/sys/unix"

	"sessd/server/netio"
)

// socket drives a connection of an event loop. Only the loop touches it, but for the driver's methods.
type socket struct {
	conn
	loop atomic.Pointer[loop] // changes under the lock of the one before
	fd   int

	data       []byte // what was read and is to be served in this turn
	readDone   bool   // it was read, be it nothing
	replies    [2]int // where those of this turn begin and end in the worker's buffer
	drainBytes int    // bytes that had come when the server began to stop, and are still to be read
	ending     linger // once the connection is closed
	movedAt    int64  // when it came from another loop; 0: it did not
	lookAt     int64  // when the loop looks at its deadline; never: it has none
	slept      uint64 // the loop's, when it last sent a pipeline
	place      int    // among the loop's deadlines, from 1; 0: not among them
	mailed     bool   // in the loop's inbox; guarded by the loop's lock
	registered bool   // the loop serves it
	gone       bool   // the loop has served it
	again      bool   // in the list of those that have more to do
	readable   bool   // the kernel may have bytes
	ended      bool   // the peer says nothing more: what there is to read ends
	broken     bool   // the connection is no more
	awaiting   bool   // the poll also tells of room to write
	unflushed  bool   // more replies wait than a turn sends, and there may be room
	aborted    atomic.Bool
}

// wake is part of driver.
func (s *socket) wake() {
	for !s.loop.Load().wake(s) {
	}
}

// abort is part of driver. Nothing here waits for a write.
func (s *socket) abort() {
	s.aborted.Store(true)
	s.wake()
}

// descriptor is part of transport.
func (s *socket) descriptor() int { return s.fd }

// queue is part of transport. Only the loop reads what waits.
func (s *socket) queue(add func()) { add() }

// unacked is part of transport.
func (s *socket) unacked() int { return netio.Unacked(s.fd) }

// plain reports whether all that a turn would do is to read and to serve what was read.
func (s *socket) plain() bool {
	return s.readable && !s.lingers() && s.closing == notClosing && s.out.waiting() == 0 && s.later == nil && !s.waiting && !s.preparing && !s.draining &&
		!s.mail.some.Load()
}

// mayRead reports whether the kernel may have bytes, and when the server stops, bytes that had come before.
func (s *socket) mayRead() bool { return s.readable && (!s.draining || s.drainBytes > 0) }

// read reads once into buf. The returned end says that nothing more will come.
func (s *socket) read(buf []byte) (n int, end bool) {
	got, errno := s.loop.Load().io.Receive(s.fd, buf)
	switch {
	case errno == unix.EINTR:
		return 0, false
	case errno == unix.EAGAIN:
		s.readable = false
		return 0, false
	case errno != 0 || got == 0:
		s.readable, s.broken = false, errno != 0
		return 0, true
	}
	// A read that does not fill its buffer has emptied the socket, and the poll tells when more arrives. But it told of
	// the end already.
	s.readable = got == len(buf) || s.ended
	return got, false
}

// received returns how many bytes the kernel has.
func (s *socket) received() int {
	n, err := unix.IoctlGetInt(s.fd, unix.SIOCINQ)
	if err != nil {
		return 0
	}
	return n
}

// write writes once. The returned room is false when the kernel takes nothing more for now.
func (s *socket) write(data []byte) (n int, room bool, err error) {
	o := netio.Outgoing{Data: data}
	o.N, o.Errno = s.loop.Load().io.Send(s.fd, data)
	return s.outcome(&o)
}

// outcome says what a send has come to, which is done again where a signal has interrupted it.
func (s *socket) outcome(o *netio.Outgoing) (n int, room bool, err error) {
	for o.Errno == unix.EINTR {
		o.N, o.Errno = s.loop.Load().io.Send(s.fd, o.Data)
	}
	switch o.Errno {
	case 0:
		return o.N, o.N == len(o.Data), nil
	case unix.EAGAIN:
		return 0, false, nil
	}
	return 0, false, o.Errno
}

// sendsNow reports whether new replies go to the kernel at once. They do not where others wait before them, and where nobody
// will read them.
func (s *socket) sendsNow() bool { return s.out.waiting() == 0 && !s.closing.abrupt() }

// sent notes what has become of new replies that were offered to the kernel. What it has not taken waits, behind what
// waits already.
func (s *socket) sent(fresh []byte, o *netio.Outgoing) {
	if s.closing.abrupt() {
		return
	}
	now := s.loop.Load().now
	if len(o.Data) > 0 {
		n, room, err := s.outcome(o)
		s.bytes.out.Add(uint64(n))
		fresh = fresh[n:]
		switch {
		case err != nil:
			s.closing = closedByWriteError
			return
		case !room:
			s.awaitRoom(true)
		}
		s.moved(now)
	}
	if len(fresh) > 0 {
		s.out.add(fresh)
		s.noteOutput(now)
	}
	if s.floods() {
		s.closing = closedByOutputLimit
	}
}

// awaitRoom makes the poll tell of room to write, or no longer.
func (s *socket) awaitRoom(on bool) {
	if s.awaiting != on {
		s.awaiting = on
		s.loop.Load().poll.AwaitRoom(s.fd, on)
	}
}

// flushBytes is about how many bytes of replies that wait a turn sends: the loop has others to serve.
const flushBytes = 256 << 10

// flush sends replies that wait, as many as the kernel takes and a turn may send.
func (s *socket) flush() {
	now, left, room := s.loop.Load().now, flushBytes, true
	for room && left > 0 && s.out.waiting() > 0 {
		var (
			n   int
			err error
		)
		next := s.out.next()
		n, room, err = s.write(next[:min(len(next), left)])
		left -= n
		s.bytes.out.Add(uint64(n))
		s.out.sent(n)
		if n > 0 {
			s.moved(now)
		}
		if err != nil {
			s.closing = closedByWriteError
			return
		}
	}
	s.noteOutput(now)
	waits := s.out.waiting() > 0
	s.awaitRoom(waits && !room)
	s.unflushed = waits && room
	if !waits && s.frameSince != 0 && !s.client.Authenticated() {
		s.frameSince = now // it was not read from while replies waited
	}
}
