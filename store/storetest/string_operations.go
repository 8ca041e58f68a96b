package storetest

import (
	"bytes"
	"fmt"
	"math"

	"sessd/store"
)

// stringKinds are the operations on strings.
func stringKinds() []kind {
	on := func(e store.Engine) store.Strings { return e.(store.Strings) }
	return []kind{
		{"get", func(d draw) operation {
			key := drawKey(d)
			return operation{fmt.Sprintf("get %q", key), []string{key}, func(e store.Engine, op store.Op) string {
				v := new(valueText)
				return outcome(on(e).GetString(background, op, []byte(key), v), v)
			}}
		}},
		{"get several", func(d draw) operation {
			keys := drawKeys(d)
			return operation{fmt.Sprintf("get several %q", keys), keys, func(e store.Engine, op store.Op) string {
				v := new(valueText)
				return outcome(on(e).GetStrings(background, op, words(keys...), v), v)
			}}
		}},
		{"get and expire", func(d draw) operation {
			key, in, never := drawKey(d), drawDistance(d), d(3) == 1
			return operation{fmt.Sprintf("get %q and expire in %d, never %v", key, in, never), []string{key},
				func(e store.Engine, op store.Op) string {
					v, at := new(valueText), op.Now+in
					if never {
						at = store.Never
					}
					return outcome(on(e).GetStringExpire(background, op, []byte(key), at, v), v)
				}}
		}},
		{"get and delete", func(d draw) operation {
			key := drawKey(d)
			return operation{fmt.Sprintf("get and delete %q", key), []string{key}, func(e store.Engine, op store.Op) string {
				v := new(valueText)
				return outcome(on(e).DeleteString(background, op, []byte(key), v), v)
			}}
		}},
		{"set", func(d draw) operation {
			key, value, in, previous := drawKey(d), drawValue(d), drawDistance(d), d(2) == 1
			never, s := d(2) == 1, store.SetOptions{KeepTTL: d(4) == 1, IfAbsent: d(4) == 1, IfPresent: d(4) == 1}
			return operation{fmt.Sprintf("set %q %q in %d, never %v %+v", key, value, in, never, s), []string{key},
				func(e store.Engine, op store.Op) string {
					v, s := new(valueText), s
					if previous {
						s.Previous = v
					}
					if s.ExpireAt = op.Now + in; never {
						s.ExpireAt = store.Never
					}
					stored, err := on(e).SetString(background, op, []byte(key), []byte(value), s)
					return outcome(err, stored, v)
				}}
		}},
		{"set several", func(d draw) operation {
			pairs, ifNone := drawPairs(d, drawKey), d(2) == 1
			keys := []string{}
			for i := 0; i < len(pairs); i += 2 {
				keys = append(keys, pairs[i])
			}
			return operation{fmt.Sprintf("set several %q %v", pairs, ifNone), keys, func(e store.Engine, op store.Op) string {
				stored, err := on(e).SetStrings(background, op, words(pairs...), ifNone)
				return outcome(err, stored)
			}}
		}},
		{"incr", func(d draw) operation {
			key, delta := drawKey(d), of[int64](d, 1, -1, 10, math.MaxInt64, math.MinInt64)
			return operation{fmt.Sprintf("incr %q %d", key, delta), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).IncrString(background, op, []byte(key), delta)
				return outcome(err, n)
			}}
		}},
		{"incr by float", func(d draw) operation {
			key, delta := drawKey(d), of(d, "1", "0.1", "-1e3", "x", "inf")
			return operation{fmt.Sprintf("incr %q by %s", key, delta), []string{key}, func(e store.Engine, op store.Op) string {
				sum, err := on(e).IncrStringFloat(background, op, []byte(key), []byte(delta))
				return outcome(err, string(sum))
			}}
		}},
		{"append", func(d draw) operation {
			key, tail := drawKey(d), drawValue(d)
			return operation{fmt.Sprintf("append %q %q", key, tail), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).AppendString(background, op, []byte(key), []byte(tail))
				return outcome(err, n)
			}}
		}},
		{"set range", func(d draw) operation {
			key, offset, part := drawKey(d), of[int64](d, 0, 1, 5, 20, math.MaxInt64), bytes.Clone([]byte(drawValue(d)))
			return operation{fmt.Sprintf("set range %q %d %q", key, offset, part), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).SetStringRange(background, op, []byte(key), offset, part)
				return outcome(err, n)
			}}
		}},
	}
}
