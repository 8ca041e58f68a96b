package commands

import (
	"sync/atomic"

	"sessd/store"
)

// Durability is what calls ask of the log behind the engine. It has every step of the engine in order, by number.
type Durability interface {
	// Appended returns the number of the last step that the log was given.
	Appended() uint64
	// Commit hands the steps up to a number to the kernel, so that they survive the end of the process.
	Commit(number uint64) error
	// Sync calls done, from another goroutine, once the steps up to a number survive a power cut, or with why they may not.
	Sync(number uint64, done func(error))
	// Err returns why steps cannot be kept now, or nil.
	Err() error
	// SyncsWrites reports whether every write is answered only once it survives a power cut. SyncsEnds reports it of
	// the end of a session: its destruction and its rotation.
	SyncsWrites() bool
	SyncsEnds() bool
	// SaveAtStop chooses whether a clean stop makes a snapshot.
	SaveAtStop(bool)
	// Save makes a snapshot; SaveInBackground begins one. They fail while one is being made.
	Save() error
	SaveInBackground() error
	// State returns the figures of now.
	State() store.LogState
}

// SetDurability makes writes last by a log. It must not be called once requests are served.
func (s *Dispatcher) SetDurability(d Durability) { s.durability = d }

// Commit hands what the log was given to the kernel. The server calls it before replies leave.
func (s *Dispatcher) Commit() error {
	if s.durability == nil {
		return nil
	}
	return s.durability.Commit(s.durability.Appended())
}

// Sync is Durability.Sync.
func (s *Dispatcher) Sync(number uint64, done func(error)) { s.durability.Sync(number, done) }

// runDurably runs a write whose steps a log keeps.
func (c *Call) runDurably(d Durability) error {
	if err := d.Err(); err != nil {
		return Error("MISCONF Errors writing to the AOF file: " + systemText(err))
	}
	err := c.handle()
	c.Client.steps.note(d.Appended(), d.SyncsWrites() || c.Command.Flags&EndsSessions != 0 && d.SyncsEnds())
	return err
}

// steps is the last step that a client's calls may have made, since the server asked.
type steps struct{ state atomic.Uint64 } // the number twice, and one where replies wait for it to be on stable storage

// note notes that the steps up to a number may be a call's.
func (s *steps) note(number uint64, sync bool) {
	for {
		old := s.state.Load()
		state := number<<1 | old&1
		if sync {
			state |= 1
		}
		if s.state.CompareAndSwap(old, state) {
			return
		}
	}
}

// MustSync reports whether replies to the client have to wait until the log is on stable storage, as TakeSteps is to tell.
func (c *Client) MustSync() bool { return c.steps.state.Load()&1 != 0 }

// TakeSteps returns the last step of the log on which replies to the client depend, 0 for none. It reports whether they
// have to wait until that is on stable storage. It is for the connection's loop, before the replies leave.
func (c *Client) TakeSteps() (number uint64, sync bool) {
	if c.steps.state.Load() == 0 {
		return 0, false
	}
	state := c.steps.state.Swap(0)
	return state >> 1, state&1 != 0
}
