package commands

import (
	"fmt"
	"log/slog"
	"strings"

	"sessd/store"
)

// Do runs one request and writes its whole reply. c.Words is not empty.
//
// A request is led in this order: is the command known, is its arity right, may the client run it, does the store have
// what it needs, may it run now; then it runs.
func (s *Dispatcher) Do(c *Call) {
	c.mark = c.Reply.Mark()
	var err error
	if !c.SameCommand || !c.admitted {
		err = s.resolve(c)
	}
	if closed := c.closedGates(); err == nil && closed != 0 {
		switch v, refused := c.passGates(closed); {
		case v == postponed:
			return
		case v == answered:
			c.leaveGates(c.closedGates())
			return
		default:
			err = refused
		}
	}
	if err == nil {
		c.Args = c.Words[c.Command.words:]
		c.calls++
		switch err = c.Command.Run(c); err {
		case nil, ErrLater:
		case errAgain:
			c.calls--
			return
		default:
			c.Stats.failedCall(c.Command)
		}
	}
	if err != nil && err != ErrLater {
		s.fail(c, err)
	}
	if closed := c.closedGates(); closed != 0 {
		c.leaveGates(closed)
	}
}

// resolve finds a request's command, or says why the request may not run, and lets the command's time begin.
func (s *Dispatcher) resolve(c *Call) error {
	c.admitted = false
	command, err := s.table.find(c.Words)
	if err != nil {
		return err
	}
	c.Command = command
	c.Op.Keyspace = c.Client.keyspace
	c.Client.used(command)
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
	c.admitted = c.Client.user != nil && c.Client.user.allKeys && command.words == 1
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
	c.Stats.failed(text)
	c.Reply.Rewind(c.mark)
	c.Reply.Error(text)
}

// Expect notes that a request of the call's client follows, so that the store can have ready what it needs, and says
// whether it has a key.
func (s *Dispatcher) Expect(c *Call, r *Request) bool {
	if !r.SameCommand {
		c.next = s.table.names.find(r.Words[0])
	}
	if c.next == nil || c.next.FirstKey == 0 || c.next.FirstKey >= len(r.Words) {
		return false
	}
	if c.Client.keyspace != c.expectedIn {
		s.Prefetch(c)
		c.expectedIn = c.Client.keyspace
	}
	c.expected = append(c.expected, r.Words[c.next.FirstKey])
	return true
}

// Prefetch tells the store of the requests that were noted. One alone would not be served sooner.
func (s *Dispatcher) Prefetch(c *Call) {
	if len(c.expected) > 1 && s.prefetcher != nil {
		s.prefetcher.Prefetch(store.Op{Keyspace: c.expectedIn, Now: c.Op.Now}, c.expected)
	}
	c.expected = c.expected[:0]
}

// authorize says why a request may not run, if it may not.
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

// Panicked answers a call whose command panicked, and counts it. The one who runs calls recovers from panics, once for many
// calls, and closes the connection after this.
func (s *Dispatcher) Panicked(c *Call, kind any, stack []byte) {
	// The stack names functions and lines; arguments, which may hold session ids, are not in it, and of the panic only
	// its kind is told.
	name := "none"
	if c.Command != nil {
		name = c.Command.Name
		c.Stats.failedCall(c.Command)
	}
	c.End()
	s.Log.Error("command panicked", "command", name, "client", c.Client.ID,
		slog.String("kind", fmt.Sprintf("%T", kind)), slog.String("stack", WithoutArguments(stack)))
	c.Stats.failed(string(errInternal))
	c.Reply.Rewind(c.mark)
	c.Reply.Error(string(errInternal))
}

// WithoutArguments removes the arguments of functions from a stack trace, so that it can be logged.
func WithoutArguments(stack []byte) string {
	var lines []string
	for line := range strings.Lines(string(stack)) {
		if !strings.HasPrefix(line, "\t") {
			if i := strings.LastIndexByte(line, '('); i > 0 {
				line = line[:i] + "\n"
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}
