package commands

import (
	"bytes"
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"sessd/store"
)

// detach runs a call again, away from the loop, whose engine has to wait for a network or a disk. Other connections go on
// meanwhile.
func (c *Call) detach() error {
	if c.InStep() {
		return store.ErrWaits
	}
	c.Reply.Rewind(c.mark)
	own := c.own()
	pending := c.Client.Conn.Later()
	c.Dispatcher.detached.Go(func() { own.runDetached(pending) })
	return ErrLater
}

// beside runs work that waits for the disk away from the loop and answers OK or its error. It must not use the call, which
// goes on with other requests. Inside a step it runs at once.
func (c *Call) beside(work func() error) error {
	if c.InStep() {
		err := work()
		if err == nil {
			c.Reply.Status("OK")
			closeWithUser(c.Dispatcher.Users, c.Client)
		}
		return err
	}
	pending, from, stats, users, client := c.Client.Conn.Later(), c.family(), c.Stats, c.Dispatcher.Users, c.Client
	c.Dispatcher.detached.Go(func() {
		err := work()
		if !pending.Claim() {
			return
		}
		pending.Reply(func(r Reply) {
			if err == nil {
				r.Status("OK")
				closeWithUser(users, client)
				return
			}
			text, _ := wireText(from, err)
			stats.failed(text)
			r.Error(text)
		})
	})
	return ErrLater
}

// systemText returns the words of the operating system for an error, as C programs have them.
func systemText(err error) string {
	var number syscall.Errno
	text := err.Error()
	if errors.As(err, &number) {
		text = number.Error()
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// detachedCalls is the calls that run away from the loops.
type detachedCalls struct {
	sync.WaitGroup
	context context.Context // of all of them
	stop    context.CancelFunc
}

// Close makes the calls that run away from the loops give up, waits for their end, and closes the families. No call may
// follow; the engine may then be closed.
func (s *Dispatcher) Close() {
	s.detached.stop()
	s.detached.Wait()
	s.blocked.close()
	for _, f := range s.table.families {
		if f.Close != nil {
			f.Close()
		}
	}
	s.turns.pool.close()
}

// own returns a call like this one that owns its words, and whose reply is recorded.
func (c *Call) own() *Call {
	own := c.Dispatcher.NewCall(c.Dispatcher.detached.context, new(recording))
	own.Command, own.Client, own.Stats, own.Op = c.Command, c.Client, c.Stats, c.Op
	own.Words = make([][]byte, len(c.Words))
	for i, word := range c.Words {
		own.Words[i] = bytes.Clone(word)
	}
	if c.Client.tracker != nil {
		own.reading = c.reading
	}
	if c.Op.May != nil {
		own.Op.May = own.may
		own.keys, _ = own.Command.appendKeys(nil, own.Words)
	}
	return own
}

// runDetached runs the call and gives the reply to its connection.
func (c *Call) runDetached(pending Pending) {
	reply, later := c.Reply.(*recording), false
	defer func() {
		p := recover()
		if p != nil {
			c.Dispatcher.Panicked(c, p, debug.Stack())
		}
		if !later && pending.Claim() {
			pending.Reply(func(to Reply) {
				reply.writeTo(to)
				if p != nil {
					c.Client.Conn.CloseAfterReply()
				}
			})
		}
	}()
	c.flushTimer(c.Command)
	c.pending = pending
	err := c.runAlone()
	later = err == ErrLater
	if err != nil && !later {
		c.Dispatcher.fail(c, err)
	}
	c.endReads()
	c.End()
}

// recording is a reply that is written down, to be written to the connection later. A rewind forgets what came after it.
type recording struct{ parts []func(Reply) }

func (r *recording) add(part func(Reply)) { r.parts = append(r.parts, part) }

// writeTo writes the reply.
func (r *recording) writeTo(to Reply) {
	for _, part := range r.parts {
		part(to)
	}
}

func (r *recording) Status(text string)      { r.add(func(to Reply) { to.Status(text) }) }
func (r *recording) Error(text string)       { r.add(func(to Reply) { to.Error(text) }) }
func (r *recording) Int(n int64)             { r.add(func(to Reply) { to.Int(n) }) }
func (r *recording) BulkString(value string) { r.add(func(to Reply) { to.BulkString(value) }) }
func (r *recording) Null()                   { r.add(Reply.Null) }
func (r *recording) NullArray()              { r.add(Reply.NullArray) }
func (r *recording) Array(n int)             { r.add(func(to Reply) { to.Array(n) }) }
func (r *recording) Map(n int)               { r.add(func(to Reply) { to.Map(n) }) }
func (r *recording) Set(n int)               { r.add(func(to Reply) { to.Set(n) }) }
func (r *recording) Push(n int)              { r.add(func(to Reply) { to.Push(n) }) }
func (r *recording) Double(f float64)        { r.add(func(to Reply) { to.Double(f) }) }
func (r *recording) Bool(b bool)             { r.add(func(to Reply) { to.Bool(b) }) }
func (r *recording) BigNumber(digits string) { r.add(func(to Reply) { to.BigNumber(digits) }) }
func (r *recording) Mark() int               { return len(r.parts) }
func (r *recording) Rewind(mark int)         { r.parts = r.parts[:mark] }
func (r *recording) Verbatim(kind, text string) {
	r.add(func(to Reply) { to.Verbatim(kind, text) })
}

// Bulk copies the value, which belongs to the engine.
func (r *recording) Bulk(value []byte) {
	value = bytes.Clone(value)
	r.add(func(to Reply) { to.Bulk(value) })
}
