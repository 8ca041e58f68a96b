package upstream

import (
	"context"
	"math/rand/v2"
	"strconv"

	"github.com/redis/rueidis"

	"sessd/store"
)

// nodeShift is where a cursor says which server it is of.
const nodeShift = 54

// Scan is part of store.Keys. The cursor is that of one server after the other.
func (e *Engine) Scan(ctx context.Context, op store.Op, cursor uint64, s store.ScanOptions, visit func(key []byte)) (uint64, error) {
	waits, done, err := e.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	addresses, _, err := e.primaries()
	if err != nil {
		return 0, e.failure(err, false)
	}
	node, at := int(cursor>>nodeShift), cursor&(1<<nodeShift-1)
	if node >= len(addresses) {
		return 0, nil
	}
	server := e.client
	if e.kind == cluster {
		if server = e.client.Nodes()[addresses[node]]; server == nil {
			return 0, &store.UnavailableError{Reason: "the cluster has changed, begin anew"}
		}
	}
	args := []string{decimal(int64(at)), "COUNT", strconv.Itoa(min(s.Count, 1000))}
	if s.Type == store.TypeSession {
		args = append(args, "MATCH", sessionPrefix[:len(sessionPrefix)-1]+`{*`)
	}
	found, err := readThere(waits, server, server.B().Arbitrary("SCAN").Args(args...).ReadOnly()).AsScanEntry()
	if err != nil {
		return 0, e.failure(err, false)
	}
	if err := e.visit(waits, server, op, found.Elements, s, visit); err != nil {
		return 0, err
	}
	if found.Cursor != 0 {
		return uint64(node)<<nodeShift | found.Cursor, nil
	}
	if node+1 < len(addresses) {
		return uint64(node+1) << nodeShift, nil
	}
	return 0, nil
}

// visit visits those of some keys of a server that a scan wants.
func (e *Engine) visit(ctx context.Context, server rueidis.Client, op store.Op, keys []string, s store.ScanOptions, visit func(key []byte)) error {
	var sessions []string
	for _, key := range keys {
		switch {
		case isOwn(key):
		case isSession(key):
			sessions = append(sessions, key)
		case s.Type == store.TypeSession || s.Match != nil && !s.Match.Match([]byte(key)):
		case s.Type != store.TypeNone:
			name, err := readThere(ctx, server, server.B().Type().Key(key).Build()).ToString()
			if err != nil {
				return e.failure(err, false)
			}
			if plainType(name) == s.Type {
				visit([]byte(key))
			}
		default:
			visit([]byte(key))
		}
	}
	if s.Type != store.TypeNone && s.Type != store.TypeSession || len(sessions) == 0 {
		return nil
	}
	asks := make(rueidis.Commands, len(sessions))
	for i, key := range sessions {
		asks[i] = server.B().Hmget().Key(key).Field(metaFields...).Build()
	}
	for i, result := range e.readMulti(ctx, server, asks) {
		parts, err := result.ToArray()
		if err != nil {
			continue // it is of another type, or has moved to another server, where it is met again
		}
		if r := readMeta(parts); r != nil && r.live(e.asked(op.Now)) && !e.dead.holds(sessions[i], r) {
			if id := e.names.id(sessions[i]); s.Match == nil || s.Match.Match(id) {
				visit(id)
			}
		}
	}
	return nil
}

// RandomKey is part of store.Keys.
func (e *Engine) RandomKey(ctx context.Context, op store.Op) ([]byte, error) {
	for range 100 {
		key, err := e.randomKey(ctx)
		switch {
		case err != nil:
			return nil, err
		case key == "":
			return nil, nil
		case isSession(key):
			if r, _, err := e.loadOne(ctx, op, key, true); r != nil || err != nil {
				return e.names.id(key), err
			}
		case !isOwn(key):
			return []byte(key), nil
		}
	}
	return nil, nil
}

// randomKey returns one of the upstream's keys, empty if there are none. Each server of a cluster is as likely as another that has keys.
func (e *Engine) randomKey(ctx context.Context) (string, error) {
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	found, servers := "", 0
	err = e.eachPrimary(func(c rueidis.Client) error {
		key, err := readThere(ctx, c, c.B().Randomkey().Build()).ToString()
		if rueidis.IsRedisNil(err) {
			return nil
		}
		if servers++; rand.IntN(servers) == 0 {
			found = key
		}
		return e.failure(err, false)
	})
	return found, err
}
