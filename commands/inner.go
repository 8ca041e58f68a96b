package commands

import (
	"context"
	"log/slog"
	"runtime/debug"

	"sessd/store"
)

// Inner runs requests inside another call: those of a script. They belong to the call's client, user and step, count in its
// statistics, and pass no gate but that of the monitors. It is used by one goroutine at a time.
type Inner struct {
	call    *Call
	tracker Tracker // that notes what is read; nil: none does
}

// NewInner returns an Inner whose requests answer to reply.
func (s *Dispatcher) NewInner(reply Reply) *Inner {
	in := &Inner{call: s.NewCall(context.Background(), reply)} // Begin gives it its context
	in.call.inner = true
	return in
}

// Begin makes the requests that follow part of a call, and of a step. The call may end before they do.
func (in *Inner) Begin(c *Call, tx store.Tx) {
	own := in.call
	own.Context, own.Client, own.Stats, own.Op = c.Context, c.Client, c.Stats, c.Op
	own.Op.Tx, own.Op.May = tx, nil
	own.Begin()
	c.Client.change(func() { in.tracker = c.Client.tracker })
}

// End counts what was run and lets go of it.
func (in *Inner) End() {
	in.call.End()
	in.call.Forget()
	in.call.Client, in.call.Op.Tx, in.tracker = nil, nil, nil
}

// Find returns the command of a request, which is the one that Permit and Run are about. An error is ErrArity, or says that
// there is no such command, in which case known is false.
func (in *Inner) Find(words [][]byte) (command *Command, known bool, err error) {
	c := in.call
	c.Request = Request{Words: words}
	if c.Command, err = c.Dispatcher.table.find(words); err != nil {
		c.Command = nil
		return nil, false, err
	}
	if !c.Command.fits(len(words)) {
		return nil, true, ErrArity(c.Command.Name)
	}
	return c.Command, true, nil
}

// Effects returns the flags of the request that was found: those of its command, and Write where its words make it one.
func (in *Inner) Effects() Flags { return in.call.Command.effects(in.call.Words) }

// Denied returns why the user may not make the request that was found: "command", "key" or "channel"; empty: the user may.
// With note the denial is counted and noted in the log.
func (in *Inner) Denied(note bool) (reason string) {
	c := in.call
	denied := c.denied()
	if denied == nil {
		return ""
	}
	if note {
		c.Dispatcher.noteDenied(c, denied)
	}
	return denied.reason
}

// Rejected counts the request as one that was not run, with the text of its error.
func (in *Inner) Rejected(text string) {
	if in.call.Command != nil {
		in.call.Stats.rejected(in.call.Command)
	}
	in.call.Stats.failed(text)
}

// Run runs the request that was found and permitted. It returns the text of an error, in place of which nothing was answered.
func (in *Inner) Run() (failed string) {
	c := in.call
	c.mark = c.Reply.Mark()
	c.Op.Keyspace, c.Op.May = c.Client.keyspace, nil
	if c.restricted() {
		c.Op.May = c.may
	}
	if missing := c.Command.from.Missing; missing != "" {
		return in.fail(missing)
	}
	if c.timed != c.Command {
		c.flushTimer(c.Command)
	}
	if c.Dispatcher.gates.Load()&uint32(monitored) != 0 {
		c.show()
	}
	defer func() {
		if p := recover(); p != nil {
			c.Reply.Rewind(c.mark)
			failed = string(errInternal)
			c.Stats.failed(failed)
			c.Dispatcher.logPanic(c, p, debug.Stack())
		}
	}()
	if in.tracker != nil {
		c.noteReads(in.tracker)
		defer c.endReads()
	}
	if err := c.run(); err != nil {
		return in.fail(err)
	}
	return ""
}

// fail counts an error and returns its text.
func (in *Inner) fail(err error) string {
	c := in.call
	text, known := wireText(c.family(), err)
	if !known {
		c.Dispatcher.Log.Error("command failed", "command", c.Command.Name, "client", c.Client.ID, slog.Any("error", err))
	}
	c.Reply.Rewind(c.mark)
	c.Stats.failed(text)
	return text
}
