package transactions

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

func (f *family) multi(c *commands.Call) error {
	if c.Queue() != nil {
		return errNested
	}
	c.OpenQueue(f.limit.Load())
	c.Reply.Status("OK")
	return nil
}

func (f *family) discard(c *commands.Call) error {
	if c.Queue() == nil {
		return errNoDiscard
	}
	f.end(c)
	c.Reply.Status("OK")
	return nil
}

// end ends the client's transaction, and what it watches.
func (f *family) end(c *commands.Call) {
	if c.Queue() != nil {
		c.CloseQueue()
	}
	endWatches(c)
}

func (f *family) exec(c *commands.Call) error {
	q := c.Queue()
	if q == nil {
		return errNoExec
	}
	defer f.end(c)
	switch {
	case q.Failed():
		return errAborted
	case c.Client.Changed():
		c.Reply.NullArray()
		return nil
	}
	w := watcherOf(c)
	w.cover(q.Plan())
	step, err := c.BeginStep(q.Plan())
	switch {
	case errors.Is(err, store.ErrNoMemory):
		return aborted(c, err)
	case err != nil:
		return err
	}
	defer step.End()
	if w.changedSince(c.Context, step.Op()) {
		c.Reply.NullArray()
		return nil
	}
	c.RunQueue(step)
	return nil
}

// refuseExec ends the transaction of an EXEC that may not run.
func (f *family) refuseExec(c *commands.Call, err error) error {
	f.end(c)
	return aborted(c, err)
}

func aborted(c *commands.Call, err error) error {
	return commands.Error("EXECABORT Transaction discarded because of: " + c.Reason(err))
}
