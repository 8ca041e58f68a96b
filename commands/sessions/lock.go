package sessions

import (
	"bytes"
	"errors"
	"time"

	"sessd/commands"
	"sessd/store"
)

const maxToken = 512 // bytes

// lockToken reads the token of a lock.
func lockToken(rest *commands.ArgReader) ([]byte, error) {
	token, err := rest.Next()
	if err == nil && (len(token) == 0 || len(token) > maxToken) {
		err = errToken
	}
	return token, err
}

// lockOptions is a lock that a request asks for, and how long it waits for that.
type lockOptions struct {
	token []byte // nil: none
	ms    int64
	wait  int64 // milliseconds; 0: not at all
}

// option reads LOCK, EX, PX or WAIT where word is one of them.
func (o *lockOptions) option(word []byte, rest *commands.ArgReader, command string) (taken bool, err error) {
	switch {
	case commands.Is(word, "LOCK") && o.token == nil:
		o.token, err = lockToken(rest)
	case commands.Is(word, "WAIT") && o.wait == 0:
		o.wait, err = rest.Duration(commands.Millisecond, command)
	default:
		return idleOption(word, rest, &o.ms, command)
	}
	return true, err
}

// isPartial reports whether a part of it is missing.
func (o *lockOptions) isPartial() bool {
	return (o.token == nil) != (o.ms == 0) || o.wait != 0 && o.token == nil
}

// parseLock reads what follows the id.
func parseLock(words [][]byte) (o lockOptions, err error) {
	rest := commands.Read(words)
	if o.token, err = lockToken(&rest); err != nil {
		return o, err
	}
	for rest.More() {
		word, _ := rest.Next()
		taken, err := o.option(word, &rest, "sess.lock")
		if err != nil {
			return o, err
		}
		if !taken {
			return o, commands.ErrSyntax
		}
	}
	if o.isPartial() {
		return o, commands.ErrSyntax
	}
	return o, nil
}

// locking answers a request that locks a session. Where another has locked it, the call waits for its turn, if it may.
// try answers, or returns the error; it reads everything from the words of the call that it is given.
func (f *family) locking(c *commands.Call, wait int64, try func(c *commands.Call) error) error {
	err := try(c)
	var locked *store.LockedError
	if wait == 0 || c.InStep() || !errors.As(err, &locked) {
		return err
	}
	if !c.CanPark() {
		return poll(c, wait, locked, try)
	}
	id := bytes.Clone(c.Args[0])
	op, dispatcher, ctx := c.Op.Lasting(), c.Dispatcher, c.Context
	return c.Park(&commands.Wait{
		Type: store.TypeSession, Key: 1, Keys: 1, Under: locked.ID, Timeout: time.Duration(min(wait, maxWait)) * time.Millisecond,
		Serve: func(c *commands.Call, _ []byte) (bool, error) {
			err := try(c)
			var locked *store.LockedError
			if errors.As(err, &locked) {
				return false, commands.NotYet{After: time.Duration(min(locked.For, maxWait)) * time.Millisecond, Under: locked.ID}
			}
			return err == nil, err
		},
		TimedOut: func(r commands.Reply) {
			op.Now = dispatcher.Clock.Now()
			left := &store.LockedError{}
			if m, err := f.sessions.SessionMeta(ctx, op, id); err == nil {
				left.For = max(0, m.LockedUntil-op.Now)
			}
			r.Error(string(wireText(left)))
		},
	})
}

// How long poll waits before it tries again: the first time, and at most.
const (
	firstPoll = 10 * time.Millisecond
	mostPoll  = 100 * time.Millisecond
)

// poll tries to lock until it can or the time is out. It is for engines that report no changes, whose calls wait on goroutines.
func poll(c *commands.Call, wait int64, locked *store.LockedError, try func(c *commands.Call) error) (err error) {
	end := time.Now().Add(time.Duration(min(wait, maxWait)) * time.Millisecond)
	for pause := firstPoll; ; pause = min(2*pause, mostPoll) {
		err = locked
		left := time.Until(end)
		if left <= 0 {
			return err
		}
		timer := time.NewTimer(min(pause, left, time.Duration(min(locked.For, maxWait))*time.Millisecond))
		select {
		case <-timer.C:
		case <-c.Context.Done():
			timer.Stop()
			return err
		}
		if c.Client.Gone() {
			return err
		}
		c.Op.Now = c.Dispatcher.Clock.Now()
		if err = try(c); !errors.As(err, &locked) {
			return err
		}
	}
}

// keysOfGet returns the key of SESS.GET. A lock keeps others from writing, so it takes the right to write.
func keysOfGet(keys []commands.Key, words [][]byte) []commands.Key {
	access := commands.RO | commands.Access
	if o, err := parseGet(words[2:]); err == nil && o.Token != nil {
		access = commands.RW | commands.Access | commands.Update
	}
	return append(keys, commands.Key{Word: words[1], Access: access})
}

// maxWait is the longest wait in milliseconds: a year.
const maxWait = 365 * 24 * 60 * 60 * 1000

func (f *family) lock(c *commands.Call) error {
	o, err := parseLock(c.Args[1:])
	if err != nil {
		return err
	}
	return f.locking(c, o.wait, func(c *commands.Call) error {
		o, err := parseLock(c.Args[1:])
		if err != nil {
			return err
		}
		if err := f.sessions.LockSession(c.Context, c.Op, c.Args[0], o.token, o.ms); err != nil {
			return err
		}
		c.Reply.Status("OK")
		return nil
	})
}

func (f *family) unlock(c *commands.Call) error {
	if n := len(c.Args[1]); n == 0 || n > maxToken {
		return errToken
	}
	unlocked, err := f.sessions.UnlockSession(c.Context, c.Op, c.Args[0], c.Args[1])
	if err != nil {
		return err
	}
	c.IntBool(unlocked)
	return nil
}
