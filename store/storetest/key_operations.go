package storetest

import (
	"fmt"

	"sessd/store"
)

// keyKinds are the operations on entries of any type.
func keyKinds() []kind {
	on := func(e store.Engine) store.Keys { return e.(store.Keys) }
	several := func(name string, act func(k store.Keys, op store.Op, keys [][]byte) (int, error)) kind {
		return kind{name, func(d draw) operation {
			keys := drawKeys(d)
			return operation{fmt.Sprintf("%s %q", name, keys), keys, func(e store.Engine, op store.Op) string {
				n, err := act(on(e), op, words(keys...))
				return outcome(err, n)
			}}
		}}
	}
	one := func(name string, act func(k store.Keys, op store.Op, key []byte) string) kind {
		return kind{name, func(d draw) operation {
			key := drawKey(d)
			return operation{fmt.Sprintf("%s %q", name, key), []string{key}, func(e store.Engine, op store.Op) string {
				return act(on(e), op, []byte(key))
			}}
		}}
	}
	return []kind{
		several("delete", func(k store.Keys, op store.Op, keys [][]byte) (int, error) { return k.Delete(background, op, keys) }),
		several("exists", func(k store.Keys, op store.Op, keys [][]byte) (int, error) { return k.Exists(background, op, keys) }),
		several("use keys", func(k store.Keys, op store.Op, keys [][]byte) (int, error) { return k.Touch(background, op, keys) }),
		one("type", func(k store.Keys, op store.Op, key []byte) string {
			kind, err := k.KeyType(background, op, key)
			return outcome(err, kind)
		}),
		one("expiry", func(k store.Keys, op store.Op, key []byte) string {
			at, found, err := k.Expiry(background, op, key)
			return outcome(err, at, found)
		}),
		one("persist", func(k store.Keys, op store.Op, key []byte) string {
			had, err := k.Persist(background, op, key)
			return outcome(err, had)
		}),
		one("key bytes", func(k store.Keys, op store.Op, key []byte) string {
			n, found, err := k.KeyBytes(background, op, key)
			return outcome(err, n > 0, found)
		}),
		{"expire", func(d draw) operation {
			key, in := drawKey(d), drawDistance(d)
			x := store.ExpireOptions{IfNever: d(4) == 1, IfExpires: d(4) == 1, IfLater: d(4) == 1, IfEarlier: d(4) == 1}
			return operation{fmt.Sprintf("expire %q in %d %+v", key, in, x), []string{key}, func(e store.Engine, op store.Op) string {
				x.At = op.Now + in
				changed, err := on(e).Expire(background, op, []byte(key), x)
				return outcome(err, changed)
			}}
		}},
		{"size", func(draw) operation {
			return operation{"size", nil, func(e store.Engine, op store.Op) string {
				n, err := on(e).Size(background, op)
				return outcome(err, n)
			}}
		}},
		{"flush", func(d draw) operation {
			all := d(2) == 1
			return operation{fmt.Sprintf("flush %v", all), nil, func(e store.Engine, op store.Op) string {
				return outcome(on(e).Flush(background, op, all))
			}}
		}},
	}
}

// types returns all types that have a name.
func types() (all []store.Type) {
	for t := range store.Type(store.MaxTypes) {
		if _, known := store.ParseType(t.String()); known || t == store.TypeNone {
			all = append(all, t)
		}
	}
	return all
}

// scanKind is a round of a scan, which is not one step.
func scanKind() kind {
	return kind{"scan", func(d draw) operation {
		s := store.ScanOptions{Count: 1 + d(3), Type: of(d, types()...), Match: store.CompilePattern(drawBytes(d, "", "*", "[a-b]"))}
		return operation{fmt.Sprintf("scan %+v", s), nil, func(e store.Engine, op store.Op) string {
			seen := map[string]bool{}
			for cursor, first := uint64(0), true; first || cursor != 0; first = false {
				next, err := e.(store.Keys).Scan(background, op, cursor, s, func(key []byte) { seen[string(key)] = true })
				if err != nil {
					return outcome(err)
				}
				cursor = next
			}
			return fmt.Sprint(seen)
		}}
	}}
}
