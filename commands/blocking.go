package commands

import (
	"errors"
	"math"
	"time"

	"sessd/store"
)

// Wait is what a call waits for that finds nothing to answer with. doc.go tells how a command blocks.
type Wait struct {
	Type store.Type // of the entries that may serve it; others wake nobody
	// Key is the index in Call.Words of the first of the keys, and Keys is how many follow it, itself included.
	Key, Keys int
	// Under is the key to wait for in place of a single one in the words; nil: that one.
	Under   []byte
	Timeout time.Duration // 0: it waits for ever
	// Serve answers the call out of the entry under one of the keys, if it can, and reports whether it has. It may run
	// on any goroutine, with another Call that has the same words, client and keyspace. So it reads its arguments, and
	// what was taken from the words before. It answers nothing where it returns false or an error.
	Serve func(c *Call, key []byte) (served bool, err error)
	// InStep answers a call that is part of a step, and so cannot wait; nil: with a null array, as when the time is out.
	InStep func(Reply)
	// TimedOut answers when the time is out; nil: with a null array.
	TimedOut func(Reply)
	// Peeks says that Serve takes nothing: where it finds nothing, others behind it on the key may find something still.
	Peeks bool
}

// NotYet is what Serve returns in place of false where it knows more of when it may serve.
type NotYet struct {
	After time.Duration // at the latest, whether or not the entry changes
	Under []byte        // the key whose changes tell from now on; nil: the one it was called with
}

func (NotYet) Error() string { return "not yet" }

// timedOut is the answer when the time is out.
func (w *Wait) timedOut() func(Reply) {
	if w.TimedOut != nil {
		return w.TimedOut
	}
	return Reply.NullArray
}

// The errors of commands that block.
const (
	errTimeoutFloat   Error = "ERR timeout is not a float or out of range"
	errTimeoutInteger Error = "ERR timeout is not an integer or out of range"
	errTimeoutRange   Error = "ERR timeout is out of range"
	errTimeoutBelow   Error = "ERR timeout is negative"
	errUnblocked      Error = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
	errCannotWait     Error = "ERR this server's store cannot wait for keys"
)

// SecondsOf reads a timeout in seconds, which may have a fraction.
func (c *Call) SecondsOf(word []byte) (time.Duration, error) {
	ms, err := store.Milliseconds(word)
	switch {
	case errors.Is(err, store.ErrNotFinite):
		return 0, errTimeoutRange
	case err != nil:
		return 0, errTimeoutFloat
	}
	return c.timeoutOf(ms)
}

// MillisecondsOf reads a timeout in milliseconds.
func (c *Call) MillisecondsOf(word []byte) (time.Duration, error) {
	ms, ok := store.ParseInt(word)
	if !ok {
		return 0, errTimeoutInteger
	}
	return c.timeoutOf(ms)
}

func (c *Call) timeoutOf(ms int64) (time.Duration, error) {
	switch {
	case ms < 0:
		return 0, errTimeoutBelow
	case ms > math.MaxInt64-c.Op.Now:
		return 0, errTimeoutRange
	}
	return time.Duration(min(ms, maxPause.Milliseconds())) * time.Millisecond, nil
}

// Block answers out of the first key that can serve the call, or waits for one. Inside a step it answers as if its time
// were out.
func (c *Call) Block(w *Wait) error {
	for _, key := range c.Words[w.Key : w.Key+w.Keys] {
		served, err := w.Serve(c, key)
		if _, notYet := err.(NotYet); served || err != nil && !notYet {
			return err
		}
	}
	return c.Park(w)
}

// Park is Block for a call whose handler has found nothing.
func (c *Call) Park(w *Wait) error {
	if c.InStep() {
		if w.InStep != nil {
			w.InStep(c.Reply)
		} else {
			c.Reply.NullArray()
		}
		return nil
	}
	b := &c.Dispatcher.blocked
	if b.engine == nil {
		return errCannotWait
	}
	b.recheck(b.add(c, w))
	return ErrLater
}

// CanPark reports whether the engine tells of changes, which a call that waits for keys needs.
func (c *Call) CanPark() bool { return c.Dispatcher.blocked.engine != nil }

// Blocked reports whether the client waits for a key. Any goroutine may ask.
func (c *Client) Blocked() bool { return c.waits.Load() != nil }

// Waits reports whether the client waits for something that may never come: a key, or the end of a pause. Any goroutine may
// ask.
func (c *Client) Waits() bool { return c.Blocked() || c.paused.Load() != nil }

// runAlone is run for a call that is part of no other: it serves those who wait for what the call has made.
func (c *Call) runAlone() error {
	err := c.run()
	// A command that runs beside a script must not serve in the middle of it.
	if gates(c.Dispatcher.gates.Load())&signaled != 0 && (c.Command.Flags&AllowBusy == 0 || c.Command.usesData()) {
		c.Dispatcher.serveBlocked()
	}
	return err
}

// endWait ends a wait with an answer, and reports whether it did. In a step one that is being served counts as served: whoever
// serves it may wait for the end of the step.
func (c *Call) endWait(x *waiter, write func(Reply)) bool {
	b := &c.Dispatcher.blocked
	if !c.InStep() {
		return b.end(x, write)
	}
	ended, _ := b.tryEnd(x, write)
	return ended
}

const unblockUsage = "CLIENT UNBLOCK client-id [TIMEOUT | ERROR]"

func unblockSpecs() []Spec {
	return []Spec{{
		Usage:   unblockUsage,
		Summary: "Ends the wait of a client for a key, as if its time were out or with an error.",
		Group:   ConnectionGroup, Flags: Admin | Dangerous | Loading | Stale | NoScript, Since: "1.0.0", Run: clientUnblock,
		Example: `CLIENT UNBLOCK 99999 -> 0`,
	}}
}

func clientUnblock(c *Call) error {
	var write func(Reply)
	if len(c.Args) > 1 {
		switch {
		case len(c.Args) > 2:
			return ErrSubcommandWords(c.Words)
		case Is(c.Args[1], "ERROR"):
			write = func(r Reply) { r.Error(string(errUnblocked)) }
		case !Is(c.Args[1], "TIMEOUT"):
			return Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		}
	}
	id, ok := store.ParseInt(c.Args[0])
	if !ok {
		return ErrNotInteger
	}
	unblocked := 0
	if client := c.Dispatcher.Host.Client(id); client != nil {
		if w := client.waits.Load(); w != nil {
			if write == nil {
				write = w.wait.timedOut()
			}
			if c.endWait(w, write) {
				unblocked = 1
			}
		}
	}
	c.Reply.Int(int64(unblocked))
	return nil
}
