package storetest

import (
	"fmt"
	"math"

	"sessd/store"
)

// bitmapKinds are the operations on strings as arrays of bits.
func bitmapKinds() []kind {
	on := func(e store.Engine) store.Bitmaps { return e.(store.Bitmaps) }
	return []kind{
		{"set bit", func(d draw) operation {
			key, offset, bit := drawKey(d), of[int64](d, 0, 1, 7, 8, 100, math.MaxInt64), d(2) == 1
			return operation{fmt.Sprintf("set bit %q %d %v", key, offset, bit), []string{key}, func(e store.Engine, op store.Op) string {
				before, err := on(e).SetBit(background, op, []byte(key), offset, bit)
				return outcome(err, before)
			}}
		}},
		{"change bit fields", func(d draw) operation {
			key, fields := drawKey(d), make([]store.BitFieldOp, d(4))
			for i := range fields {
				fields[i] = store.BitFieldOp{
					BitField: store.BitField{Signed: d(2) == 1, Width: of(d, 1, 5, 8, 33, 63), Offset: of[int64](d, 0, 3, 8, 50)},
					Action:   of(d, store.BitFieldGet, store.BitFieldSet, store.BitFieldIncr), Overflow: of(d, store.OverflowWrap, store.OverflowSaturate, store.OverflowFail),
					Operand: of[int64](d, 0, 1, -1, 200, math.MaxInt64, math.MinInt64),
				}
			}
			return operation{fmt.Sprintf("change bit fields %q %+v", key, fields), []string{key}, func(e store.Engine, op store.Op) string {
				all := append([]store.BitFieldOp{}, fields...)
				err := on(e).ChangeBitFields(background, op, []byte(key), all)
				return outcome(err, fmt.Sprintf("%+v", all))
			}}
		}},
		{"combine bits", func(d draw) operation {
			target, how, keys := drawKey(d), of(d, store.BitAnd, store.BitOr, store.BitXor), append(drawKeys(d), drawKey(d))
			if d(4) == 1 {
				how, keys = store.BitNot, keys[:1]
			}
			return operation{fmt.Sprintf("combine bits %q %d %q", target, how, keys), append([]string{target}, keys...), func(e store.Engine, op store.Op) string {
				n, err := on(e).CombineBits(background, op, []byte(target), how, words(keys...))
				return outcome(err, n)
			}}
		}},
	}
}

func bitmapCases() []testCase {
	a := []byte("a")
	return []testCase{
		{"a bit is set in a string that grows as far as it, and keeps its expiry", func(f *fixture) {
			f.setAs("a", "\x80", store.SetOptions{ExpireAt: start + 5})
			for _, bit := range []bool{true, false} {
				before, err := f.bitmaps().SetBit(background, f.op, a, 9, bit)
				f.ok(err)
				f.want("the bit before", before, !bit)
			}
			f.want("value", f.get("a"), "\x80\x00")
			at, _, err := f.keys().Expiry(background, f.op, a)
			f.ok(err)
			f.want("expiry", at, int64(start+5))
		}},
		{"a bit beyond the limit of strings is refused", func(f *fixture) {
			f.limit(store.Limits{StringBytes: 2})
			_, err := f.bitmaps().SetBit(background, f.op, a, 16, true)
			f.want("error", err, store.ErrStringTooLong)
			err = f.bitmaps().ChangeBitFields(background, f.op, a, []store.BitFieldOp{{BitField: store.BitField{Width: 8, Offset: 9}, Action: store.BitFieldSet}})
			f.want("error", err, store.ErrStringTooLong)
			f.want("value", f.get("a"), "-")
		}},
		{"operations on fields are done in their order, and one that is refused writes nothing", func(f *fixture) {
			field := store.BitField{Width: 4, Offset: 4}
			ops := []store.BitFieldOp{
				{BitField: field, Action: store.BitFieldSet, Operand: 9},
				{BitField: field, Action: store.BitFieldIncr, Operand: 9, Overflow: store.OverflowFail},
				{BitField: field, Action: store.BitFieldIncr, Operand: 9, Overflow: store.OverflowSaturate},
				{BitField: field, Action: store.BitFieldIncr, Operand: 2},
			}
			f.ok(f.bitmaps().ChangeBitFields(background, f.op, a, ops))
			f.want("results", fmt.Sprint(ops[0].Result, ops[1].Refused, ops[2].Result, ops[3].Result), "0 true 15 1")
			f.want("value", f.get("a"), "\x01")
		}},
		{"a combination of strings replaces an entry of any type, and an empty one ends it", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.set("b", "ab")
			f.set("c", "a")
			n, err := f.bitmaps().CombineBits(background, f.op, a, store.BitXor, words("b", "c"))
			f.ok(err)
			f.want("length", n, 2)
			f.want("value", f.get("a"), "\x00b")
			n, err = f.bitmaps().CombineBits(background, f.op, a, store.BitAnd, words("x"))
			f.ok(err)
			f.want("length", n, 0)
			f.want("value", f.get("a"), "-")
			f.create("s", store.CreateOptions{})
			_, err = f.bitmaps().CombineBits(background, f.op, a, store.BitOr, words("b", "s"))
			f.want("error", err, store.ErrWrongType)
		}},
		{"a change of bits is an event, and none is where the bits stay", func(f *fixture) {
			r := f.observe(^store.Events(0))
			for _, want := range []string{"| new a, setbit a", ""} {
				_, err := f.bitmaps().SetBit(background, f.op, a, 9, false)
				f.ok(err)
				f.want("changes", r.take(), want)
			}
			f.ok(f.bitmaps().ChangeBitFields(background, f.op, a, []store.BitFieldOp{{BitField: store.BitField{Width: 8}, Action: store.BitFieldIncr, Operand: 1}}))
			f.want("changes", r.take(), "| setbit a")
			_, err := f.bitmaps().CombineBits(background, f.op, a, store.BitOr, words("a"))
			f.ok(err)
			f.want("changes", r.take(), "| set a")
		}},
	}
}
