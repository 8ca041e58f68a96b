package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"sessd/store"
)

func roomCases() []testCase {
	return []testCase{
		{"what cannot fit is refused, and nothing is evicted for it", func(f *fixture) {
			for i := range 200 {
				f.create(fmt.Sprint("id", i), store.CreateOptions{Fields: words("x", strings.Repeat("x", 50))})
				f.set(fmt.Sprint("key", i), strings.Repeat("x", 50))
			}
			limit := f.report().UsedBytes + 100<<10
			f.limit(store.Limits{MaxMemory: limit, Policy: store.AllKeysLRU})
			huge := strings.Repeat("x", int(limit))
			refused := func(what string, err error) {
				f.Helper()
				f.want(what, err, store.ErrNoMemory)
				f.want(what+": evicted", f.report().Keys, [3]uint64{})
				f.want(what+": size", f.size(), 400)
			}
			_, err := f.strings().SetStringRange(background, f.op, []byte("key0"), 536870000, []byte("x"))
			refused("set range", err)
			_, err = f.strings().AppendString(background, f.op, []byte("key0"), []byte(huge))
			refused("append", err)
			_, err = f.strings().SetString(background, f.op, []byte("key0"), []byte(huge), store.SetOptions{ExpireAt: store.Never})
			refused("set", err)
			_, err = f.strings().SetStrings(background, f.op, words("key0", huge[:limit/2], "new", huge[:limit/2]), false)
			refused("set several", err)
			_, err = f.sessions().SaveSession(background, f.op, []byte("id0"), store.SaveOptions{Fields: words("y", huge)})
			refused("save", err)
			err = f.sessions().CreateSession(background, f.op, []byte("new"), store.CreateOptions{Fields: words("y", huge)})
			refused("create", err)
		}},
		{"what could fit only over its own entry is refused", func(f *fixture) {
			f.set("a", strings.Repeat("x", 50<<10))
			f.set("b", strings.Repeat("x", 10<<10))
			f.limit(store.Limits{MaxMemory: f.report().UsedBytes + 10<<10, Policy: store.AllKeysLRU})
			_, err := f.strings().AppendString(background, f.op, []byte("a"), []byte(strings.Repeat("x", 50<<10)))
			f.want("append", err, store.ErrNoMemory)
			f.want("evicted", f.report().Keys[store.Evicted], uint64(0))
			f.want("size", f.size(), 2)
		}},
		{"writers at the same time never store more than the limit", func(f *fixture) {
			f.set("a", "1")
			limit := f.report().UsedBytes + 400<<10
			f.limit(store.Limits{MaxMemory: limit, Policy: store.AllKeysLRU})
			var writers sync.WaitGroup
			check := func(err error) {
				if err != nil && !errors.Is(err, store.ErrNoMemory) && !errors.Is(err, store.ErrNoSession) {
					f.Error(err)
				}
				if r := f.report(); r.UsedBytes > limit {
					f.Errorf("%d bytes are used of %d", r.UsedBytes, limit)
				}
			}
			for w := range 8 {
				writers.Go(func() {
					for i := range 150 {
						value, id := []byte(strings.Repeat("x", 1+i*211%9000)), fmt.Appendf(nil, "id%d-%d", w, i)
						_, err := f.strings().SetString(background, f.op, fmt.Append(nil, "key", i%40), value, store.SetOptions{ExpireAt: store.Never})
						check(err)
						_, err = f.strings().SetStrings(background, f.op, [][]byte{id[2:], value, id[3:], value[:len(value)/2]}, false)
						check(err)
						check(f.sessions().CreateSession(background, f.op, id, store.CreateOptions{Principal: id[:3], Fields: words("x", "1")}))
						_, err = f.sessions().SaveSession(background, f.op, id, store.SaveOptions{Fields: [][]byte{[]byte("x"), value}})
						check(err)
						check(f.sessions().RotateSession(background, f.op, id, append(id[:len(id):len(id)], 'r'), store.RotateOptions{Grace: 100}))
					}
				})
			}
			writers.Wait()
			if r := f.report(); r.PeakBytes > limit {
				f.Errorf("%+v", r)
			}
		}},
	}
}
