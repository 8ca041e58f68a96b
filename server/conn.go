package server

import (
	"sync"
	"sync/atomic"

	"sessd/commands"
)

// conn is a connection, whatever carries its bytes. One goroutine at a time owns it: only the owner touches what is not
// marked otherwise, and everybody else hands the owner a task through post.
type conn struct {
	server *Server
	client *commands.Client

	in       []byte // received and not yet served: an unfinished request, or requests that wait
	frame    frame  // how far the request at the beginning of in is known
	parked   bool   // a command answers later; the requests behind it wait
	draining bool   // to be closed as soon as no reply is owed
	closing  reason // why the connection is to be closed once its replies are sent; notClosing: it is not

	queryBytes, outputBytes atomic.Int64 // what Buffers tells, from any goroutine

	mail   mailbox
	driver driver
	stats  *commands.Stats
}

// driver moves a connection's bytes. Its methods may be called from any goroutine.
type driver interface {
	wake()  // makes the owner look into the mailbox soon
	abort() // the same, and gives up what is being sent
}

// mailbox is the tasks that others leave for the owner of a connection.
type mailbox struct {
	mu     sync.Mutex
	tasks  []task
	closed bool // nobody will read it any more
}

// task is something done by the owner of a connection, between requests. Replies it writes to w are sent in their order.
type task func(w *worker, c *conn)

// put leaves a task and says whether somebody will read it.
func (m *mailbox) put(t task) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.tasks = append(m.tasks, t)
	return true
}

// take returns the tasks that were left and empties the box; the last call closes it.
func (m *mailbox) take(last bool) []task {
	m.mu.Lock()
	defer m.mu.Unlock()
	tasks := m.tasks
	m.tasks, m.closed = nil, m.closed || last
	return tasks
}

// close makes the connection end once the replies so far are sent. The first reason counts.
func (c *conn) close(why reason) {
	if c.closing == notClosing {
		c.closing = why
	}
}

// CloseAfterReply is part of commands.Conn.
func (c *conn) CloseAfterReply() { c.close(closedByCommand) }

// Park is part of commands.Conn.
func (c *conn) Park() func(func(commands.Reply)) {
	c.parked = true
	c.server.parked.Add(1)
	return func(answer func(commands.Reply)) {
		c.post(func(w *worker, c *conn) {
			c.parked = false
			c.server.parked.Add(-1)
			answer(&w.out)
		})
	}
}

// Buffers is part of commands.Conn.
func (c *conn) Buffers() (query, output int) {
	return int(c.queryBytes.Load()), int(c.outputBytes.Load())
}

// post leaves a task for the owner, from any goroutine.
func (c *conn) post(t task) {
	if c.mail.put(t) {
		c.driver.wake()
	}
}

// kill ends the connection at once, from any goroutine; replies that wait are lost.
func (c *conn) kill(why reason) {
	if c.mail.put(func(_ *worker, c *conn) { c.close(why) }) {
		c.driver.abort()
	}
}

// drain ends the connection as soon as what it has asked is answered, from any goroutine.
func (c *conn) drain() {
	c.post(func(_ *worker, c *conn) { c.draining = true })
}

// received returns all bytes that wait to be served, data being the last of them.
func (c *conn) received(data []byte) []byte {
	if len(c.in) == 0 {
		return data
	}
	c.in = append(c.in, data...)
	return c.in
}

// keep stores what was left of the received bytes. A part that was already stored and of which nothing was taken stays
// where it is, so that bytes which drip in cost no copy of those before them.
func (c *conn) keep(received, rest []byte) {
	switch {
	case len(rest) == 0:
		c.in = nil // an idle connection needs no buffer
	case len(c.in) == 0 || len(rest) < len(received):
		c.in = append(c.in[:0], rest...)
	}
	c.queryBytes.Store(int64(len(c.in)))
}

// reason is why the server closed a connection, or why the client was the one that did.
type reason uint8

const (
	notClosing reason = iota
	closedByPeer
	closedByCommand
	closedByKill
	closedByShutdown
	closedByProtocolError
	closedByHTTP
	closedByQueryLimit
	closedByOutputLimit
	closedByTimeout
	closedByWriteError
	closedByPanic
	reasons // how many there are
)

var reasonNames = [reasons]string{
	closedByPeer: "peer", closedByCommand: "command", closedByKill: "kill", closedByShutdown: "shutdown",
	closedByProtocolError: "protocol_error", closedByHTTP: "http", closedByQueryLimit: "query_buffer_limit",
	closedByOutputLimit: "output_buffer_limit", closedByTimeout: "timeout", closedByWriteError: "write_error", closedByPanic: "panic",
}
