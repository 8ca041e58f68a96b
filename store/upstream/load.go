package upstream

import (
	"context"

	"sessd/store"
)

// mostHops bounds how many aliases are followed.
const mostHops = 10

// LoadSession is part of store.Sessions.
func (e *Engine) LoadSession(ctx context.Context, op store.Op, id []byte, l store.LoadOptions, v store.BagVisitor) error {
	if l.Token != nil {
		return e.loadLocked(ctx, op, id, l, v)
	}
	uses := !l.NoTouch
	if e.cache != nil && !l.Fresh && e.cache.fresh(op.Now, e.options.MaxStale.Milliseconds()) {
		var hashed [nameBytes]byte
		name := id
		if e.names.hash {
			name = e.names.appendHashed(hashed[:0], id)
		}
		i, r, touch := e.cache.hit(name, e.now(op.Now), uses)
		if r != nil && !(e.options.CallerTime && uses && r.used != op.Now) {
			if touch {
				e.sendTouch(e.names.key(id), op.Now)
			}
			if l.Info == nil && l.Each == nil {
				i.showBag(l.Component, l.Fields, v)
			} else {
				r.show(&l, op.Now-e.now(op.Now), v)
			}
			return nil
		}
	}
	r, key, err := e.load(ctx, op, e.names.key(id), l.Fresh)
	if err != nil {
		return err
	}
	if uses && r.idle > 0 {
		switch {
		case e.options.CallerTime:
			c, err := e.change(ctx, op, key, touchScript, "0")
			if err != nil {
				return err
			}
			e.renew(c)
			r = r.usedNow(op.Now)
		case r.wantsTouch(e.now(op.Now)):
			e.sendTouch(key, op.Now)
			r = r.usedNow(e.now(op.Now))
		}
	}
	e.counts.loaded.Add(1)
	r.show(&l, op.Now-e.now(op.Now), v)
	return nil
}

// load returns the session under a key, to which aliases may lead, and its own key.
func (e *Engine) load(ctx context.Context, op store.Op, key string, asks bool) (*record, string, error) {
	for handle, hop := "", 0; hop < mostHops; hop++ {
		r, moved, err := e.loadOne(ctx, op, key, asks)
		if r != nil && handle != "" && r.handle != handle {
			break // the session that the alias means is gone
		}
		if err != nil || r != nil {
			return r, key, err
		}
		if moved.key == "" {
			break
		}
		key, handle = moved.key, moved.handle
		if op.May != nil && !op.May(e.names.id(key)) {
			return nil, "", store.ErrNotPermitted
		}
	}
	e.counts.refused.Add(1)
	return nil, "", store.ErrNoSession
}

// loadOne returns the session under a key, or the key to which it leads as an alias. With asks the cache is not good enough.
func (e *Engine) loadOne(ctx context.Context, op store.Op, key string, asks bool) (r *record, moved aliasTarget, err error) {
	if e.cache != nil && !asks && e.cache.fresh(op.Now, e.options.MaxStale.Milliseconds()) {
		if _, r, _ = e.cache.hit([]byte(key[nameFrom:]), e.now(op.Now), false); r != nil {
			e.counts.relayed.Add(1)
			return r, aliasTarget{}, nil
		}
	}
	r, moved, err = e.fetchSettled(ctx, op, key, asks)
	if _, gone := err.(*store.UnavailableError); gone && e.cache != nil && !asks {
		if r = e.cache.stale([]byte(key[nameFrom:]), op.Now, e.now(op.Now), e.options.StaleIfError.Milliseconds()); r != nil {
			e.counts.stale.Add(1)
			return r, aliasTarget{}, nil
		}
	}
	if err == nil && r != nil {
		if r = r.current(e.now(op.Now)); !r.live(e.asked(op.Now)) {
			r = nil
		}
	}
	return r, moved, err
}

