package server

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"sessd/commands"
	"sessd/server/netio"
)

// loop is an event loop: one goroutine that serves many sockets, each in turns of bounded work. What a turn needs belongs
// to the loop, so a socket that is idle has no buffer.
type loop struct {
	server *Server
	worker *worker
	poll   *netio.Poll
	io     netio.IO
	stats  *commands.Stats
	bytes  traffic
	buf    []byte // what is read, for one socket after another
	filled int    // bytes of it that sockets have which are still to have their turn

	count     atomic.Int64     // sockets that it serves or is about to
	sockets   []*socket        // by descriptor
	live      int              // how many there are
	replied   []*socket        // those whose replies are to be sent
	sending   []netio.Outgoing // these replies
	runnable  []*socket        // those that have more to do than one turn
	spareList []*socket        // the memory of a list that was more
	deadlines deadlines        // of those that have one
	slept     uint64           // so many times, from 1
	pipelines int              // sockets that have sent one since then
	clock     int64            // milliseconds since the Unix epoch
	now       int64            // milliseconds since the server began

	resolution int64 // of deadlines, in milliseconds

	at   time.Duration // what now is, more exactly
	load load

	asleep atomic.Bool // or about to be: whoever leaves something must wake it
	mail   atomic.Bool // there is something in the inbox
	mu     sync.Mutex  // guards the rest
	inbox  []*socket   // those that are new, or have mail
	ending bool        // ends with its last socket
}

// loopRead is how many bytes a loop reads at once, which bounds the work of a turn. There is room for one read more than
// those after which no further one begins.
const (
	loopRead   = 64 << 10
	loopBuffer = 3 * loopRead
)

// newLoops returns n event loops, which run as soon as somebody calls run.
func newLoops(s *Server, n int, holds bool) ([]*loop, error) {
	var all []*loop
	for range n {
		p, err := netio.NewPoll(holds)
		if err != nil {
			for _, l := range all {
				l.close()
			}
			return nil, err
		}
		all = append(all, &loop{
			server: s, slept: 1, worker: newLoopWorker(s), poll: p, io: s.newIO(), stats: s.dispatcher.NewStats(), buf: make([]byte, loopBuffer),
			resolution: s.limits.resolution(),
		})
	}
	return all, nil
}

func newLoopWorker(s *Server) *worker {
	w := newWorker(s)
	w.onLoop = true
	return w
}

func (l *loop) close() {
	l.poll.Close()
	l.io.Close()
}

// run serves the loop's sockets until end was called and the last of them is closed.
func (l *loop) run() {
	defer l.close()
	for ending := false; !ending || l.live > 0; {
		inbox, end := l.takeInbox()
		ending = ending || end
		if len(inbox) > 0 {
			l.updateClock()
		}
		for _, s := range inbox {
			if !s.registered && !s.gone {
				l.register(s)
			}
			l.serveSocket(s)
		}
		l.deliver()
		if !ending || l.live > 0 {
			l.round()
		}
	}
}

// round waits for something to happen, and gives a turn to each socket that has something to do.
func (l *loop) round() {
	l.asleep.Store(true)
	sleep, before := len(l.runnable) == 0 && !l.mail.Load(), time.Duration(0)
	if sleep {
		before = time.Since(l.server.began)
	}
	events, err := l.wait(sleep)
	l.asleep.Store(false)
	if err != nil {
		l.server.log.Error("event loop cannot wait", "error", err)
		time.Sleep(time.Second) // nothing mends it; at least it does not spin
	}
	l.updateClock()
	if sleep {
		l.load.asleep += l.at - before
		if l.at-before >= nap {
			l.slept++
			l.pipelines = 0
		}
	}
	for len(events) > 0 {
		events = l.serveSome(events)
	}
	more := l.runnable
	l.runnable = l.spareList[:0]
	for i, s := range more {
		more[i], s.again = nil, false
		l.serveSocket(s)
	}
	l.deliver()
	l.spareList = more
	l.lookAtOverdue()
	l.measureLoad()
}

// wait returns what has happened, and may sleep until something does. Where many clients pipeline, it lets their requests
// gather first: they wait for many replies anyway, and are busy with those of others.
func (l *loop) wait(sleep bool) ([]unix.EpollEvent, error) {
	if sleep && l.pipelines >= manyPipelines {
		if events := l.poll.Gather(); len(events) > 0 {
			return events, nil
		}
	}
	return l.poll.Wait(sleep, l.nextDeadline())
}

