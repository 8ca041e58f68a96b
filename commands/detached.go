package commands

import (
	"context"
	"errors"
	"runtime"
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
	c.Dispatcher.detached.Go(c.detached())
	return ErrLater
}

// leaveLoop runs a call again, in its turn away from the loop, for which the engine takes long. One that must not leave
// the loop holds it up.
func (c *Call) leaveLoop() error {
	c.Reply.Rewind(c.mark)
	if c.mayLeave() {
		c.Dispatcher.detached.inTurn(c.detached())
		return ErrLater
	}
	immediate := c.Context
	c.Context = context.Background()
	defer func() { c.Context = immediate }()
	return c.runAlone()
}

// mayLeave reports whether the call may run away from its loop. Messages that a client's own writes cause follow their reply.
func (c *Call) mayLeave() bool {
	return c.Command.detachable() && (c.Command.Flags&Write == 0 || c.Client.gates&(tracked|subscribed) == 0)
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

// manyWords is how many words of a request run on the loop. One that has more and asks for data runs beside it.
const manyWords = 512

// heavy reports whether the call is to run beside the loop because of its size. Calls of steps never come here.
func (c *Call) heavy() bool {
	command := c.Command
	if command.Heavy == nil && len(c.Words) <= manyWords {
		return false
	}
	if !c.mayLeave() {
		return false
	}
	if len(c.Words) > manyWords {
		return true
	}
	c.Args = c.Words[command.words:]
	return command.Heavy(c)
}

// detachable reports whether the command may run away from its connection's loop: it uses data, and neither the connection
// nor a reply that comes later.
func (c *Command) detachable() bool { return c.usesData() && c.Flags&(Blocking|NoScript) == 0 }

// detached parks the call, and returns what runs it on any goroutine.
func (c *Call) detached() (run func()) {
	pending := c.Client.Conn.Later()
	words, reply := pending.Record(c.Words)
	own := c.own(words, reply)
	return func() { own.runDetached(pending, reply) }
}

// detachedCalls is the calls that run away from the loops.
type detachedCalls struct {
	goroutines
	context context.Context // of all of them
	stop    context.CancelFunc

	mu      sync.Mutex
	running int      // of those that run in turn
	queue   []func() // those that wait for their turn: at most one of each client
}

// mostInTurn is how many heavy calls run at once: half of the processors stay for the loops.
func mostInTurn() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// inTurn runs a call once few enough others do. They begin in the order in which they came.
func (d *detachedCalls) inTurn(run func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running >= mostInTurn() {
		d.queue = append(d.queue, run)
		return
	}
	d.running++
	d.Go(func() {
		for run != nil {
			run()
			run = d.next()
		}
	})
}

// next takes a call from the queue. Once the server ends it drops them all: their connections have ended.
func (d *detachedCalls) next() (run func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.queue) == 0 || d.context.Err() != nil {
		d.running--
		d.queue = nil
		return nil
	}
	run, d.queue[0] = d.queue[0], nil
	d.queue = d.queue[1:]
	return run
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

// own returns a call like this one that has words and a reply of its own.
func (c *Call) own(words [][]byte, reply Reply) *Call {
	own := c.Dispatcher.NewCall(c.Dispatcher.detached.context, reply)
	own.Command, own.Client, own.Stats, own.Op = c.Command, c.Client, c.Stats, c.Op.Lasting()
	own.Words, own.mark = words, reply.Mark()
	if c.Client.tracker != nil {
		own.reading = c.reading
	}
	if c.Op.May != nil {
		own.Op.May = own.may
		own.keys, _ = own.Command.appendKeys(nil, own.Words)
	}
	return own
}

// runDetached runs the call and gives the reply to its connection. What only reads does not run for a client that is gone.
func (c *Call) runDetached(pending Pending, reply Record) {
	if c.Client.Gone() && c.Command.Flags&ReadOnly != 0 {
		return
	}
	later := false
	defer func() {
		p := recover()
		if p != nil {
			c.Dispatcher.Panicked(c, p, debug.Stack())
		}
		if !later && pending.Claim() {
			pending.Reply(func(to Reply) {
				reply.WriteTo(to)
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
