package upstream

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"slices"

	"github.com/redis/rueidis"

	"sessd/store"
)

// newHandle returns a name for a new session that is shown to people. It says nothing of the id.
func newHandle() string {
	var random [9]byte
	rand.Read(random[:])
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// describedSession is a session of a principal, and the values of the fields that are wanted, nil where it lacks one.
type describedSession struct {
	bound
	record *record
	values [][]byte
}

// described is what was found under the keys in an index.
type described struct {
	live []describedSession
	lost []bound // without a session
	dead []bound // whose session has ended, or is another's
}

// describeAll describes the sessions of a principal, each once, with some fields of their global bags. It may stop once there are enough,
// 0 for all.
func (e *Engine) describeAll(ctx context.Context, op store.Op, principal []byte, fields [][]byte, enough int) (all described, err error) {
	handles := make(map[string]bool)
	err = e.eachBound(ctx, principal, "", func(some []bound) (bool, error) {
		found, err := e.describe(ctx, op, principal, some, fields)
		for _, d := range found.live {
			if !handles[d.record.handle] {
				handles[d.record.handle] = true
				all.live = append(all.live, d)
			}
		}
		all.lost, all.dead = append(all.lost, found.lost...), append(all.dead, found.dead...)
		return enough == 0 || len(all.live) < enough, err
	})
	return all, err
}

// describe describes the sessions of a principal under keys, as many as one request may have.
func (e *Engine) describe(ctx context.Context, op store.Op, principal []byte, keys []bound, fields [][]byte) (all described, err error) {
	if len(keys) == 0 {
		return all, nil
	}
	last, err := e.stamp(ctx, e.client, string(principal))
	if err != nil {
		return all, err
	}
	names := append(slices.Clone(metaFields), endsField)
	for _, name := range fields {
		names = append(names, ":"+string(name))
	}
	return all, e.describeSome(ctx, op, principal, keys, names, last, &all)
}

// describeSome is describe after the last generation that was ended. names are metadata, and what else of a session is wanted.
func (e *Engine) describeSome(ctx context.Context, op store.Op, principal []byte, keys []bound, names []string, last int64, all *described) error {
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	asks := make(rueidis.Commands, len(keys))
	for i, one := range keys {
		asks[i] = e.client.B().Hmget().Key(one.key).Field(names...).Build()
	}
	now, own := e.now(op.Now), len(metaFields)+1
	for i, result := range e.readMulti(ctx, e.client, asks) {
		parts, err := result.ToArray()
		if err != nil {
			return e.failure(err, false)
		}
		if len(parts) != len(names) {
			return errNonsense
		}
		r, key := readMeta(parts), keys[i].key
		switch {
		case r == nil:
			all.lost = append(all.lost, keys[i])
		case r.principal != string(principal) || !r.live(e.asked(op.Now)) || r.generation <= last || e.dead.holds(key, r):
			all.dead = append(all.dead, keys[i])
		default:
			d := describedSession{bound: keys[i], record: r, values: make([][]byte, len(names)-own)}
			ends, _ := parts[own-1].ToString()
			r.ends = parseEnds(ends)
			for j := range d.values {
				if value, err := parts[own+j].AsBytes(); err == nil && !r.hasEnded(names[own+j], now) {
					d.values[j] = value
				}
			}
			all.live = append(all.live, d)
		}
	}
	return nil
}

// sessionsOf returns the live sessions of a principal, with some fields of their global bags, and heals its index.
func (e *Engine) sessionsOf(ctx context.Context, op store.Op, principal []byte, fields [][]byte) ([]describedSession, error) {
	all, err := e.describeAll(ctx, op, principal, fields, 0)
	if gone := e.old(op, append(all.lost, all.dead...)); err == nil && len(gone) > 0 {
		e.work.Go(func() { e.reap(e.context, op, principal, gone) })
	}
	return all.live, err
}

// PrincipalSessions is part of store.Sessions. Where keys carry hashes it returns what stands for ids, which DestroySessions takes.
func (e *Engine) PrincipalSessions(ctx context.Context, op store.Op, principal []byte) ([][]byte, error) {
	all, err := e.sessionsOf(ctx, op, principal, nil)
	if err != nil {
		return nil, err
	}
	ids := make([][]byte, len(all))
	for i := range all {
		ids[i] = e.names.id(all[i].key)
	}
	return ids, nil
}

// DescribeSessions is part of store.Sessions.
func (e *Engine) DescribeSessions(ctx context.Context, op store.Op, principal []byte, fields [][]byte) ([]store.SessionDescription, error) {
	all, err := e.sessionsOf(ctx, op, principal, fields)
	shown := make([]store.SessionDescription, len(all))
	for i, d := range all {
		shown[i] = store.SessionDescription{
			ID: e.names.id(d.key), Handle: []byte(d.record.handle), CreatedAt: d.record.created, AccessedAt: d.record.used,
			ExpiresAt: expiryOf(d.record.expires, 0), Values: d.values,
		}
	}
	return shown, err
}

// DestroyHandles is part of store.Sessions. They end one after the other.
func (e *Engine) DestroyHandles(ctx context.Context, op store.Op, principal []byte, handles [][]byte) (int, error) {
	all, err := e.sessionsOf(ctx, op, principal, nil)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, d := range all {
		wanted := 0
		for _, handle := range handles {
			wanted |= subtle.ConstantTimeCompare(handle, []byte(d.record.handle))
		}
		if wanted == 0 {
			continue
		}
		if err := e.destroy(ctx, op, d.key, principal, d.record.generation); err == nil {
			n++
		} else if err != store.ErrNoSession {
			return n, err
		}
	}
	return n, nil
}
