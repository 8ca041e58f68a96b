package storetest

import (
	"context"
	"fmt"
	"strings"

	"sessd/store"
)

// transferKind is moving and copying entries.
func transferKind() kind {
	return kind{"transfer", func(d draw) operation {
		key, o := drawKey(d), store.TransferOptions{Key: []byte(drawKey(d)), Copies: d(2) == 1, Replaces: d(2) == 1, Keyspace: d(2)}
		return operation{fmt.Sprintf("transfer %q %+v", key, o), nil, func(e store.Engine, op store.Op) string {
			found, done, err := e.(store.Transferrer).TransferKey(background, op, []byte(key), o)
			return outcome(err, found, done)
		}}
	}}
}

// transfer moves or copies an entry, and returns what came of it.
func (f *fixture) transfer(from, to string, o store.TransferOptions) string {
	f.Helper()
	o.Key = []byte(to)
	found, done, err := ability[store.Transferrer](f).TransferKey(background, f.op, []byte(from), o)
	return outcome(err, found, done)
}

// build builds the entry under a key in a step.
func (f *fixture) build(key string, fill func()) {
	f.Helper()
	tx, err := ability[store.Transactor](f).Begin(f.op, words(key), 1<<20)
	f.ok(err)
	f.op.Tx = tx
	err = ability[store.Builder](f).Build(background, f.op, []byte(key), store.EventRestore, func() error {
		fill()
		return nil
	})
	f.op.Tx = nil
	tx.End()
	f.ok(err)
}

func transferCases() []testCase {
	return []testCase{
		{"a string that moves keeps its value and expiry, over an entry of any type", func(f *fixture) {
			f.setAs("a", "value", store.SetOptions{ExpireAt: start + 5})
			f.create("b", store.CreateOptions{})
			f.want("without replacing", f.transfer("a", "b", store.TransferOptions{}), "true false")
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.want("replacing", f.transfer("a", "b", store.TransferOptions{Replaces: true}), "true true")
			f.want("changes", r.take(), "| destroyed b gone, new b +5, rename_from a gone, rename_to b from a +5")
			f.want("values", f.get("a", "b"), "- value")
			f.want("the one before", f.transfer("a", "c", store.TransferOptions{}), "false false")
			f.want("onto itself", f.transfer("b", "b", store.TransferOptions{Replaces: true}), "true false")
		}},
		{"a copy has its own value, and the same expiry", func(f *fixture) {
			f.setAs("a", "value", store.SetOptions{ExpireAt: start + 5})
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.want("copy", f.transfer("a", "b", store.TransferOptions{Copies: true}), "true true")
			f.want("changes", r.take(), "| new b +5, copy_to b +5")
			f.set("a", "other")
			f.want("values", f.get("a", "b"), "other value")
		}},
		{"an entry that is built is one change", func(f *fixture) {
			f.set("a", "before")
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.build("a", func() {
				_, err := f.keys().Delete(background, f.op, words("a"))
				f.ok(err)
				f.hset("a", "x", "1")
				f.hset("a", "y", "2")
			})
			f.want("changes", r.take(), "| new a, restore a")
			f.build("b", func() {})
			f.set("c", "1")
			f.want("changes", r.take(), "| new c, set c")
			f.want("hash", f.hash("a"), "2 x=1 y=2")
		}},
		{"an entry moves to another keyspace", func(f *fixture) {
			f.set("a", "value")
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.want("move", f.transfer("a", "a", store.TransferOptions{Keyspace: 1}), "true true")
			if got := r.take(); !strings.Contains(got, "move_from a gone") || !strings.Contains(got, "move_to a") {
				f.Errorf("changes: %s", got)
			}
			f.want("here", f.get("a"), "-")
			f.op.Keyspace = 1
			f.want("there", f.get("a"), "value")
		}},
		{"a session that is renamed keeps revision, principal, fields and the ids that lead to it", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: []byte("p"), IdleTimeout: 50, Fields: words("x", "1")})
			f.save("a", "y", "2")
			f.rotate("a", "b", 20)
			f.create("c", store.CreateOptions{Principal: []byte("p")})
			f.want("rename", f.transfer("b", "c", store.TransferOptions{Replaces: true}), "true true")
			ids, err := f.sessions().PrincipalSessions(background, f.op, []byte("p"))
			f.ok(err)
			f.want("sessions of the principal", sorted(ids), sorted(words("c")))
			f.want("by the former id", f.load("a", store.LoadOptions{}), "x=1 y=2")
			f.want("by the new id", f.load("c", store.LoadOptions{}), "x=1 y=2")
			f.want("by the id before", f.load("b", store.LoadOptions{}), "error: "+store.ErrNoSession.Error())
			meta, err := f.sessions().SessionMeta(background, f.op, []byte("c"))
			f.ok(err)
			f.want("revision", meta.Revision, int64(1))
			f.want("no id", f.transfer("c", "", store.TransferOptions{}), "error: "+store.ErrSessionID.Error())
		}},
		{"a copy of a session has a life of its own", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: []byte("p"), Fields: words("x", "1")})
			f.rotate("a", "b", 20)
			f.want("copy", f.transfer("a", "c", store.TransferOptions{Copies: true}), "true true")
			f.save("c", "x", "2")
			f.want("the first", f.load("a", store.LoadOptions{}), "x=1")
			f.want("the copy", f.load("c", store.LoadOptions{}), "x=2")
			n, err := f.sessions().DestroyPrincipal(background, f.op, []byte("p"), nil)
			f.ok(err)
			f.want("destroyed", n, 2)
		}},
		{"what needs too much memory changes nothing", func(f *fixture) {
			f.set("a", strings.Repeat("x", 100_000))
			f.limit(store.Limits{MaxMemory: f.report().UsedBytes + 1000})
			f.want("copy", f.transfer("a", "b", store.TransferOptions{Copies: true}), "error: "+store.ErrNoMemory.Error())
			f.want("value", f.get("b"), "-")
			f.want("rename", f.transfer("a", "b", store.TransferOptions{}), "true true")
		}},
	}
}

