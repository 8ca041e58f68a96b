package upstream

import (
	"context"

	"github.com/redis/rueidis"

	"sessd/store"
)

// plainType returns the type of a key that is no session, by the upstream's name for it.
func plainType(name string) store.Type {
	t, _ := store.ParseType(name)
	return t
}

// KeyType is part of store.Keys.
func (e *Engine) KeyType(ctx context.Context, op store.Op, key []byte) (store.Type, error) {
	r, err := e.session(ctx, op, key)
	if err != nil || r != nil {
		return store.TypeSession, err
	}
	name, err := e.text(ctx, e.client.B().Type().Key(string(key)).Build())
	return plainType(name), err
}

// session returns the session under a key, nil where there is none.
func (e *Engine) session(ctx context.Context, op store.Op, id []byte) (*record, error) {
	if len(id) == 0 || len(id) > store.MaxSessionID {
		return nil, nil
	}
	r, _, err := e.load(ctx, op, e.names.key(id), true)
	if err == store.ErrNoSession || err == store.ErrWrongType {
		return nil, nil
	}
	return r, err
}

// text asks the upstream for a text.
func (e *Engine) text(ctx context.Context, ask rueidis.Completed) (string, error) {
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	text, err := e.read(ctx, e.client, ask).ToString()
	if rueidis.IsRedisNil(err) {
		return "", nil
	}
	return text, e.failure(err, false)
}

// number asks the upstream for a number; writes says that it may change something.
func (e *Engine) number(ctx context.Context, ask rueidis.Completed, writes bool) (int64, error) {
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	n, err := e.send(ctx, ask, writes).AsInt64()
	return n, e.failure(err, writes)
}

// Expiry is part of store.Keys.
func (e *Engine) Expiry(ctx context.Context, op store.Op, key []byte) (at int64, found bool, err error) {
	r, err := e.session(ctx, op, key)
	switch {
	case err != nil:
		return 0, false, err
	case r != nil && r.expires == 0:
		return store.Never, true, nil
	case r != nil:
		return r.expires - e.now(op.Now) + op.Now, true, nil
	}
	if e.options.CallerTime {
		at, err = e.number(ctx, e.client.B().Pexpiretime().Key(string(key)).Build(), false)
		return at, at != -2, err
	}
	left, err := e.number(ctx, e.client.B().Pttl().Key(string(key)).Build(), false)
	switch {
	case err != nil || left == -2:
		return 0, false, err
	case left == -1:
		return store.Never, true, nil
	}
	return op.Now + left, true, nil
}

// Expire is part of store.Keys.
func (e *Engine) Expire(ctx context.Context, op store.Op, key []byte, o store.ExpireOptions) (bool, error) {
	if store.IsImmediate(ctx) {
		return false, e.refuse(ctx)
	}
	if r, err := e.session(ctx, op, key); err != nil {
		return false, err
	} else if r != nil {
		c, err := e.change(ctx, op, e.names.key(key), expireScript, decimal(min(o.At-op.Now+e.now(op.Now), mostTime)),
			flag(o.IfNever), flag(o.IfExpires), flag(o.IfLater), flag(o.IfEarlier), duration(o.At-op.Now))
		if c.word == "destroyed" {
			e.bury(op.Client, c, c.number(1))
			e.counts.destroyed.Add(1)
		} else if err == nil && c.word == "ok" {
			e.renew(c)
		}
		if err == store.ErrNoSession {
			return false, nil
		}
		return err == nil && c.word != "no", err
	}
	args := []string{decimal(e.theirs(op, o.At))}
	for _, one := range []struct {
		set  bool
		word string
	}{{o.IfNever, "NX"}, {o.IfExpires, "XX"}, {o.IfLater, "GT"}, {o.IfEarlier, "LT"}} {
		if one.set {
			args = append(args, one.word)
		}
	}
	ask := e.client.B().Arbitrary("PEXPIREAT").Keys(string(key)).Args(args...).Build()
	n, err := e.number(ctx, ask, true)
	return n == 1, err
}

