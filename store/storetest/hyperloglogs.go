package storetest

import (
	"bytes"
	"context"
	"fmt"

	"sessd/store"
	"sessd/store/hyperloglog"
)

// hyperloglogKinds are the operations on HyperLogLogs.
func hyperloglogKinds() []kind {
	on := func(e store.Engine) store.HyperLogLogs { return e.(store.HyperLogLogs) }
	return []kind{
		{"add elements", func(d draw) operation {
			key, elements := drawKey(d), drawTexts(d, 4, drawValue)
			return operation{fmt.Sprintf("add elements %q %q", key, elements), []string{key}, func(e store.Engine, op store.Op) string {
				changed, err := on(e).AddElements(background, op, []byte(key), words(elements...))
				return outcome(err, changed)
			}}
		}},
		{"count elements", func(d draw) operation {
			keys := append(drawKeys(d), drawKey(d))
			return operation{fmt.Sprintf("count elements %q", keys), keys, func(e store.Engine, op store.Op) string {
				n, err := on(e).CountElements(background, op, words(keys...))
				return outcome(err, n)
			}}
		}},
		{"merge elements", func(d draw) operation {
			target, keys := drawKey(d), drawKeys(d)
			return operation{fmt.Sprintf("merge elements %q %q", target, keys), append([]string{target}, keys...), func(e store.Engine, op store.Op) string {
				return outcome(on(e).MergeElements(background, op, []byte(target), words(keys...)))
			}}
		}},
	}
}

func hyperloglogCases() []testCase {
	a := []byte("a")
	return []testCase{
		{"elements are added to one that is made and keeps its expiry, and counted together", func(f *fixture) {
			r := f.observe(store.ChangeEvents)
			for _, want := range []bool{true, false} {
				changed, err := f.logs().AddElements(background, f.op, a, words("x", "y"))
				f.ok(err)
				f.want("changed", changed, want)
			}
			f.want("changes", r.take(), "| pfadd a")
			_, err := f.keys().Expire(background, f.op, a, store.ExpireOptions{At: start + 5})
			f.ok(err)
			_, err = f.logs().AddElements(background, f.op, []byte("b"), words("y", "z"))
			f.ok(err)
			r.take()
			f.ok(f.logs().MergeElements(background, f.op, a, words("b", "none")))
			f.want("changes", r.take(), "| pfadd a +5")
			for _, keys := range [][]string{{"a"}, {"a"}, {"a", "b", "none"}} {
				n, err := f.logs().CountElements(background, f.op, words(keys...))
				f.ok(err)
				f.want("count", n, uint64(3))
			}
			n, err := f.logs().CountElements(background, f.op, words("none"))
			f.ok(err)
			f.want("count", n, uint64(0))
			f.want("changes", r.take(), "")
		}},
		{"a string that is no HyperLogLog, or not sound, is refused and stays", func(f *fixture) {
			f.create("s", store.CreateOptions{})
			f.set("n", "hello")
			f.set("c", "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00")
			for key, want := range map[string]error{"s": store.ErrWrongType, "n": store.ErrNotHyperLogLog, "c": store.ErrCorruptHyperLogLog} {
				_, err := f.logs().AddElements(background, f.op, []byte(key), words("x"))
				f.want("add to "+key, err, want)
				for _, keys := range [][]string{{key}, {"none", key}} {
					_, err = f.logs().CountElements(background, f.op, words(keys...))
					f.want("count "+key, err, want)
				}
				f.want("merge into "+key, f.logs().MergeElements(background, f.op, []byte(key), nil), want)
				f.want("merge from "+key, f.logs().MergeElements(background, f.op, a, words(key)), want)
			}
			f.want("values", f.get("a", "n"), "- hello")
		}},
	}
}

// AddElements implements store.HyperLogLogs.
func (m *Model) AddElements(_ context.Context, op store.Op, key []byte, elements [][]byte) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	value, x, err := m.edit(k, key, 0)
	if err != nil {
		return false, err
	}
	if x != nil && value == nil {
		value = []byte{}
	}
	value, changed, err := hyperloglog.Add(value, elements)
	if err != nil || !changed {
		return false, err
	}
	if err := m.replace(k, x, key, value); err != nil {
		return false, err
	}
	return true, nil
}

// CountElements implements store.HyperLogLogs.
func (m *Model) CountElements(_ context.Context, op store.Op, keys [][]byte) (uint64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	if len(keys) == 1 {
		x, err := m.readText(k, keys[0])
		if err != nil || x == nil {
			return 0, err
		}
		x.value = bytes.Clone(x.value)
		return hyperloglog.CountAndRemember(x.value)
	}
	var all hyperloglog.Registers
	if _, err := m.mergeInto(k, &all, keys); err != nil {
		return 0, err
	}
	return all.Count(), nil
}

func (m *Model) mergeInto(k modelSpace, all *hyperloglog.Registers, keys [][]byte) (dense bool, err error) {
	for i, key := range keys {
		if _, err = m.readText(k, key); err != nil {
			keys = keys[:i]
			break
		}
	}
	for _, key := range keys {
		if x, _ := k.text(key); x != nil {
			if err := all.Merge(x.value); err != nil {
				return false, err
			}
			dense = dense || hyperloglog.IsDense(x.value)
		}
	}
	return dense, err
}

// MergeElements implements store.HyperLogLogs.
func (m *Model) MergeElements(_ context.Context, op store.Op, target []byte, keys [][]byte) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	var all hyperloglog.Registers
	dense, err := m.mergeInto(k, &all, append([][]byte{target}, keys...))
	if err != nil {
		return err
	}
	value, x, err := m.edit(k, target, 0)
	if err != nil {
		return err
	}
	if value, err = all.Store(value, dense); err != nil {
		return err
	}
	return m.replace(k, x, target, value)
}