// TransferKey implements store.Transferrer.
func (m *Model) TransferKey(_ context.Context, op store.Op, key []byte, o store.TransferOptions) (found, done bool, err error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	to := m.spaces[o.Keyspace]
	x := k.find(key)
	if o.Copies {
		m.read(k, key)
	}
	if x == nil {
		return false, false, nil
	}
	if to.find(o.Key) != nil && !o.Replaces || o.Keyspace == op.Keyspace && x.key == string(o.Key) {
		return true, false, nil
	}
	if x.session != nil && (len(o.Key) == 0 || len(o.Key) > store.MaxSessionID) {
		return true, false, store.ErrSessionID
	}
	if o.Copies && m.full(x.size()+int64(len(o.Key)-len(x.key))) {
		return true, false, store.ErrNoMemory
	}
	m.end(to, o.Key)
	if o.Copies {
		if x = x.clone(); x.session != nil {
			x.session.handle = fmt.Sprint("of a copy ", m.order)
			x.session.lockedUntil = 0
		}
	} else {
		if delete(k.entries, x.key); x.session != nil && o.Keyspace != op.Keyspace {
			x.session.lockedUntil = 0
		}
		for alias, a := range k.aliases {
			if a.entry == x && o.Keyspace != op.Keyspace {
				delete(k.aliases, alias)
			}
		}
	}
	m.order++
	x.key, x.order = string(o.Key), m.order
	to.entries[x.key] = x
	m.used()
	return true, true, nil
}

// clone returns an entry with the same content.
func (x *modelEntry) clone() *modelEntry {
	y := *x
	if x.session != nil {
		y.session = x.session.clone()
	}
	if x.other != nil {
		y.other = x.other.clone()
	}
	return &y
}
