package upstream

import (
	"context"
	"strconv"

	"github.com/redis/rueidis"

	"sessd/store"
)

// stampLife is for how long stamps are kept: longer than a session may live unused that its principal's index has lost.
const stampLife = 400 * 24 * 3600 * 1000 // milliseconds

// endAtOnce is how many sessions one script ends, so that it holds up nobody.
const endAtOnce = 500

// bind binds a session to a principal in a cluster, before it is created, and returns its generation. Elsewhere the script that
// creates it does.
func (e *Engine) bind(ctx context.Context, op store.Op, principal []byte, key string) (generation string, err error) {
	if len(principal) == 0 || e.kind != cluster {
		return "0", nil
	}
	a, err := e.run(ctx, op.Now, bindScript, 0, []string{indexKey(principal), stampKey(principal)}, string(principal), key, "0")
	return a.text(0), err
}

// unbind takes a session out of a principal's index in a cluster.
func (e *Engine) unbind(ctx context.Context, op store.Op, principal []byte, key string) error {
	if len(principal) == 0 || e.kind != cluster {
		return nil
	}
	_, err := e.run(ctx, op.Now, bindScript, 0, []string{indexKey(principal), stampKey(principal)}, string(principal), key, "1")
	return err
}

// stamp returns the last generation of a principal that was ended.
func (e *Engine) stamp(ctx context.Context, principal string) (int64, error) {
	text, err := e.client.Do(ctx, e.client.B().Get().Key(stampKey([]byte(principal))).Build()).ToString()
	if err != nil && !rueidis.IsRedisNil(err) {
		return 0, e.failure(err, false)
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return n, nil
}

// heal takes keys out of an index that were bound more than a minute ago and have no session.
func (e *Engine) heal(index string, keys []string) {
	ctx, done, err := e.begin(e.context)
	if err != nil {
		return
	}
	defer done()
	for _, key := range keys {
		score, err := e.client.Do(ctx, e.client.B().Zscore().Key(index).Member(key).Build()).AsFloat64()
		if err == nil && int64(score)/1000 < e.now(e.local())-60_000 {
			e.client.Do(ctx, e.client.B().Zrem().Key(index).Member(key).Build())
		}
	}
}

// DestroyPrincipal is part of store.Sessions. From its stamp on every session of the principal is dead; they are removed by and by.
func (e *Engine) DestroyPrincipal(ctx context.Context, op store.Op, principal, except []byte) (int, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	defer func() {
		if e.cache != nil {
			e.cache.stamps.changed(string(principal))
			e.cache.dropPrincipal(string(principal))
		}
	}()
	spared := ""
	if except != nil {
		r, key, err := e.load(ctx, op, e.names.key(except), true)
		switch {
		case err == store.ErrNoSession, err == store.ErrWrongType:
		case err != nil:
			return 0, err
		case r.principal == string(principal):
			spared = key
		}
	}
	if e.kind == cluster {
		return e.endApart(ctx, op, principal, spared)
	}
	n, before, stamp := 0, "", ""
	for {
		a, err := e.run(ctx, op.Now, endAllScript, e.options.Replicas, []string{indexKey(principal), stampKey(principal)},
			string(principal), spared, decimal(endAtOnce), before, stamp, decimal(stampLife))
		if a.word == "ok" {
			if stamp == "" {
				e.reportEnd(op.Client, principal, spared)
			}
			before, stamp = a.text(1), a.text(2)
			n += e.buryAll(a, principal)
		}
		if err != nil {
			return n, err
		}
		if a.word == "moved" {
			spared = a.text(0)
			continue
		}
		if a.number(3) == 0 {
			e.counts.destroyed.Add(uint64(n))
			return n, nil
		}
	}
}

// buryAll notes the sessions of a principal that a script ended, and returns how many there were.
func (e *Engine) buryAll(a answer, principal []byte) int {
	if len(a.rest) < 5 {
		return 0
	}
	ended, _ := a.rest[4].ToArray()
	for i := 0; i+2 < len(ended); i += 3 { // key, absolute deadline, handle
		key, _ := ended[i].ToString()
		until, _ := ended[i+1].AsInt64()
		handle, _ := ended[i+2].ToString()
		e.report(0, store.EventDestroyed, key, "", string(principal))
		e.dead.bury(key, handle, a.number(0), until)
		e.forget(key)
	}
	return len(ended) / 3
}

// endApart ends the sessions of a principal in a cluster, where they lie in other slots than its index. The one that is spared gets
// a later generation first.
func (e *Engine) endApart(ctx context.Context, op store.Op, principal []byte, spared string) (int, error) {
	own := []string{indexKey(principal), stampKey(principal)}
	a, err := e.run(ctx, op.Now, stampScript, 0, own, string(principal), "", "")
	if err != nil {
		return 0, err
	}
	stamp, _ := strconv.ParseInt(a.text(1), 10, 64)
	keys, err := a.rest[2].AsStrSlice()
	if err != nil {
		return 0, err
	}
	if spared != "" {
		if _, err := e.run(ctx, op.Now, regenerateScript, 0, []string{spared}, string(principal), decimal(stamp+1)); err != nil {
			return 0, err
		}
	}
	if _, err := e.run(ctx, op.Now, stampScript, e.options.Replicas, own, string(principal), decimal(stamp), decimal(stampLife)); err != nil {
		return 0, err
	}
	e.reportEnd(op.Client, principal, spared)
	op.Client = 0 // of each of them
	n := 0
	for _, key := range keys {
		if key == spared {
			continue
		}
		err := e.destroy(ctx, op, key, principal, stamp)
		if err != nil && err != store.ErrNoSession {
			return n, err
		}
		if err == nil {
			n++
		}
		if err := e.unbind(ctx, op, principal, key); err != nil {
			return n, err
		}
	}
	return n, nil
}
