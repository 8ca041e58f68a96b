package upstream

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"sessd/store"
)

// How many sessions of a principal one script or request reaches, so that it holds up nobody.
const (
	endAtOnce  = 100 // ended
	reapAtOnce = 250 // keys taken out of the index
	lookAtOnce = 500 // looked at
)

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
	for hops := 0; ; {
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
			if hops++; hops > mostHops || !isSession(a.text(0)) {
				return n, &store.UnavailableError{Reason: "the session that is spared is being moved"}
			}
			spared = a.text(0)
			continue
		}
		if a.word != "ok" {
			return n, errNonsense
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
	ended, _ := a.part(4).ToArray()
	for i := 0; i+2 < len(ended); i += 3 { // key, absolute deadline, handle
		key, _ := ended[i].ToString()
		if !isSession(key) {
			continue
		}
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
	if spared != "" {
		c, err := e.change(ctx, op, spared, regenerateScript, string(principal), decimal(stamp+1))
		if err != nil && err != store.ErrNoSession {
			return 0, err
		}
		spared = c.key
	}
	if _, err := e.run(ctx, op.Now, stampScript, e.options.Replicas, own, string(principal), decimal(stamp), decimal(stampLife)); err != nil {
		return 0, err
	}
	e.reportEnd(op.Client, principal, spared)
	op.Client = 0 // of each of them
	var n atomic.Int64
	end := func(key string) error {
		if key == spared {
			return nil
		}
		err := e.destroy(ctx, op, key, principal, stamp)
		if err == nil {
			n.Add(1)
		}
		if err == store.ErrNoSession {
			err = e.unbind(ctx, op, principal, key)
		}
		return err
	}
	err = e.eachBound(ctx, principal, decimal(stamp), func(some []bound) (bool, error) {
		keys := make([]string, len(some))
		for i := range some {
			keys[i] = some[i].key
		}
		return true, eachOf(keys, end)
	})
	return int(n.Load()), err
}

// atOnce is how many sessions that lie apart are ended at a time.
const atOnce = 32

// eachOf calls a function for each of some keys, several at a time, and returns the first error that it met.
func eachOf(keys []string, do func(key string) error) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for range min(atOnce, len(keys)) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(keys)) && failed.Load() == nil; i = next.Add(1) - 1 {
				if err := do(keys[i]); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
