package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"sessd/store"
)

// stepKind is several operations of other kinds as one step, where the engine can do that.
func stepKind(kinds []kind) kind {
	kinds = slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return k.name == scanKind().name || k.name == "flush" })
	return kind{"step", func(d draw) operation {
		var parts []operation
		var texts, keys []string
		any := false
		for range 1 + d(3) {
			o := kinds[d(len(kinds))].draw(d)
			parts, texts, keys = append(parts, o), append(texts, o.text), append(keys, o.keys...)
			any = any || o.keys == nil
		}
		if any {
			keys = nil
		}
		return operation{"step of " + strings.Join(texts, ", "), keys, func(e store.Engine, op store.Op) string {
			if t, ok := e.(store.Transactor); ok {
				var names [][]byte
				if keys != nil {
					names = words(keys...)
				}
				tx, err := t.Begin(op, names, 0)
				if err != nil {
					return outcome(err)
				}
				defer tx.End()
				op.Tx = tx
			}
			var results []string
			for _, o := range parts {
				results = append(results, o.do(e, op))
			}
			return strings.Join(results, ", ")
		}}
	}}
}

// step does operations as one step, with Op.Tx set, and ends it.
func (f *fixture) step(keys [][]byte, do func()) {
	f.Helper()
	tx, err := ability[store.Transactor](f).Begin(f.op, keys, 0)
	f.ok(err)
	defer tx.End()
	f.op.Tx = tx
	defer func() { f.op.Tx = nil }()
	do()
}

func stepCases() []testCase {
	return []testCase{
		{"every operation may be part of a step, and sees what those before it did", func(f *fixture) {
			f.step(nil, func() {
				f.create("a", store.CreateOptions{Principal: []byte("p"), Fields: words("x", "1")})
				f.want("save", f.save("a", "x", "2"), int64(1))
				f.rotate("a", "b", 1000)
				f.want("by the id before", f.global("a"), "x=2")
				f.set("s", "1")
				f.want("get", f.get("s", "none"), "1 -")
				f.want("size", f.size(), 2)
				f.want("scan", f.scan(store.ScanOptions{Count: 10}), "b s")
				f.want("of the principal", f.of("p"), "b")
				f.want("keyspaces", f.report().Keyspaces[0].Keys, 2)
				f.op.Keyspace = 1
				f.set("s", "2")
				f.op.Keyspace = 0
				f.want("destroy", f.destroy("a"), 1)
				f.want("exists", f.exists("a", "b", "s"), 1)
				f.ok(f.keys().Flush(background, f.op, true))
			})
			f.want("size", f.size(), 0)
		}},
		{"a step on some keys covers the sessions to which they lead", func(f *fixture) {
			for i := range 20 {
				id := fmt.Sprint("id", i)
				f.create(id, store.CreateOptions{})
				f.rotate(id, "new"+id, 1000)
				f.step(words(id, "s"), func() {
					f.save(id, "x", "1")
					f.set("s", "1")
					f.want("load", f.global(id), "x=1")
				})
				f.want("load", f.global("new"+id), "x=1")
			}
		}},
		{"changes of a step share a number", func(f *fixture) {
			r := f.observe(store.ChangeEvents)
			f.step(words("a", "b", "c"), func() {
				f.set("a", "1")
				f.create("b", store.CreateOptions{})
				f.rotate("b", "c", 0)
			})
			f.set("a", "2")
			f.want("changes", r.take(), "| set a, created b, rotated c from b, | set a")
		}},
		{"an operation on what a step does not cover panics, and a panic keeps nothing locked", func(f *fixture) {
			ability[store.Transactor](f)
			for i := range 10 {
				func() {
					defer func() {
						if recover() == nil {
							f.Error("no panic")
						}
					}()
					f.step(words("a"), func() {
						f.set("a", fmt.Sprint(i))
						f.size()
					})
				}()
				f.op.Tx = nil
				f.want("get", f.get("a"), fmt.Sprint(i))
				f.want("size", f.size(), 1)
			}
		}},
		{"a step has the room that it asked for, and what it frees", func(f *fixture) {
			const room = 64 << 10
			f.set("a", strings.Repeat("x", room))
			f.set("b", "1")
			limit := f.report().UsedBytes + room/4
			f.limit(store.Limits{MaxMemory: limit, Policy: store.VolatileLRU})
			_, err := ability[store.Transactor](f).Begin(f.op, words("b"), room)
			f.want("begin", err, store.ErrNoMemory)
			large := strings.Repeat("y", room)
			f.step(words("a", "c"), func() {
				_, err := f.strings().SetString(background, f.op, []byte("c"), []byte(large), store.SetOptions{ExpireAt: store.Never})
				f.want("set beyond the limit", err, store.ErrNoMemory)
				_, err = f.keys().Delete(background, f.op, words("a"))
				f.ok(err)
				f.set("c", large)
			})
			r := f.report()
			f.want("evicted", r.Keys[store.Evicted], uint64(0))
			if r.UsedBytes > limit {
				f.Errorf("%d bytes are used of %d", r.UsedBytes, limit)
			}
			f.limit(store.Limits{MaxMemory: limit, Policy: store.AllKeysLRU})
			tx, err := ability[store.Transactor](f).Begin(f.op, words("d"), room)
			f.ok(err)
			f.op.Tx = tx
			f.set("d", large[:room/2])
			f.op.Tx = nil
			tx.End()
			if r := f.report(); r.UsedBytes > limit || r.Keys[store.Evicted] == 0 {
				f.Errorf("%+v", r)
			}
		}},
		{"steps at the same time are one after the other", func(f *fixture) {
			steps := ability[store.Transactor](f)
			const accounts, clients, rounds, total = 6, 8, 60, 600
			name := func(i int) []byte { return fmt.Append(nil, "account", i) }
			for i := range accounts {
				f.set(string(name(i)), fmt.Sprint(total/accounts))
			}
			f.create("log", store.CreateOptions{Principal: []byte("p")})
			sum := func(op store.Op) (n int64) {
				var v valueText
				keys := make([][]byte, accounts)
				for i := range keys {
					keys[i] = name(i)
				}
				_ = f.strings().GetStrings(background, op, keys, &v)
				for _, text := range v.values {
					x, _ := store.ParseInt([]byte(text))
					n += x
				}
				return n
			}
			var all sync.WaitGroup
			for c := range clients {
				all.Go(func() {
					for i := range rounds {
						op := f.op
						from, to := name((c+i)%accounts), name((c*i+1)%accounts)
						keys := [][]byte{to, []byte("log"), from}
						if i%5 == 0 {
							keys = nil
						}
						tx, err := steps.Begin(op, keys, 0)
						if err != nil {
							f.Error(err)
							return
						}
						op.Tx = tx
						_, _ = f.strings().IncrString(background, op, from, -3)
						_, _ = f.sessions().SaveSession(background, op, []byte("log"), store.SaveOptions{Fields: [][]byte{from, to}})
						_, _ = f.strings().IncrString(background, op, to, 3)
						if keys == nil && sum(op) != total {
							f.Error("money is gone in a step")
						}
						tx.End()
						op.Tx = nil
						if n := sum(op); n != total {
							f.Errorf("%d of %d are left", n, total)
						}
					}
				})
			}
			all.Wait()
			f.want("saves", f.meta("log").Revision, int64(clients*rounds))
		}},
	}
}
