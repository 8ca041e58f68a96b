package server

import (
	"math"
	"sync/atomic"

	"sessd/commands"
	"sessd/server/resp"
)

// conn is a connection, whatever carries its bytes. One goroutine at a time owns it: only the owner touches what is not
// marked otherwise, and everybody else hands the owner a task through post.
type conn struct {
	server    *Server
	client    *commands.Client
	transport transport
	stats     *commands.Stats
	bytes     *traffic

	in                []byte     // received and not yet served: an unfinished request, or requests that wait
	out               []byte     // replies that could not be sent yet
	frame             resp.Frame // how far the request at the beginning of in is known
	begun             int64      // when the connection began, or its client logged in or out, in milliseconds since the server began
	overSoft          int64      // since when out is over the soft limit, in milliseconds since the server began; 0: it is not
	held              int        // bytes of the request at the beginning of in that is answered later
	parked            bool       // a command answers later; the requests behind it wait
	waiting           bool       // in may hold requests that are complete
	everAuthenticated bool       // it has authenticated once, whoever it is now
	draining          bool       // to be closed as soon as no reply is owed
	local             bool       // over a unix socket
	closing           reason     // why the connection is to be closed once its replies are sent; notClosing: it is not

	queryBytes, outputBytes atomic.Int64 // what Buffers tells, from any goroutine

	mail mailbox
}

// transport moves a connection's bytes. Its methods may be called from any goroutine.
type transport interface {
	wake()  // makes the owner look into the mailbox soon
	abort() // the same, and gives up what is being sent and the wait for the peer
}

// traffic counts the bytes of many connections.
type traffic struct {
	in, out atomic.Uint64
}

// close makes the connection end once the replies so far are sent. The first reason counts.
func (c *conn) close(why reason) {
	if c.closing == notClosing {
		c.closing = why
	}
}

// CloseAfterReply is part of commands.Conn.
func (c *conn) CloseAfterReply() { c.close(closedByCommand) }

// Later is part of commands.Conn.
func (c *conn) Later() commands.Pending {
	c.parked = true
	c.server.parked.Add(1)
	return &later{conn: c, silent: c.client.Silent()}
}

// later is the reply to a parked call.
type later struct {
	conn    *conn
	silent  bool // the client does not want it
	claimed atomic.Bool
}

// Claim is part of commands.Pending.
func (l *later) Claim() bool { return l.claimed.CompareAndSwap(false, true) }

// Reply is part of commands.Pending.
func (l *later) Reply(write func(commands.Reply)) {
	l.conn.post(0, func(w *worker, c *conn) { c.resume(w, write, l.silent) })
}

// Again is part of commands.Pending.
func (l *later) Again() {
	l.conn.post(0, func(w *worker, c *conn) { c.resume(w, nil, l.silent) })
}

// resume answers the request that is held, or makes it run again when there is no answer, and lets those behind it run.
func (c *conn) resume(w *worker, answer func(commands.Reply), silent bool) {
	c.parked = false
	c.server.parked.Add(-1)
	if answer != nil {
		mark := w.out.Mark()
		answer(&w.out)
		if silent {
			w.out.Rewind(mark)
		}
		c.in = c.in[c.held:]
	}
	c.held, c.waiting = 0, len(c.in) > 0
}

// Push is part of commands.Conn.
func (c *conn) Push(m *commands.Message) bool {
	size := len(m.Encode(2, func(write func(commands.Reply)) []byte {
		w := writer{client: new(commands.Client), most: math.MaxInt}
		write(&w)
		return w.buf
	}))
	waiting, read := c.post(size, func(w *worker, _ *conn) { m.Write(&w.out) })
	if waiting > int64(c.server.limits.output(true))-c.outputBytes.Load() {
		c.kill(closedByOutputLimit)
	}
	return read
}

// Buffers is part of commands.Conn.
func (c *conn) Buffers() (query, output int) {
	return int(c.queryBytes.Load()), int(c.outputBytes.Load() + c.mail.size.Load())
}

// post leaves a task for the owner, from any goroutine. It returns how many bytes of output all that was left stands
// for, size being the part of this one, and whether somebody will read it.
func (c *conn) post(size int, t task) (waiting int64, read bool) {
	if waiting, read = c.mail.put(size, t); read {
		if size > 0 {
			c.server.buffer(int64(size))
		}
		c.transport.wake()
	}
	return waiting, read
}

// tasks empties the mailbox; the last call closes it.
func (c *conn) tasks(last bool) []task {
	tasks, size := c.mail.take(last)
	if size > 0 {
		c.server.buffer(-size)
	}
	return tasks
}

// kill ends the connection at once, from any goroutine; replies that wait are lost. One that lingers has no reason to be
// told any more.
func (c *conn) kill(why reason) {
	c.mail.put(0, func(_ *worker, c *conn) { c.closing = why })
	c.transport.abort()
}

// drain ends the connection as soon as what it has asked is answered, from any goroutine.
func (c *conn) drain() {
	c.post(0, func(_ *worker, c *conn) { c.draining = true })
}

// neverAuthenticated reports whether the client has never authenticated. One that has and logged out, as pools of connections do between
// their users, may still be about to read what it was sent as another.
func (c *conn) neverAuthenticated() bool { return !c.everAuthenticated && !c.client.Authenticated() }

// unsentBytes reports whether too many replies wait for a client that has not authenticated, those included that the kernel holds.
// On a unix socket those are left out: it counts memory there, most of a KiB for the shortest reply, and holds little.
func (c *conn) unsentBytes(untaken int) bool {
	if c.local {
		untaken = 0
	}
	return untaken+len(c.out) > unauthOutput
}

// received returns all bytes that wait to be served, data being the last of them.
func (c *conn) received(data []byte) []byte {
	if len(c.in) == 0 {
		return data
	}
	c.in = append(c.in, data...)
	return c.in
}

// keep stores what was left of the received bytes. What was stored before is not copied for bytes that drip in behind it,
// nor for requests that are taken from it one by one.
func (c *conn) keep(received, rest []byte) {
	switch {
	case len(rest) == 0:
		c.in = nil // an idle connection needs no buffer
	case len(c.in) == 0 || len(rest) < len(received)/4:
		c.in = append([]byte(nil), rest...)
	default:
		c.in = rest
	}
	c.account(len(c.in), int(c.outputBytes.Load()))
}
