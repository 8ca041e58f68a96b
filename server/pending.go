package server

import (
	"sync/atomic"

	"sessd/commands"
	"sessd/server/resp"
)

// pendingReply is the reply to a call that is answered later. It is a commands.Pending.
type pendingReply struct {
	conn    *conn
	words   [][]byte // a copy of the request's, with which it runs again
	size    int      // bytes of it
	silent  bool     // the client does not want the reply
	claimed atomic.Bool
	record  *record // nil: there is none
}

// Claim is part of commands.Pending.
func (p *pendingReply) Claim() bool { return p.claimed.CompareAndSwap(false, true) }

// Reply is part of commands.Pending.
func (p *pendingReply) Reply(write func(commands.Reply)) {
	p.conn.post(0, letter{task: func(w *worker, c *conn) { w.resume(c, p, write) }})
}

// Again is part of commands.Pending.
func (p *pendingReply) Again() { p.Reply(nil) }

// keep copies the words of the request, since the query buffer goes on. Those of a large request that lie in a buffer of the
// connection's own are kept as they are: nothing is written there any more.
func (p *pendingReply) keep(words [][]byte) {
	if p.words != nil {
		return
	}
	for _, word := range words {
		p.size += len(word)
	}
	if p.conn.lasting {
		p.words = words
		return
	}
	all := make([]byte, 0, p.size)
	p.words = make([][]byte, len(words))
	for i, word := range words {
		all = append(all, word...)
		p.words[i] = all[len(all)-len(word) : len(all) : len(all)]
	}
}

// Record is part of commands.Pending.
func (p *pendingReply) Record(words [][]byte) ([][]byte, commands.Record) {
	p.keep(words)
	c := p.conn
	most := c.server.limits.output(c.class()) - c.out.waiting()
	if p.silent {
		most = 0 // nobody wants it, so it takes no memory
	}
	p.record = newRecord(resp.Version(c.client.Protocol()), most)
	return p.words, p.record
}

// Later is part of commands.Conn.
func (c *conn) Later() commands.Pending {
	c.later = &pendingReply{conn: c, silent: c.client.Silent()}
	c.server.parked.Add(1)
	return c.later
}

// unpark forgets the call that is answered later.
func (c *conn) unpark() {
	c.later = nil
	c.server.parked.Add(-1)
	c.waiting = len(c.in) > 0
	c.accountInput()
}

// resume answers a parked call, or runs it again where write is nil, and lets the requests behind it run.
func (w *worker) resume(c *conn, p *pendingReply, write func(commands.Reply)) {
	if c.later != p {
		return // it was answered before
	}
	c.unpark()
	c.moved(w.server.elapsed())
	mark := w.out.Mark()
	if write != nil {
		write(&w.out)
	} else {
		w.runAgain(c, p)
	}
	if p.silent {
		w.out.Rewind(mark)
		return
	}
	w.lend(c, p.record)
}

// runAgain runs a call from its beginning, which may park it anew.
func (w *worker) runAgain(c *conn, p *pendingReply) {
	authenticated := c.client.Authenticated()
	w.call.Request = commands.Request{Words: p.words}
	w.server.dispatcher.Do(w.call)
	if c.later != nil {
		c.later.words, c.later.size, c.later.silent = p.words, p.size, p.silent
		c.accountInput()
	}
	if c.client.Authenticated() != authenticated {
		c.begun = w.server.elapsed()
	}
}

// Push is part of commands.Conn.
func (c *conn) Push(m *commands.Message) bool {
	protocol := c.client.Protocol()
	size := m.Size(protocol, encoders[protocol-2])
	waiting := c.mail.size.Load() + c.outputBytes.Load()
	if waiting+int64(size) > int64(c.server.limits.output(c.class())) {
		if !c.flooded.Swap(true) {
			c.kill(closedByOutputLimit)
		}
		return false
	}
	return c.post(size, letter{message: m})
}

// Messages is part of commands.Conn.
func (c *conn) Messages() []*commands.Message {
	messages, size := c.mail.takeMessages()
	if size > 0 {
		c.server.buffer(-size)
	}
	return messages
}

// encoders return the bytes of what a function writes, by version of the protocol.
var encoders = [...]func(write func(commands.Reply)) []byte{
	func(write func(commands.Reply)) []byte { return encode(write, 2) },
	func(write func(commands.Reply)) []byte { return encode(write, 3) },
}

func encode(write func(commands.Reply), version resp.Version) []byte {
	w := resp.Writer{To: version, Most: unlimited}
	write(&w)
	return w.Buf
}

// message appends a message in the client's version of the protocol.
func (w *worker) message(m *commands.Message) {
	protocol := w.call.Client.Protocol()
	w.out.Encoded(m.Encode(protocol, encoders[protocol-2]))
}
