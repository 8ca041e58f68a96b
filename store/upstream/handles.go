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

// described is a session of a principal.
type describedSession struct {
	key    string
	record *record
	values [][]byte
}

// describe returns the live sessions of a principal, with some fields of their global bags, and the keys in its index that have none.
func (e *Engine) describe(ctx context.Context, op store.Op, principal []byte, fields [][]byte) (all []describedSession, lost []string, err error) {
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	keys, err := e.client.Do(ctx, e.client.B().Zrange().Key(indexKey(principal)).Min("0").Max("-1").Build()).AsStrSlice()
	if err != nil {
		return nil, nil, e.failure(err, false)
	}
	if len(keys) == 0 {
		return nil, nil, nil
	}
	last, err := e.stamp(ctx, string(principal))
	if err != nil {
		return nil, nil, err
	}
	names := append(slices.Clone(metaFields), endsField)
	for _, name := range fields {
		names = append(names, ":"+string(name))
	}
	for len(keys) > 0 {
		some := keys[:min(len(keys), endAtOnce)]
		keys = keys[len(some):]
		asks := make(rueidis.Commands, len(some))
		for i, key := range some {
			asks[i] = e.client.B().Hmget().Key(key).Field(names...).Build()
		}
		for i, result := range e.client.DoMulti(ctx, asks...) {
			parts, err := result.ToArray()
			if err != nil {
				return nil, nil, e.failure(err, false)
			}
			r := readMeta(parts)
			switch {
			case r == nil || r.principal != string(principal) || !r.live(e.now(op.Now)):
				lost = append(lost, some[i])
			case r.generation > last && !e.dead.holds(some[i], r):
				d := describedSession{key: some[i], record: r, values: make([][]byte, len(fields))}
				ends, _ := parts[len(metaFields)].ToString()
				r.ends = parseEnds(ends)
				for j := range fields {
					if value, err := parts[len(metaFields)+1+j].AsBytes(); err == nil && !r.hasEnded(names[len(metaFields)+1+j], e.now(op.Now)) {
						d.values[j] = value
					}
				}
				all = append(all, d)
			}
		}
	}
	return all, lost, nil
}

// PrincipalSessions is part of store.Sessions. Where keys carry hashes it returns what stands for ids, which DestroySessions takes.
func (e *Engine) PrincipalSessions(ctx context.Context, op store.Op, principal []byte) ([][]byte, error) {
	all, lost, err := e.describe(ctx, op, principal, nil)
	if err != nil {
		return nil, err
	}
	if len(lost) > 0 {
		e.work.Go(func() { e.heal(indexKey(principal), lost) })
	}
	ids := make([][]byte, len(all))
	for i := range all {
		ids[i] = e.names.id(all[i].key)
	}
	return ids, nil
}

// DescribeSessions is part of store.Sessions.
func (e *Engine) DescribeSessions(ctx context.Context, op store.Op, principal []byte, fields [][]byte) ([]store.SessionDescription, error) {
	all, _, err := e.describe(ctx, op, principal, fields)
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
	all, _, err := e.describe(ctx, op, principal, nil)
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