const (
	pipelineRequests = 4                    // are a pipeline
	manyPipelines    = 20                   // keep clients busy while requests gather
	nap              = 4 * time.Microsecond // in which a wait that does not sleep is over
)

// serveSome gives a turn to as many sockets as the buffer has room for, and returns the events of the others. All of them
// are read from before the first has its turn, so that the store can be told together what they will ask for.
func (l *loop) serveSome(events []unix.EpollEvent) (rest []unix.EpollEvent) {
	n := 0
	for l.filled = 0; n < len(events) && l.filled <= loopBuffer-2*loopRead; n++ {
		if s := l.socket(int(events[n].Fd)); s != nil {
			s.onEvents(events[n].Events)
			if s.plain() {
				l.read(s)
			}
		}
	}
	if n > 1 {
		for i := range n {
			if s := l.socket(int(events[i].Fd)); s != nil && len(s.data) > 0 {
				l.worker.prefetchFirst(&s.conn, s.data)
			}
		}
		l.worker.prefetch()
	}
	for i := range n {
		if s := l.socket(int(events[i].Fd)); s != nil {
			l.serveSocket(s)
		}
	}
	l.deliver()
	return events[n:]
}

// updateClock caches the current time. Every socket served in this round sees it.
func (l *loop) updateClock() {
	l.clock = l.server.clock.Now()
	l.at = time.Since(l.server.began)
	l.now = 1 + l.at.Milliseconds()
}

// serveSocket does for a socket what can be done now: mail, replies that wait, and one read with its requests. Of these
// it serves no more than fill a reply buffer.
func (l *loop) serveSocket(s *socket) {
	if !s.registered {
		return // closed in an earlier turn of this round
	}
	if s.lingers() {
		l.linger(s)
		return
	}
	w := l.worker
	w.attach(&s.conn, l.clock)
	if s.mail.some.Load() {
		w.readMail(&s.conn)
		if s.draining {
			s.drainBytes = s.received() + len(s.data) // what the kernel has by now is to be answered too
			s.readable = s.drainBytes > 0
		}
	}
	if s.out.waiting() > 0 && !s.closing.abrupt() {
		w.call.End()
		s.flush()
		w.limit(&s.conn)
	}
	if s.closing == notClosing && (s.readDone || !w.outputFull()) {
		l.serve(s)
	}
	s.data, s.readDone = nil, false
	w.hold(&s.conn)
	if s.replies = [2]int{w.base, len(w.out.Buf)}; s.replies[0] == s.replies[1] {
		l.settle(s)
		return
	}
	if l.replied = append(l.replied, s); len(w.out.Buf) >= replyBatch {
		l.deliver()
	}
}

// replyBatch is how many bytes of replies, of all sockets, are gathered at most before they are sent.
const replyBatch = 256 << 10

// deliver sends the replies of all sockets that had a turn. Sent together they wake clients and this loop less often: the
// clients are still busy with the first when the last leaves.
func (l *loop) deliver() {
	l.worker.call.End()
	failed := l.server.commit()
	for _, s := range l.replied {
		if failed && s.wrote {
			s.closing = closedByLogError
		}
		o := netio.Outgoing{FD: s.fd}
		if s.sendsNow() {
			o.Data = l.worker.out.Buf[s.replies[0]:s.replies[1]]
		}
		l.sending = append(l.sending, o)
	}
	l.io.SendAll(l.sending)
	for i, s := range l.replied {
		s.sent(l.worker.out.Buf[s.replies[0]:s.replies[1]], &l.sending[i])
		l.settle(s)
		l.replied[i] = nil
	}
	l.replied = l.replied[:0]
	clear(l.sending)
	l.sending = l.sending[:0]
	l.worker.endRound()
}

