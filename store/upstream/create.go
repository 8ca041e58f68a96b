package upstream

import (
	"context"

	"sessd/store"
)

// CreateSession is part of store.Sessions.
func (e *Engine) CreateSession(ctx context.Context, op store.Op, id []byte, c store.CreateOptions) error {
	if store.IsImmediate(ctx) {
		return e.refuse(ctx)
	}
	key, limits := e.names.key(id), e.Limits()
	until := int64(0)
	if c.AbsoluteTimeout > 0 {
		until = e.now(op.Now) + min(c.AbsoluteTimeout, mostTime)
	}
	place, err := e.enroll(ctx, op, c.Principal, key, c.IdleTimeout, until, c.PrincipalLimit, false)
	if err != nil {
		return e.orExists(ctx, op, key, err)
	}
	change := editOf(append([]store.BagChange{{Fields: c.Fields}}, c.More...)...)
	args, handle := make([]string, 0, 14+len(change.pairs)), newHandle()
	args = append(args, duration(c.IdleTimeout), duration(c.AbsoluteTimeout), duration(c.UninitializedTimeout), string(c.Principal), place.generation,
		decimal(limits.SessionFields), decimal(limits.SessionBytes), decimal(int64(e.limitInScripts(c.PrincipalLimit).Max)), "", duration(c.RenewAfter), formatEnds(change.ends), place.until,
		metaFields[2], handle)
	args = append(args, change.pairs...)
	a, err := e.inRoom(ctx, op, c.Principal, c.PrincipalLimit, func(others string) (answer, error) {
		args[createOthers] = others
		return e.runCreate(ctx, op, key, args, change, e.fresh(&c, handle, change, limits))
	})
	if a.word == "ok" {
		e.evicted(a, 1, c.Principal)
		e.report(op.Client, store.EventCreated, key, "", string(c.Principal))
	}
	if err == nil && a.word != "ok" && len(c.Principal) > 0 && a.word != "exists" {
		err = e.unbind(ctx, op, c.Principal, key)
	}
	if err == nil {
		err = a.refusal()
	}
	if err != nil {
		return err
	}
	e.dead.lift(key, "")
	e.counts.created.Add(1)
	e.trim(ctx, op, c.Principal, key, place.generation, c.PrincipalLimit)
	return nil
}

// createOthers is which argument of the script tells of other sessions of the principal.
const createOthers = 8

// fresh returns a session to be created with a handle; nil where the upstream has to decide about it. It lacks the metadata that come
// with the time.
func (e *Engine) fresh(c *store.CreateOptions, handle string, change edit, limits store.Limits) *record {
	if len(c.Principal) > 0 || len(change.ends) > 0 || len(change.pairs) > mostKnown || e.options.SaveReplicas > 0 {
		return nil
	}
	r := new(record).after(change)
	if limits.SessionFields > 0 && r.count > limits.SessionFields || limits.SessionBytes > 0 && r.bytes > limits.SessionBytes {
		return nil
	}
	r.idle, r.until, r.fresh = min(c.IdleTimeout, mostTime), min(c.AbsoluteTimeout, mostTime), min(c.UninitializedTimeout, mostTime)
	r.renew, r.handle = min(c.RenewAfter, mostTime), handle
	return r
}

// runCreate runs the script that creates a session with fields, and has that at hand. One that is fresh is tried the quick way first.
func (e *Engine) runCreate(ctx context.Context, op store.Op, key string, args []string, change edit, fresh *record) (a answer, err error) {
	var f *fetch
	if e.cache != nil {
		name, era := key[nameFrom:], e.cache.era.Load()
		f = e.cache.reserve(name)
		f.err = store.ErrNoSession // should what follows panic
		defer e.cache.finish(name, f, era)
	}
	if fresh != nil {
		a, err = e.createFresh(ctx, op, key, args, change, fresh)
	}
	if err == nil && a.word == "" {
		a, err = e.run(ctx, op.Now, createScript, e.options.SaveReplicas, []string{key}, args...)
		fresh = nil
	}
	switch {
	case f == nil:
	case err != nil:
		e.cache.drop(key[nameFrom:])
	case a.word == "ok" && fresh != nil:
		f.record, f.err = fresh, nil
	case a.word == "ok":
		f.record, f.err = new(record).edited(change, a.text(0)), nil
	}
	return a, err
}

// freshWords is how many words fresh.lua is told before names and values.
const freshWords = 6

// createFresh is runCreate the quick way. Without a word or an error, nothing was done.
func (e *Engine) createFresh(ctx context.Context, op store.Op, key string, args []string, change edit, fresh *record) (a answer, err error) {
	quick := append(make([]string, 0, freshWords+2+len(change.pairs)), e.time(op.Now), args[0], args[1], args[2], decimal(fresh.count)+" "+decimal(fresh.bytes), args[9])
	quick = append(quick, args[len(args)-len(change.pairs)-2:]...)
	made, land, err := e.gatherCreate(ctx, op, key, fresh, quick)
	defer land()
	if made {
		return answer{word: "ok"}, nil
	}
	if err != nil {
		return a, err
	}
	message, err := e.runQuick(ctx, freshScript, key, quick...)
	if err != nil || message.IsInt64() {
		return a, err
	}
	if text, _ := message.ToString(); !fresh.setMeta(text) {
		return a, errNonsense
	}
	return answer{word: "ok"}, nil
}
