package commands

import (
	"context"
	"time"

	"sessd/store"
)

// Request is what a client asks for.
type Request struct {
	Words       [][]byte // at least one
	SameCommand bool     // it follows another that has the same first word, to the letter, and as many of them
	SameKey     bool     // it follows another whose first key is the same
}

// Call is one request on its way through a command. It and all it holds are valid while the command runs.
type Call struct {
	Context    context.Context
	Dispatcher *Dispatcher
	Command    *Command
	Client     *Client
	Reply      Reply
	Stats      *Stats // of the loop that the request runs on

	Request
	Args [][]byte // the words that follow the command's name
	// Op is the client's keyspace and the time, taken once for all requests that were read together.
	Op store.Op

	mark  int           // where the reply begins
	timed *Command      // what is timed now: calls of one command in a row are timed together, for a clock costs too
	calls uint64        // of it so far
	begun time.Duration // since the dispatcher's start: when the first of them began

	lapped      bool     // begun is the time of now, so the clock need not be read
	first       [][]byte // the words of the first of those that are timed together
	firstClient *Client  // the client that sent them

	keys    []Key                // of the request, where the user may use some keys only
	may     func(id []byte) bool // mayUse, made once
	reading Tracker              // that notes the keys of the request; nil: none does
	aliased bool                 // with reading: one of them led to a session as an alias

	admitted   bool     // a request like this one, but for its other words, may run, and in the same keyspace
	next       *Command // of the request that was expected last
	expected   [][]byte // keys of those that are expected
	elements   [][]byte // that are meant under these keys, nil where none is
	expectedIn int      // the keyspace of these keys

	memo store.Memo // for requests on one key in a row; nil: the engine remembers nothing

	inner   bool    // it is part of another call
	pending Pending // of a call that runs away from its loop; nil: it runs there
	in      *Stats  // counts the call among those that run; nil: it runs none

	scratch []any // by Command.family: what the handlers of a family keep between requests

	spare *Queue // of a transaction that has ended, for the next one; nil: there is none
	step  *Step  // that the call is part of; nil: none
	runs  *Step  // that the call runs, kept for the next one; nil: it has run none
}

// Begin says that the calls which follow are another client's.
func (c *Call) Begin() { c.Command, c.mark, c.admitted = nil, c.Reply.Mark(), false }

// End says that no call follows for now, so what was run is counted, and others need not wait for it.
func (c *Call) End() {
	if c.timed != nil {
		c.flushTimer(nil)
	}
	c.lapped = false
	if c.in != nil {
		c.leave()
	}
}

// Forget lets go of the last requests, in whose memory others may lie that were large.
func (c *Call) Forget() {
	c.Request, c.Args, c.first = Request{}, nil, nil
	clear(c.expected[:cap(c.expected)])
	clear(c.elements[:cap(c.elements)])
	clear(c.keys[:cap(c.keys)])
	if c.memo != nil {
		c.memo.Forget()
	}
	if c.runs != nil {
		c.runs.call.Forget()
	}
}

// Lap says that the words of the requests that were run go. Those whose cost may grow are counted before, for SLOWLOG; the
// time of what follows begins now. Of others, of which many run in a moment, SLOWLOG then has the name alone.
func (c *Call) Lap() {
	switch {
	case c.timed == nil:
	case c.timed.Flags&Fast != 0:
		c.first = nil
	default:
		c.flushTimer(nil)
		c.lapped = true
	}
}

// flushTimer counts the calls that were timed together and begins to time those of the next command, if any.
func (c *Call) flushTimer(next *Command) {
	now := c.begun
	if !c.lapped {
		now = time.Since(c.Dispatcher.Started)
	}
	if c.timed != nil {
		c.count(now - c.begun)
	}
	c.timed, c.calls, c.begun, c.lapped = next, 0, now, false
	if next != nil {
		c.first, c.firstClient = c.Words, c.Client
	}
}

// count counts the calls that were timed together.
func (c *Call) count(took time.Duration) {
	s := c.Dispatcher
	c.Stats.ran(c.timed, c.calls, took)
	if c.calls == 0 {
		return
	}
	if !s.untracked.Load() {
		c.Stats.took(c.timed, c.calls, took)
	}
	if int64(took) >= s.slowlog.threshold.Load() && !c.inner {
		s.noteSlow(c.timed, c.firstClient, slowWords(c.timed, c.first, c.calls), took)
	}
}

// Scratch returns what the handlers of the command's family keep in this Call between requests, such as visitors. So a
// read need not make one. It has the type that Family.Scratch makes.
func (c *Call) Scratch() any {
	slot := &c.scratch[c.Command.family]
	if *slot == nil {
		*slot = c.Command.from.Scratch()
	}
	return *slot
}
