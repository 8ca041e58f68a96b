package upstream

import (
	"context"

	"sessd/store"
)

// RotateSession is part of store.Sessions.
func (e *Engine) RotateSession(ctx context.Context, op store.Op, id, newid []byte, r store.RotateOptions) error {
	if store.IsImmediate(ctx) {
		return e.refuse(ctx)
	}
	key, target := e.names.key(id), e.names.key(newid)
	if e.kind == cluster && key[:nameFrom] != target[:nameFrom] {
		return e.move(ctx, op, key, target, r)
	}
	joins, place, err := e.enrollRotated(ctx, op, key, target, &r)
	if err != nil {
		return err
	}
	grace := min(r.Grace, store.MaxGrace)
	a, err := e.inRoom(ctx, op, r.Principal, r.PrincipalLimit, func(others string) (answer, error) {
		return e.afterMoves(ctx, op, key, func() (answer, error) {
			return e.run(ctx, op.Now, rotateScript, max(e.options.Replicas, e.options.SaveReplicas), []string{key, target},
				decimal(grace), flag(r.SetPrincipal), string(r.Principal), place.generation, decimal(e.Limits().SessionBytes), decimal(store.MaxAliases), decimal(int64(e.limitInScripts(r.PrincipalLimit).Max)), others, place.until)
		})
	})
	e.forget(key)
	e.forget(target)
	if a.word == "ok" {
		e.evicted(a, 3, r.Principal)
		e.rotated(ctx, op, key, target, joins, place.joined, a, &r)
	} else if err == nil && a.word != "exists" {
		err = e.unbind(ctx, op, joins, target)
	}
	switch {
	case err != nil:
		return err
	case a.word == "gone", a.word == "moved":
		e.counts.refused.Add(1)
		return store.ErrNoSession
	}
	if err := a.refusal(); err != nil {
		return err
	}
	e.counts.rotated.Add(1)
	if r.SetPrincipal && string(joins) != a.record(0).principal {
		e.trim(ctx, op, joins, target, place.generation, r.PrincipalLimit)
	}
	return nil
}

// rotated notes that a session has another key. In a cluster the index of its principal is brought up to date: joins has the key in its
// index, and joined is whether it is not counted there yet.
func (e *Engine) rotated(ctx context.Context, op store.Op, key, target string, joins []byte, joined bool, a answer, r *store.RotateOptions) {
	before, at := a.record(0), a.number(1)
	principal := before.principal
	if r.SetPrincipal {
		principal = string(r.Principal)
	}
	e.report(op.Client, store.EventRotated, target, key, principal)
	e.dead.lift(target, before.handle)
	if r.Grace == 0 {
		until := before.until
		if until == 0 {
			until = at + unknownLife
		}
		e.dead.bury(key, before.handle, at, until)
	}
	if e.kind != cluster {
		return
	}
	former := []byte(before.principal)
	switch {
	case principal == before.principal:
		e.swap(ctx, op, former, key, target, before)
	case joined: // somebody has changed its principal since
		e.swap(ctx, op, joins, target, target, before)
		fallthrough
	default:
		e.unbind(ctx, op, former, key)
	}
	if principal != string(joins) { // likewise
		e.unbind(ctx, op, joins, target)
	}
}
