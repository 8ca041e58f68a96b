package commands

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
)

// detach runs a call away from the loop where the engine says that it has to wait: for a network, or for a disk. Other
// connections go on meanwhile.
func detach(c *Call) (verdict, error) {
	if !c.Command.detachable() {
		return proceed, nil
	}
	keys, _ := c.Command.appendKeys(c.keys[:0], c.Words)
	c.keys = keys
	c.waitFor = c.waitFor[:0]
	for _, key := range keys {
		c.waitFor = append(c.waitFor, key.Word)
	}
	if !c.Dispatcher.waiter.Waits(c.Op, c.waitFor) {
		return proceed, nil
	}
	c.Dispatcher.detached.Go(c.detached())
	return answered, nil
}

// manyWords is how many words of a request run on the loop. One that has more and asks for data runs beside it.
const manyWords = 512

// heavy reports whether the call is to run beside the loop because of its size. Calls of steps never come here.
func (c *Call) heavy() bool {
	command := c.Command
	if command.Heavy == nil && len(c.Words) <= manyWords {
		return false
	}
	if !command.detachable() || command.Flags&Write != 0 && c.Client.gates&(tracked|subscribed) != 0 {
		return false // messages that a client's own writes cause follow their reply
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
	sync.WaitGroup
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
	own.Command, own.Client, own.Stats, own.Op = c.Command, c.Client, c.Stats, c.Op
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
	defer func() {
		p := recover()
		if p != nil {
			c.Dispatcher.Panicked(c, p, debug.Stack())
		}
		if pending.Claim() {
			pending.Reply(func(to Reply) {
				reply.WriteTo(to)
				if p != nil {
					c.Client.Conn.CloseAfterReply()
				}
			})
		}
	}()
	c.flushTimer(c.Command)
	if err := c.run(); err != nil {
		c.Dispatcher.fail(c, err)
	}
	c.endReads()
	c.End()
}
