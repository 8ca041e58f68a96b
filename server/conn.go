package server

import (
	"sync/atomic"
	"time"

	"sessd/commands"
	"sessd/server/resp"
)

// conn is a connection, whatever carries its bytes. One goroutine at a time owns it. Only the owner touches what is not
// marked otherwise; everybody else hands the owner a task through post.
type conn struct {
	server    *Server
	client    *commands.Client
	transport transport
	stats     *commands.Stats
	bytes     *traffic

	in     []byte        // received and not yet served: an unfinished request, or requests that wait
	inRoom int           // bytes of the memory behind in, with what was served from its beginning and what is free at its end
	out    outputQueue   // replies that wait to be sent
	held   heldReplies   // replies that wait for the log; behind them all others do
	later  *pendingReply // of the call that is answered later, behind which requests wait; nil: none
	frame  resp.Frame    // how far the request at the beginning of in is known
	found  foundWords    // of the request at the beginning of in

	// Times are milliseconds since the server began.
	begun      int64        // when the connection began, or its client logged in or out
	frameSince int64        // when the unfinished request at the beginning of in began; 0: there is none
	active     atomic.Int64 // when bytes last moved, either way; any goroutine may read it
	overSoft   atomic.Int64 // since when out is over the soft limit; 0: it is not

	unackedBefore     int    // bytes that the kernel held when the connection was last found idle
	lookedAt          int64  // when that was
	waiting           bool   // in may hold requests that are complete
	preparing         bool   // a request is prepared beside the loop: nothing is read or run
	everAuthenticated bool   // it has authenticated once, whoever it is now
	lasting           bool   // the words of the request that runs stay as they are, also once the query buffer goes on
	draining          bool   // to be closed as soon as no reply is owed
	local             bool   // over a unix socket
	wrote             bool   // requests of this turn have made steps of the log
	peerEnded         bool   // the peer sends nothing more, and still gets answers
	over              bool   // the commands know that it has ended
	closing           reason // why the connection is to be closed once its replies are sent; notClosing: it is not

	queryBytes, outputBytes, keptBytes atomic.Int64 // of memory, from any goroutine
	queryFree, outputPieces            atomic.Int64 // the same: what of the first holds nothing, and in how many pieces is the second
	flooded                            atomic.Bool  // more messages came than it may leave unread

	mail mailbox
}