// fetchSettled is fetch for a session that may have been left behind by a move, which ends or is taken back then.
func (e *Engine) fetchSettled(ctx context.Context, op store.Op, key string, asks bool) (r *record, moved aliasTarget, err error) {
	waits, done, err := e.begin(ctx)
	if err != nil {
		return nil, moved, err
	}
	defer done()
	r, moved, err = e.fetch(waits, e.asked(op.Now), key, asks)
	if err != nil || r == nil || r.mark == "" || !isLeft(r.mark, e.now(op.Now)) {
		return r, moved, err
	}
	if err = e.awaitMove(waits, op, key, r.mark, e.now(op.Now)); err != nil {
		return nil, moved, err
	}
	return e.fetch(waits, e.asked(op.Now), key, true)
}

// fetch reads a session from the upstream, with others who want the same one.
func (e *Engine) fetch(ctx context.Context, now int64, key string, asks bool) (*record, aliasTarget, error) {
	if e.cache == nil || asks {
		return e.ask(ctx, now, key)
	}
	e.cache.misses.Add(1)
	e.cache.cold.Store(coldBatches)
	name := key[nameFrom:]
	era := e.cache.era.Load()
	f, own := e.cache.join(name)
	if !own {
		select {
		case <-f.done:
			return f.record, f.moved, f.err
		case <-ctx.Done():
			return nil, aliasTarget{}, e.failure(ctx.Err(), false)
		}
	}
	defer e.cache.finish(name, f, era)
	f.err = &store.UnavailableError{Reason: "no answer"} // should what follows panic
	f.record, f.moved, f.err = e.ask(ctx, now, key)
	return f.record, f.moved, f.err
}

// ask reads a session from the upstream. One that was destroyed, here or with its principal, is none.
func (e *Engine) ask(ctx context.Context, now int64, key string) (*record, aliasTarget, error) {
	client, _ := e.tracked()
	parts, err := e.read(ctx, client, client.B().Hgetall().Key(key).Build()).AsStrMap()
	if err != nil {
		return nil, aliasTarget{}, e.failure(err, false)
	}
	r, moved := readRecord(parts, now)
	if r == nil {
		return nil, moved, nil
	}
	if e.dead.holds(key, r) {
		e.sendDestroy(key, r.handle, "", 0)
		return nil, aliasTarget{}, nil
	}
	ended, err := e.ended(ctx, r.principal, r.generation)
	if err != nil || ended {
		return nil, aliasTarget{}, err
	}
	return r, aliasTarget{}, nil
}

// mostTouches bounds how many uses are being sent.
const mostTouches = 1000

// sendTouch sends a session's use to the upstream, for which nobody waits.
func (e *Engine) sendTouch(key string, now int64) {
	if e.counts.touching.Add(1) > mostTouches {
		e.counts.touching.Add(-1)
		if e.cache != nil {
			e.cache.untouched(key[nameFrom:])
		}
		return
	}
	e.work.Go(func() {
		defer e.counts.touching.Add(-1)
		a, err := e.run(e.context, now, touchScript, 0, []string{key}, "0")
		switch {
		case e.cache == nil:
		case err != nil:
			e.cache.untouched(key[nameFrom:])
		case a.word == "ok":
			c := changed{key: key, record: a.record(0)}
			e.renew(c)
			e.keepBound(e.context, store.Op{Now: now}, key, c.record)
		default:
			e.cache.drop(key[nameFrom:])
		}
	})
}

// PrefetchesReads is part of store.ReadAhead.
func (e *Engine) PrefetchesReads() {}

// coldBatches is for how many batches after a miss it is worth looking ahead.
const coldBatches = 256

// Prefetch is part of store.Prefetcher. As long as some were missing there lately, it reads sessions into the near cache.
func (e *Engine) Prefetch(op store.Op, keys [][]byte) {
	if e.cache == nil || e.names.hash {
		return
	}
	e.cache.fetch(keys)
	if e.cache.cold.Load() <= 0 || e.health.down() != "" {
		return
	}
	e.cache.cold.Add(-1)
	for _, id := range keys {
		if e.counts.prefetching.Load() >= e.cache.ahead() {
			return
		}
		if e.cache.has(id) {
			continue
		}
		key := e.names.key(id)
		e.counts.prefetching.Add(1)
		e.work.Go(func() {
			defer e.counts.prefetching.Add(-1)
			if ctx, done, err := e.begin(e.context); err == nil {
				e.fetch(ctx, e.asked(op.Now), key, false)
				done()
			}
		})
	}
}
