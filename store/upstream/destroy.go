package upstream

import (
	"context"

	"github.com/redis/rueidis"

	"sessd/store"
)

// DestroySessions is part of store.Sessions. They end one after the other.
func (e *Engine) DestroySessions(ctx context.Context, op store.Op, ids [][]byte) (int, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	ended := 0
	for _, id := range ids {
		err := store.ErrNoSession
		for _, key := range e.names.keysToEnd(id) {
			if err = e.destroy(ctx, op, key, nil, 0); err != store.ErrNoSession {
				break
			}
		}
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
