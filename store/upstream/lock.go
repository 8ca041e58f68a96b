package upstream

import (
	"context"

	"sessd/store"
)

// A lock is a time in the metadata and a token in a field of its own. Scripts that change fields compare both, so it holds for every
// sessd. It ends by itself, by the upstream's clock. As a destroy it waits for replicas, or a failover would let another have it too.

// lockTerms returns how scripts are told of a lock that the caller has, and whether the change ends it.
func lockTerms(token []byte, unlocks bool) string {
	switch {
	case token == nil:
		return ""
	case unlocks:
		return "U" + string(token)
	}
	return "L" + string(token)
}

// What a lock does beside locking.
const (
	lockOnly  = "0"
	lockReads = "1"
	lockUses  = "2"
)

// LockSession is part of store.Sessions.
func (e *Engine) LockSession(ctx context.Context, op store.Op, id, token []byte, ms int64) error {
	if store.IsImmediate(ctx) {
		return e.refuse(ctx)
	}
	c, err := e.change(ctx, op, e.names.key(id), lockScript, string(token), duration(ms), lockOnly)
	if err == nil {
		e.renew(c)
	}
	return err
}

// UnlockSession is part of store.Sessions.
func (e *Engine) UnlockSession(ctx context.Context, op store.Op, id, token []byte) (bool, error) {
	if store.IsImmediate(ctx) {
		return false, e.refuse(ctx)
	}
	c, err := e.change(ctx, op, e.names.key(id), unlockScript, string(token))
	if err == store.ErrNoSession {
		return false, nil
	}
	if err != nil || c.word != "ok" {
		return false, err
	}
	e.renew(c)
	return true, nil
}

// loadLocked is LoadSession that locks. It asks the upstream always.
func (e *Engine) loadLocked(ctx context.Context, op store.Op, id []byte, l store.LoadOptions, v store.BagVisitor) error {
	if store.IsImmediate(ctx) {
		return e.refuse(ctx)
	}
	does := lockUses
	if l.NoTouch {
		does = lockReads
	}
	c, err := e.change(ctx, op, e.names.key(id), lockScript, string(l.Token), duration(l.LockFor), does)
	if err != nil {
		return err
	}
	e.renew(c)
	hash, err := c.part(1).AsStrMap()
	if err != nil {
		return e.failure(err, true)
	}
	r, _ := readRecord(hash, e.asked(op.Now))
	if r == nil {
		return store.ErrNoSession
	}
	e.counts.loaded.Add(1)
	r.show(&l, op.Now-e.now(op.Now), v)
	return nil
}
