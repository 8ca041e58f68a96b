package commands

import (
	"errors"

	"sessd/store"
)

// Do runs one request and writes its whole reply. c.Words is not empty. The package's documentation tells the steps.
func (s *Dispatcher) Do(c *Call) {
	c.mark = c.Reply.Mark()
	if c.in == nil {
		c.enter()
	}
	var err error
	if !c.SameCommand || !c.admitted {
		err = s.resolve(c)
	}
	done := false
	if closed := c.closedGates(); err == nil && closed != 0 {
		var v verdict
		if v, err = c.passGates(closed); v == postponed {
			return
		}
		done = v == answered
	}
	switch {
	case err != nil:
		err = c.refused(err)
	case done:
	case c.heavy():
		s.detached.inTurn(c.detached())
	default:
		switch err = c.runAlone(); err {
		case errAgain:
			return
		case store.ErrWaits:
			err = c.detach()
		case store.ErrLong:
			err = c.leaveLoop()
		}
	}
	if err != nil && err != ErrLater {
		s.fail(c, err)
	}
	if closed := c.closedGates(); closed != 0 {
		c.leaveGates(closed)
	}
}

// run calls the command's handler and counts the call. The steps of a write are noted, where a log keeps them.
func (c *Call) run() error {
	if d := c.Dispatcher.durability; d != nil && c.Command.Flags&Write != 0 {
		return c.runDurably(d)
	}
	return c.handle()
}

func (c *Call) handle() error {
	c.Args = c.Words[c.Command.words:]
	c.calls++
	var err error
	if c.SameKey {
		c.Op.Memo = c.memo
		err = c.Command.Run(c)
		c.Op.Memo = nil
	} else {
		err = c.Command.Run(c)
	}
	switch err {
	case nil, ErrLater:
	case errAgain, store.ErrWaits, store.ErrLong:
		c.calls--
	default:
		c.Stats.failedCall(c.Command)
	}
	return err
}

// resolve finds the command of a request and starts its timer. An error says why the request may not run.
func (s *Dispatcher) resolve(c *Call) error {
	c.admitted = false
	command, err := s.table.find(c.Words)
	if c.Command = command; err != nil {
		return err
	}
	c.Op.Keyspace, c.Op.Client = c.Client.keyspace, c.Client.ID
	if c.step == nil {
		c.Client.used(command)
	}
	if err := s.authorize(c); err != nil {
		c.Stats.rejected(command)
		return err
	}
	if c.timed != command {
		c.flushTimer(command)
	}
	c.Op.May = nil
	if c.restricted() {
		c.Op.May = c.may
	}
	c.admitted = c.Client.user != nil && c.Client.user.permissions.Load().byCommand() && command.words == 1 && command.Channels == nil
	return nil
}

// family returns the family of the call's command, nil where no command was found.
func (c *Call) family() *Family {
	if c.Command == nil {
		return nil
	}
	return c.Command.from
}

// fail answers with an error, in place of what was answered so far.
func (s *Dispatcher) fail(c *Call, err error) {
	text, known := wireText(c.family(), err)
	if !known {
		s.Log.Error("command failed", "command", c.Command.Name, "client", c.Client.ID, "error", err)
	}
	if errors.Is(err, store.ErrNotPermitted) && len(c.keys) > 0 {
		s.noteDenied(c, &aclDenial{"key", string(c.keys[0].Word)})
	}
	c.Stats.failed(text)
	c.Reply.Rewind(c.mark)
	c.Reply.Error(text)
}

// authorize returns an error where the client may not run the request.
func (s *Dispatcher) authorize(c *Call) error {
	if !c.Command.fits(len(c.Words)) {
		return ErrArity(c.Command.Name)
	}
	if c.Client.user == nil {
		if c.Command.Flags&NoAuth == 0 {
			return errNoAuth
		}
	} else if err := s.permit(c); err != nil {
		return err
	}
	if missing := c.Command.from.Missing; missing != "" {
		return missing
	}
	return nil
}
