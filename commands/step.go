package commands

import (
	"bytes"
	"slices"

	"sessd/store"
)

// Step is several calls as one step for everybody, such as a transaction or a script. From its beginning to its end
// nobody else changes or sees what its Plan covers. What a call of it has done stays done if a later one fails.
//
// A call of a step passes no gate and cannot be answered later. Its handler asks Call.InStep, and does what it does
// when its time is out. The engine may have to wait, and is waited for.
type Step struct {
	call *Call    // which runs each call of the step
	tx   store.Tx // nil: the step asks nothing of the engine, or is part of another
	plan *Plan

	queued bool // its calls were permitted before
}

// ErrUncovered is for a call of a step that names what its plan does not cover. The call has not run.
const ErrUncovered Error = "ERR the key is none of those that were declared"

const errNoTransactor Error = "ERR this server's store has no transactions"

// BeginStep begins a step that covers a plan, in place of the call c. The caller ends it, deferred, and makes no other call of
// the engine until then. Memory is made free before it begins. ErrNoMemory of the store says that there cannot be so much,
// and nothing has changed.
//
// Where c is a call of a step itself, or of a script, the new one is a part of that and covers the same.
func (c *Call) BeginStep(plan *Plan) (*Step, error) {
	if c.runs == nil {
		c.runs = &Step{call: c.Dispatcher.NewCall(c.Context, nil)}
		c.runs.call.step = c.runs
	}
	s, op := c.runs, store.Op{Keyspace: plan.keyspace, Now: c.Op.Now, Client: c.Client.ID}
	s.plan, s.queued = plan, false
	switch {
	case c.step != nil:
		s.plan, op.Tx = c.step.plan, c.Op.Tx
	case c.Op.Tx != nil: // of a script, which permits its calls itself
		op.Tx = c.Op.Tx
	case plan.data:
		tx, err := c.Dispatcher.begin(op, plan)
		if err != nil {
			return nil, err
		}
		s.tx, op.Tx = tx, tx
	}
	s.call.Context, s.call.Client, s.call.Stats, s.call.Op = c.Context, c.Client, c.Stats, op
	return s, nil
}

// begin begins a step of the engine.
func (s *Dispatcher) begin(op store.Op, plan *Plan) (store.Tx, error) {
	if s.transactor == nil {
		return nil, errNoTransactor
	}
	keys := plan.keys
	switch {
	case plan.all:
		keys = nil
	case keys == nil:
		keys = [][]byte{}
	}
	if plan.room > 1 {
		if tx, err := s.transactor.Begin(op, keys, plan.room+spareRoom); err != store.ErrNoMemory {
			return tx, err
		}
	}
	return s.transactor.Begin(op, keys, plan.room)
}

// spareRoom is memory in bytes for what no call is known to need, such as the growth of an index. A step that can have it
// has it.
const spareRoom = 128 << 10

// Op returns the operation that the calls of the step are, for other questions to the engine.
func (s *Step) Op() store.Op { return s.call.Op }

// End ends the step.
func (s *Step) End() {
	tx := s.tx
	s.tx, s.plan = nil, nil
	s.call.Command, s.call.Reply, s.call.Op.Tx = nil, nil, nil
	if tx != nil {
		tx.End()
	}
	s.call.End()
}

// Do runs a request as a call of the step, and writes its whole reply.
func (s *Step) Do(reply Reply, words [][]byte) {
	if _, err := s.Resolve(reply, words); err != nil {
		s.call.Dispatcher.fail(s.call, err)
		return
	}
	s.Run()
}

// Resolve finds the command of a request that is to be a call of the step, for Run to run it. An error says why it may not
// run; it is one for the reply. ErrUncovered is among them.
func (s *Step) Resolve(reply Reply, words [][]byte) (*Command, error) {
	c := s.call
	c.Reply, c.Words, c.mark = reply, words, reply.Mark()
	c.Command = nil
	if err := c.Dispatcher.resolve(c); err != nil {
		return nil, err
	}
	if !s.plan.covers(c.Command, c.Op.Keyspace, words) {
		return nil, ErrUncovered
	}
	return c.Command, nil
}