// serve runs the requests that wait, or those of one read.
func (l *loop) serve(s *socket) {
	c, w := &s.conn, l.worker
	if !s.readDone && !c.reads() {
		return
	}
	received := c.in
	if s.readDone || c.later != nil || !c.waiting {
		if !s.readDone {
			if !s.mayRead() {
				return
			}
			w.call.End() // the time that reading takes is not the last command's
			l.read(s)
			l.filled -= len(s.data) // what it leaves is copied before anything else is read
		}
		if len(s.data) == 0 {
			return
		}
		s.drainBytes -= len(s.data)
		received = c.received(s.data)
	}
	rest := received
	if c.later == nil {
		before := w.requests
		rest = w.serve(c, received)
		if w.requests-before >= pipelineRequests && s.slept != l.slept {
			s.slept = l.slept
			l.pipelines++
		}
	}
	if len(rest) > 0 || len(c.in) > 0 || c.later != nil {
		c.keep(received, rest, l.now)
		c.prepare()
	}
}

// read reads once from a socket.
func (l *loop) read(s *socket) {
	n, end := s.read(l.buf[l.filled:][:loopRead])
	switch {
	case end && s.broken:
		s.close(closedByPeer)
	case end:
		s.hasEnded()
	}
	s.data, s.readDone = l.buf[l.filled:][:n], true
	l.filled += n
	l.bytes.in.Add(uint64(n))
	if n > 0 {
		s.moved(l.now)
	}
}

// settle decides what becomes of a socket after a turn.
func (l *loop) settle(s *socket) {
	s.answered()
	unsent := s.unsent()
	if s.draining && !s.waiting && !s.mayRead() && !s.owesReply() && !unsent {
		s.close(closedByShutdown)
	}
	switch {
	case s.closing != notClosing:
		if s.closing.abrupt() || s.closing == closedByPeer && !unsent {
			l.closeSocket(s)
			return
		}
		if !unsent {
			unix.Shutdown(s.fd, unix.SHUT_WR)
			s.end()
			s.ending.begin(l.now, s.unacked())
			s.readable = true
			l.linger(s)
			return
		}
	case s.later != nil && s.ended && len(s.in) >= parkedQuery && s.client.Waits():
		s.close(closedByPeer) // nothing is read that could tell
		l.closeSocket(s)
		return
	case s.reads() && (s.mayRead() || s.waiting && s.later == nil):
		l.queue(s)
	}
	if s.unflushed {
		l.queue(s)
	}
	at, _ := s.due(l.now)
	l.lookAgain(s, at)
}

// linger reads what a closed connection still sends, until its peer has ended too.
func (l *loop) linger(s *socket) {
	if s.aborted.Load() {
		l.closeSocket(s)
		return
	}
	for range 16 {
		if !s.readable {
			l.lookAgain(s, l.now+lingerLook)
			return
		}
		if _, end := s.read(l.buf[l.filled:][:loopRead]); end {
			l.closeSocket(s)
			return
		}
	}
	l.queue(s)
	l.lookAgain(s, l.now+lingerLook)
}

// lingers reports whether a socket is closed but for its peer.
func (s *socket) lingers() bool { return s.ending.since != 0 }

// queue gives a socket another turn after the others had theirs.
func (l *loop) queue(s *socket) {
	if !s.again {
		s.again = true
		l.runnable = append(l.runnable, s)
	}
}

// onEvents notes what the poll tells.
func (s *socket) onEvents(events uint32) {
	if events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		s.readable = true
	}
	if events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		s.ended = true
	}
	if events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 && s.out.waiting() > 0 {
		s.close(closedByPeer)
		s.out.clear()
	}
}

func (l *loop) socket(fd int) *socket {
	if fd < len(l.sockets) {
		return l.sockets[fd]
	}
	return nil
}

// register begins to serve a socket.
func (l *loop) register(s *socket) {
	if s.fd >= len(l.sockets) {
		grown := make([]*socket, max(s.fd+1, 2*len(l.sockets), 64))
		copy(grown, l.sockets)
		l.sockets = grown
	}
	l.sockets[s.fd] = s
	l.live++
	s.registered, s.lookAt = true, never
	if err := l.poll.Add(s.fd); err != nil {
		l.server.log.Error("connection cannot be watched", "client", s.client.ID, "error", err)
		s.closing = closedByWriteError
	}
}

// closeSocket ends a connection.
func (l *loop) closeSocket(s *socket) {
	if !s.registered {
		return
	}
	l.forgetDeadline(s)
	s.registered, s.gone = false, true
	l.sockets[s.fd] = nil
	l.live--
	s.release(l.now)
	l.server.remove(&s.conn, s.closing)
	unix.Close(s.fd)
	l.count.Add(-1)
}