// transport moves a connection's bytes. Its methods may be called from any goroutine.
type transport interface {
	wake()           // makes the owner look into the mailbox soon
	abort()          // the same, and gives up what is being sent and the wait for the peer
	descriptor() int // of the socket; -1: there is none
	queue(func())    // calls a function of the owner that adds to out, which may be read meanwhile otherwise
	unacked() int    // bytes that were sent and that the peer's kernel has not acknowledged; 0 where that cannot be told
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

// Buffers is part of commands.Conn.
func (c *conn) Buffers() commands.Buffers {
	mail := int(c.mail.size.Load())
	b := commands.Buffers{
		Query: int(c.queryBytes.Load()), QueryFree: int(c.queryFree.Load()), Unsent: c.out.waiting() + mail,
		Output: int(c.outputBytes.Load()) + mail, OutputPieces: int(c.outputPieces.Load()), Kept: int(c.keptBytes.Load()),
	}
	if mail > 0 {
		b.OutputPieces++
	}
	b.QueryFree = min(b.QueryFree, b.Query) // the owner may be between the two
	return b
}

// Descriptor is part of commands.Conn.
func (c *conn) Descriptor() int { return c.transport.descriptor() }

// Account is part of commands.Conn.
func (c *conn) Account(more int) { c.server.account(&c.keptBytes, int(c.keptBytes.Load())+more) }

// Idle is part of commands.Conn.
func (c *conn) Idle() time.Duration {
	return time.Duration(max(0, c.server.elapsed()-c.active.Load())) * time.Millisecond
}

// post leaves a letter for the owner, from any goroutine, which stands for size bytes of output. It reports whether
// somebody will read it.
func (c *conn) post(size int, l letter) bool {
	if !c.mail.put(size, l) {
		return false
	}
	if size > 0 {
		c.server.buffer(int64(size))
	}
	c.transport.wake()
	return true
}

// letters empties the mailbox, which gets spare for the letters that come next; the last call closes it.
func (c *conn) letters(last bool, spare []letter) []letter {
	letters, size := c.mail.take(last, spare)
	if size > 0 {
		c.server.buffer(-size)
	}
	return letters
}

// kill ends the connection at once, from any goroutine; replies that wait are lost. One that lingers has no reason to be
// told any more.
func (c *conn) kill(why reason) {
	c.mail.put(0, letter{task: func(_ *worker, c *conn) { c.closing = why }})
	c.transport.abort()
}

// owesReply reports whether a reply comes later that a stop waits for. One that waits for a key may wait for ever.
func (c *conn) owesReply() bool { return c.preparing || c.later != nil && !c.client.Blocked() }

// hasEnded notes that the peer sends nothing more. The connection ends, unless an answer is on its way: who closes only its
// side for sending still reads. A wait for what may never come ends with the peer, as with Redis.
func (c *conn) hasEnded() {
	if c.later == nil && !c.waiting && !c.preparing || c.later != nil && c.client.Waits() {
		c.close(closedByPeer)
	} else {
		c.peerEnded = true
	}
}

// answered ends a connection whose peer has ended, once everything is answered.
func (c *conn) answered() {
	if c.peerEnded {
		c.hasEnded()
	}
}

// drain ends the connection as soon as what it has asked is answered, from any goroutine.
func (c *conn) drain() {
	c.post(0, letter{task: func(_ *worker, c *conn) { c.draining = true }})
}

// end tells the commands that the connection is over, once. After it no call runs and no letter is read.
func (c *conn) end() {
	if c.over {
		return
	}
	c.over = true
	c.letters(true, nil)
	if c.later != nil {
		c.later.claimed.Store(true) // a waker that comes now finds somebody else to give to
		c.unpark()
	}
	c.server.dispatcher.Disconnected(c.client)
	c.server.account(&c.keptBytes, 0)
}

// release ends the connection and lets go of its buffers.
func (c *conn) release(now int64) {
	c.end()
	c.in, c.inRoom = nil, 0
	c.out.clear()
	c.accountInput()
	c.noteOutput(now)
}

// neverAuthenticated reports whether the client has never logged in on this connection. It is false after a logout, because
// replies to the previous user may be unread.
func (c *conn) neverAuthenticated() bool { return !c.everAuthenticated && !c.client.Authenticated() }

// floods reports whether too many replies wait for a client that has never authenticated, those included that the kernel
// holds. On a unix socket those are left out: there the kernel counts most of a KiB for the shortest reply.
func (c *conn) floods() bool {
	if !c.neverAuthenticated() {
		return false
	}
	waiting := c.out.waiting()
	if !c.local {
		waiting += c.transport.unacked()
	}
	return waiting > unauthOutput
}

// received returns all bytes that wait to be served, data being the last of them.
func (c *conn) received(data []byte) []byte {
	if len(c.in) == 0 {
		return data
	}
	grows := len(data) > cap(c.in)-len(c.in)
	if c.in = append(c.in, data...); grows {
		c.inRoom = cap(c.in)
	}
	return c.in
}

// keep stores what was left of the received bytes. What was stored before is not copied for bytes that drip in behind it,
// nor for requests that are taken from it one by one.
func (c *conn) keep(received, rest []byte, now int64) {
	switch {
	case len(rest) == 0:
		c.in, c.inRoom = nil, 0 // an idle connection needs no buffer
	case len(c.in) == 0 || len(rest) < len(received)/4:
		c.in = append(make([]byte, 0, len(rest)), rest...)
		c.inRoom = len(rest)
	default:
		c.in = rest
	}
	c.noteFrame(now, len(rest) < len(received))
	c.accountInput()
}