// Persist is part of store.Keys.
func (e *Engine) Persist(ctx context.Context, op store.Op, key []byte) (bool, error) {
	if store.IsImmediate(ctx) {
		return false, e.refuse(ctx)
	}
	if r, err := e.session(ctx, op, key); err != nil {
		return false, err
	} else if r != nil {
		c, err := e.change(ctx, op, e.names.key(key), expireScript, "", "0", "0", "0", "0")
		if err == nil && c.word == "ok" {
			e.renew(c)
		}
		if err == store.ErrNoSession {
			return false, nil
		}
		return err == nil && c.word == "ok", err
	}
	n, err := e.number(ctx, e.client.B().Persist().Key(string(key)).Build(), true)
	return n == 1, err
}

// Delete is part of store.Keys.
func (e *Engine) Delete(ctx context.Context, op store.Op, keys [][]byte) (int, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	n := 0
	for _, key := range keys {
		plain, err := e.number(ctx, e.client.B().Unlink().Key(string(key)).Build(), true)
		if err != nil {
			return n, err
		}
		session := 0
		if len(key) > 0 && len(key) <= store.MaxSessionID {
			if session, err = e.DestroySessions(ctx, op, [][]byte{key}); err != nil {
				return n, err
			}
		}
		n += max(int(plain), session)
	}
	return n, nil
}

// Exists is part of store.Keys.
func (e *Engine) Exists(ctx context.Context, op store.Op, keys [][]byte) (int, error) {
	n := 0
	for _, key := range keys {
		kind, err := e.KeyType(ctx, op, key)
		if err != nil {
			return 0, err
		}
		if kind != store.TypeNone {
			n++
		}
	}
	return n, nil
}

// Touch is part of store.Keys.
func (e *Engine) Touch(ctx context.Context, op store.Op, keys [][]byte) (int, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	n := 0
	for _, key := range keys {
		plain, err := e.number(ctx, e.client.B().Touch().Key(string(key)).Build(), true)
		if err != nil {
			return n, err
		}
		touched := false
		if len(key) > 0 && len(key) <= store.MaxSessionID {
			if touched, err = e.TouchSession(ctx, op, key, 0); err != nil && err != store.ErrWrongType {
				return n, err
			}
		}
		if touched || plain > 0 {
			n++
		}
	}
	return n, nil
}

// Size is part of store.Keys. It counts the keys of principals too, since the upstream does.
func (e *Engine) Size(ctx context.Context, _ store.Op) (int, error) {
	waits, done, err := e.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	total := int64(0)
	err = e.eachPrimary(func(c rueidis.Client) error {
		n, err := readThere(waits, c, c.B().Dbsize().Build()).AsInt64()
		total += n
		return e.failure(err, false)
	})
	return int(total), err
}

// eachPrimary calls a function for every server that has keys.
func (e *Engine) eachPrimary(do func(rueidis.Client) error) error {
	if e.kind != cluster {
		return do(e.client)
	}
	addresses, _, err := e.primaries()
	if err != nil {
		return e.failure(err, false)
	}
	nodes := e.client.Nodes()
	for _, address := range addresses {
		c := nodes[address]
		if c == nil {
			return &store.UnavailableError{Reason: "a server of the cluster is not known"}
		}
		if err := do(c); err != nil {
			return err
		}
	}
	return nil
}

// Flush is part of store.Keys. Servers flush one after the other.
func (e *Engine) Flush(ctx context.Context, _ store.Op, _ bool) error {
	waits, done, err := e.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	if e.cache != nil {
		defer e.cache.clear()
	}
	return e.eachPrimary(func(c rueidis.Client) error {
		return e.failure(c.Do(waits, c.B().Flushdb().Build()).Error(), true)
	})
}

// KeyBytes is part of store.Keys.
func (e *Engine) KeyBytes(ctx context.Context, op store.Op, key []byte) (int64, bool, error) {
	name := string(key)
	if r, err := e.session(ctx, op, key); err != nil {
		return 0, false, err
	} else if r != nil {
		name = e.names.key(key)
	}
	waits, done, err := e.begin(ctx)
	if err != nil {
		return 0, false, err
	}
	defer done()
	n, err := e.read(waits, e.client, e.client.B().MemoryUsage().Key(name).Samples(0).Build()).AsInt64()
	if rueidis.IsRedisNil(err) {
		return 0, false, nil
	}
	return n, err == nil, e.failure(err, false)
}
