package upstream

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"sessd/store"
)

// mostTime is the longest timeout in milliseconds that scripts reckon with exactly; a longer one counts as that.
const mostTime = 1 << 50

func duration(ms int64) string { return strconv.FormatInt(min(ms, mostTime), 10) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// change runs a script on the session under a key, to which aliases may lead, and returns what it answered. A session that is not
// there is store.ErrNoSession.
func (e *Engine) change(ctx context.Context, op store.Op, key string, s script, args ...string) (changed, error) {
	return e.changeWith(ctx, op, key, "", s, args...)
}

// changeWith is change for a caller who has a lock, in terms of lockTerms.
func (e *Engine) changeWith(ctx context.Context, op store.Op, key, lock string, s script, args ...string) (changed, error) {
	replicas := e.options.SaveReplicas
	if s == destroyScript || s == expireScript || s == lockScript {
		replicas = max(replicas, e.options.Replicas)
	}
	waited, handle := time.Duration(0), ""
	for hop := 0; hop < mostHops; hop++ {
		a, err := e.runOn(ctx, op.Now, s, replicas, []string{key}, handle+"|"+lock, args...)
		c := changed{answer: a, key: key, record: new(record)}
		if err == nil && a.word == "moved" && !isSession(a.text(0)) {
			err = errNonsense
		}
		if a.word == "ok" || a.word == "destroyed" {
			if c.record = a.record(0); c.record.handle == "" && err == nil {
				err = errNonsense
			}
		}
		if e.cache != nil && (err != nil || a.word == "gone") {
			e.cache.drop(key[nameFrom:])
		}
		if err != nil {
			return c, err
		}
		switch a.word {
		case "gone":
			e.counts.refused.Add(1)
			return c, store.ErrNoSession
		case "revision":
			e.counts.conflicts.Add(1)
			return c, &store.RevisionError{Revision: a.number(0)}
		case "limit":
			return c, &store.LimitError{What: a.text(0), Max: a.number(1)}
		case "exists":
			return c, store.ErrSessionExists
		case "locked":
			return c, &store.LockedError{For: a.number(0), ID: e.names.id(key)}
		case "unlocked":
			return c, store.ErrNotLocked
		case "moving":
			if err := e.awaitMove(ctx, op, key, a); err != nil {
				return c, err
			}
			if waited += moveLook; waited > e.options.Timeout {
				return c, &store.UnavailableError{Reason: "the session is being moved"}
			}
			hop--
			continue
		case "moved":
			key, handle = a.text(0), a.text(1)
			if op.May != nil && !op.May(e.names.id(key)) {
				return c, store.ErrNotPermitted
			}
			continue
		}
		if e.kind == cluster && a.word == "destroyed" {
			e.unbind(ctx, op, []byte(c.record.principal), key) // a key without a session is harmless
		}
		if e.kind == cluster && a.word == "ok" {
			return c, e.notEnded(ctx, c)
		}
		if !slices.Contains(endWords, a.word) {
			return c, errNonsense
		}
		return c, nil
	}
	return changed{}, store.ErrNoSession
}

// endWords are what scripts answer beside errors.
var endWords = []string{"ok", "destroyed", knownWord, "no", "overflow", "integer"}

// changed is what a script did to a session, the key of that, and its metadata: those after a change, or those before its end.
type changed struct {
	answer
	key    string
	record *record
}

// notEnded returns an error where a session in a cluster was changed that had been ended with its principal. Scripts cannot see that
// there.
func (e *Engine) notEnded(ctx context.Context, c changed) error {
	ended, err := e.endedNow(ctx, c.record.principal, c.record.generation)
	if err != nil {
		return &store.UncertainError{Reason: "whether the session was ended with its principal is not known"}
	}
	if ended {
		e.sendDestroy(c.key, "", c.record.principal, c.record.generation)
		return store.ErrNoSession
	}
	return nil
}

// endedNow is ended for a caller outside of a request.
func (e *Engine) endedNow(ctx context.Context, principal string, generation int64) (bool, error) {
	if principal == "" {
		return false, nil
	}
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	return e.ended(ctx, principal, generation)
}

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
	place, err := e.enroll(ctx, op, c.Principal, key, c.IdleTimeout, until, c.Crowd, false)
	if err != nil {
		return e.orExists(ctx, op, key, err)
	}
	change := editOf(append([]store.BagChange{{Fields: c.Fields}}, c.More...)...)
	args, handle := make([]string, 0, 14+len(change.pairs)), newHandle()
	args = append(args, duration(c.IdleTimeout), duration(c.AbsoluteTimeout), duration(c.UninitializedTimeout), string(c.Principal), place.generation,
		decimal(limits.SessionFields), decimal(limits.SessionBytes), decimal(int64(e.crowdInScripts(c.Crowd).Max)), "", duration(c.RenewAfter), formatEnds(change.ends), place.until,
		metaFields[2], handle)
	args = append(args, change.pairs...)
	a, err := e.inRoom(ctx, op, c.Principal, c.Crowd, func(others string) (answer, error) {
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
	switch {
	case err != nil:
		return err
	case a.word == "exists":
		return store.ErrSessionExists
	case a.word == "crowd":
		return &store.LimitError{Of: "principal", What: "sessions", Max: a.number(0)}
	case a.word == "limit":
		return &store.LimitError{What: a.text(0), Max: a.number(1)}
	case a.word == "late":
		return errLate
	}
	e.dead.lift(key, "")
	e.counts.created.Add(1)
	e.trim(ctx, op, c.Principal, key, place.generation, c.Crowd)
	return nil
}

// createOthers is which argument of the script tells of other sessions of the principal.
const createOthers = 8

// fresh returns a session to be created with a handle, which lacks the metadata that come with the time, nil where the upstream has to
// decide about it.
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

// refuse returns why a caller that cannot wait gets no answer.
func (e *Engine) refuse(ctx context.Context) error {
	_, done, err := e.begin(ctx)
	if err == nil {
		done()
	}
	return err
}

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

// DestroySessions is part of store.Sessions. They end one after the other.
func (e *Engine) DestroySessions(ctx context.Context, op store.Op, ids [][]byte) (int, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	ended := 0
	for _, id := range ids {
		err := e.destroy(ctx, op, e.names.keyToEnd(id), nil, 0)
		if err != nil && err != store.ErrNoSession {
			return ended, err
		}
		if err == nil {
			ended++
		}
	}
	return ended, nil
}

// destroy ends a session; with a principal only one of that, up to a generation.
func (e *Engine) destroy(ctx context.Context, op store.Op, key string, principal []byte, generation int64) error {
	if principal == nil && e.options.SaveReplicas == 0 {
		if done, err := e.destroyKnown(ctx, op, key); done || err != nil {
			return err
		}
	}
	barrier := "0"
	if e.options.Replicas > 0 {
		barrier = "1"
	}
	c, err := e.change(ctx, op, key, destroyScript, string(principal), decimal(generation), barrier)
	if _, uncertain := err.(*store.UncertainError); uncertain {
		if c.word == "destroyed" {
			e.bury(op.Client, c, c.number(1))
		} else {
			e.dead.bury(c.key, "", e.now(op.Now), 0)
		}
		e.forget(c.key)
		return err
	}
	if err != nil {
		return err
	}
	e.bury(op.Client, c, c.number(1))
	e.counts.destroyed.Add(1)
	return nil
}

// destroyKnown ends a session that is at hand and has no principal. It reports whether it did; without an error, nothing was done else.
func (e *Engine) destroyKnown(ctx context.Context, op store.Op, key string) (done bool, err error) {
	now := e.now(op.Now)
	if e.cache == nil {
		return false, nil
	}
	r := e.cache.peek(key[nameFrom:], now)
	if r == nil || r.principal != "" {
		return false, nil
	}
	made, land, err := e.gather(ctx, &gathered{key: key, args: []string{"destroy", r.state}})
	defer land()
	if !made && err == nil && e.options.Replicas == 0 {
		var message rueidis.RedisMessage
		message, err = e.runQuick(ctx, dropScript, key, r.state)
		n, _ := message.AsInt64()
		made = n > 0
	}
	_, uncertain := err.(*store.UncertainError)
	switch {
	case made:
		e.bury(op.Client, changed{key: key, record: r}, now)
	case uncertain:
		e.dead.bury(key, "", now, 0)
		e.forget(key)
	}
	if err != nil || !made {
		return false, err
	}
	e.counts.destroyed.Add(1)
	return true, nil
}

// bury notes that a script destroyed a session for a client, at a time by the upstream's clock.
func (e *Engine) bury(client int64, c changed, at int64) {
	e.report(client, store.EventDestroyed, c.key, "", c.record.principal)
	until := c.record.until
	if until == 0 {
		until = max(c.record.expires, at+unknownLife)
	}
	e.dead.bury(c.key, c.record.handle, at, until)
	e.forget(c.key)
}

// forget drops a session from the near cache.
func (e *Engine) forget(key string) {
	if e.cache != nil {
		e.cache.drop(key[nameFrom:])
	}
}

// evicted notes that sessions of a principal, whose keys are a part of an answer, had to make room.
func (e *Engine) evicted(a answer, part int, principal []byte) {
	if part >= len(a.rest) {
		return
	}
	for _, key := range a.keys(part) {
		e.report(0, store.EventEvicted, key, "", string(principal))
		e.forget(key)
	}
}

// sendDestroy ends a session of which the caller knows that it is dead, and for which nobody waits. Another that has its key by now
// stays.
func (e *Engine) sendDestroy(key, handle, principal string, generation int64) {
	e.work.Go(func() {
		ctx, cancel := context.WithTimeout(e.context, e.options.Timeout)
		defer cancel()
		is, err := e.client.Do(ctx, e.client.B().Hmget().Key(key).Field(metaFields...).Build()).ToArray()
		if r := readMeta(is); err != nil || r == nil || handle != "" && r.handle != handle {
			return
		}
		if handle != "" {
			e.counts.resurrected.Add(1)
			e.log.Warn("a session that was destroyed came back, and is destroyed again")
		}
		e.runOn(e.context, 0, destroyScript, 0, []string{key}, handle+"|", principal, decimal(generation), "0")
	})
}

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
	a, err := e.inRoom(ctx, op, r.Principal, r.Crowd, func(others string) (answer, error) {
		return e.run(ctx, op.Now, rotateScript, max(e.options.Replicas, e.options.SaveReplicas), []string{key, target},
			decimal(grace), flag(r.SetPrincipal), string(r.Principal), place.generation, decimal(e.Limits().SessionBytes), decimal(store.MaxAliases), decimal(int64(e.crowdInScripts(r.Crowd).Max)), others, place.until)
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
	case a.word == "gone":
		e.counts.refused.Add(1)
		return store.ErrNoSession
	case a.word == "exists":
		return store.ErrSessionExists
	case a.word == "crowd":
		return &store.LimitError{Of: "principal", What: "sessions", Max: a.number(0)}
	case a.word == "limit":
		return &store.LimitError{What: a.text(0), Max: a.number(1)}
	case a.word == "late":
		return errLate
	}
	e.counts.rotated.Add(1)
	if r.SetPrincipal && string(joins) != a.record(0).principal {
		e.trim(ctx, op, joins, target, place.generation, r.Crowd)
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
