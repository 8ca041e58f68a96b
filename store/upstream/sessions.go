package upstream

import (
	"context"

	"sessd/store"
)

// ClearSession is part of store.Sessions.
func (e *Engine) ClearSession(ctx context.Context, op store.Op, id, component []byte) (int64, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	c, err := e.change(ctx, op, e.names.key(id), clearScript, bagPrefix(component))
	if err != nil {
		return 0, err
	}
	e.replace(c, func(r *record) (change edit) {
		for i, to := r.bag(component); i < to; i++ {
			change.unset = append(change.unset, bagPrefix(component)+string(r.at(i).name))
		}
		return change
	})
	e.counts.saved.Add(1)
	return c.record.revision, nil
}

// TouchSession is part of store.Sessions.
func (e *Engine) TouchSession(ctx context.Context, op store.Op, id []byte, idle int64) (bool, error) {
	if store.IsImmediate(ctx) {
		return false, e.refuse(ctx)
	}
	c, err := e.change(ctx, op, e.names.key(id), touchScript, duration(idle))
	if err == store.ErrNoSession {
		return false, nil
	}
	if err == nil {
		e.renew(c)
		e.keepBound(ctx, op, c.key, c.record)
	}
	return err == nil, err
}

// TouchSessions is part of store.Sessions. They are touched one after the other.
func (e *Engine) TouchSessions(ctx context.Context, op store.Op, ids [][]byte, idle int64, expiries []int64) (int, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	n := 0
	for i, id := range ids {
		c, err := e.change(ctx, op, e.names.key(id), touchScript, duration(idle))
		if err != nil && err != store.ErrNoSession {
			return n, err
		}
		expiry := store.NoExpiry
		if err == nil {
			n++
			expiry = expiryOf(c.record.expires, op.Now-e.now(op.Now))
			e.renew(c)
			e.keepBound(ctx, op, c.key, c.record)
		}
		if expiries != nil {
			expiries[i] = expiry
		}
	}
	return n, nil
}

// SessionMeta is part of store.Sessions.
func (e *Engine) SessionMeta(ctx context.Context, op store.Op, id []byte) (store.Meta, error) {
	r, _, err := e.load(ctx, op, e.names.key(id), true)
	if err != nil {
		return store.Meta{}, err
	}
	return r.description(e.now(op.Now)), nil
}