// Run runs what was resolved last, and writes its whole reply.
func (s *Step) Run() {
	c := s.call
	if c.closedGates()&monitored != 0 {
		c.show()
	}
	if t := c.Client.tracker; t != nil {
		c.noteReads(t)
		defer c.endReads()
	}
	switch err := c.run(); err {
	case nil:
	case ErrLater, errAgain:
		panic("commands: " + c.Command.Name + " is answered later, though it is part of a step")
	default:
		c.Dispatcher.fail(c, err)
	}
}

// InStep reports whether the call is part of a step, so that it has to be answered at once.
func (c *Call) InStep() bool { return c.step != nil || c.inner }

// InScript reports whether a script makes the call.
func (c *Call) InScript() bool { return c.inner }

// Plan is what a step is to cover: keys of one keyspace, or everything, and memory. The zero value covers nothing.
type Plan struct {
	keyspace int      // of keys
	keys     [][]byte // valid until the step has ended
	all      bool     // everything in every keyspace
	data     bool     // the engine is asked for something
	room     int64    // bytes

	found []Key // scratch
}

// maxPlanKeys bounds the keys of a plan. A step that has more covers everything, and locks hardly more.
const maxPlanKeys = 1 << 10

// Room that a call may need which is refused without memory: bytes for an entry of its own, and its words, so many
// times.
const (
	roomOfCall  = 512
	roomOfWords = 2
)

// Cover adds keys of a keyspace.
func (p *Plan) Cover(keyspace int, keys ...[]byte) {
	p.data = true
	switch {
	case p.all:
	case len(p.keys) > 0 && keyspace != p.keyspace, len(p.keys)+len(keys) > maxPlanKeys:
		p.CoverAll()
	default:
		p.keyspace, p.keys = keyspace, append(p.keys, keys...)
	}
}

// CoverAll makes the plan cover everything.
func (p *Plan) CoverAll() { p.data, p.all, p.keys = true, true, nil }

// Add adds what a call needs that is to be run in a keyspace. It keeps the words that are keys.
func (p *Plan) Add(command *Command, keyspace int, words [][]byte) {
	if command.Flags&DenyOOM != 0 {
		p.Reserve(words)
	}
	if command.Flags&Figures == 0 && !command.usesData() || p.all {
		p.data = p.data || p.all
		return
	}
	if !p.find(command, words) {
		p.CoverAll()
		return
	}
	p.data = true
	for _, key := range p.found {
		p.Cover(keyspace, key.Word)
	}
}

// Reserve adds the memory that a call may need which stores these words.
func (p *Plan) Reserve(words [][]byte) {
	p.room += roomOfCall
	for _, word := range words {
		p.room += roomOfWords * int64(len(word))
	}
}

// ReserveBytes adds memory that a call may need.
func (p *Plan) ReserveBytes(n int64) { p.room += n }

// find leaves the keys of a request in p.found, and reports whether these are all that it may reach.
func (p *Plan) find(command *Command, words [][]byte) (all bool) {
	if command.Flags&(Keyspace|AnyKey|Figures) != 0 {
		return false
	}
	p.found, all = command.appendKeys(p.found[:0], words)
	return all && !slices.ContainsFunc(p.found, func(key Key) bool { return key.Access&AnySuffix != 0 })
}

// covers reports whether a request may run in a keyspace.
func (p *Plan) covers(command *Command, keyspace int, words [][]byte) bool {
	if p.all || command.Flags&Figures == 0 && !command.usesData() {
		return true
	}
	if !p.find(command, words) {
		return false
	}
	for _, key := range p.found {
		if keyspace != p.keyspace || !slices.ContainsFunc(p.keys, func(k []byte) bool { return bytes.Equal(k, key.Word) }) {
			return false
		}
	}
	return true
}
