package storetest

import (
	"bytes"
	"fmt"
	"math"

	"sessd/store"
)

func stringCases() []testCase {
	return []testCase{
		{"a string that was set can be got", func(f *fixture) {
			f.want("of nothing", f.get("a"), "-")
			f.set("a", "text")
			f.want("a", f.get("a"), "text")
			f.set("a", "")
			f.want("empty", f.get("a"), "")
			f.set("a", "a text that is much longer than the one before")
			f.want("longer", f.get("a"), "a text that is much longer than the one before")
		}},
		{"the engine keeps copies", func(f *fixture) {
			key, value := []byte("a"), []byte("text")
			_, err := f.strings().SetString(background, f.op, key, value, store.SetOptions{ExpireAt: store.Never})
			f.ok(err)
			key[0], value[0] = '!', '!'
			f.want("a", f.get("a"), "text")
		}},
		{"keys and values are any bytes", func(f *fixture) {
			key, value := "\x00\r\n\xff", string(bytes.Repeat([]byte{0, 0xff, '\r', '\n'}, 25000))
			f.set(key, value)
			f.want("value", f.get(key) == value, true)
		}},
		{"several strings are got in their order", func(f *fixture) {
			f.set("a", "1")
			f.set("b", "2")
			f.create("c", store.CreateOptions{})
			f.want("values", f.get("b", "none", "c", "a", "b"), "2 - - 1 2")
		}},
		{"setting a string ends its expiry unless that is kept", func(f *fixture) {
			f.setAs("a", "1", store.SetOptions{ExpireAt: start + 100})
			f.want("expiry", f.expiry("a"), "100")
			f.setAs("a", "2", store.SetOptions{KeepTTL: true})
			f.want("kept", f.expiry("a"), "100")
			f.set("a", "3")
			f.want("not kept", f.expiry("a"), "never")
			f.setAs("b", "1", store.SetOptions{KeepTTL: true, ExpireAt: start + 7})
			f.want("nothing to keep", f.expiry("b"), "never")
		}},
		{"conditions let a string be stored or not", func(f *fixture) {
			f.want("absent, if present", f.setAs("a", "1", store.SetOptions{ExpireAt: store.Never, IfPresent: true}), false)
			f.want("get", f.get("a"), "-")
			f.want("absent, if absent", f.setAs("a", "2", store.SetOptions{ExpireAt: start + 50, IfAbsent: true}), true)
			f.want("present, if absent", f.setAs("a", "3", store.SetOptions{ExpireAt: store.Never, IfAbsent: true}), false)
			f.want("get", f.get("a")+" "+f.expiry("a"), "2 50")
			f.want("present, if present", f.setAs("a", "4", store.SetOptions{ExpireAt: store.Never, IfPresent: true}), true)
			f.want("get", f.get("a")+" "+f.expiry("a"), "4 never")
		}},
		{"a string may be set with a time that has passed, and is destroyed then", func(f *fixture) {
			for _, at := range []int64{start, start - 1, 0} {
				f.set("a", "1")
				f.want("refused", f.setAs("a", "2", store.SetOptions{ExpireAt: at, IfAbsent: true}), false)
				f.want("get", f.get("a"), "1")
				f.want("set", f.setAs("a", "2", store.SetOptions{ExpireAt: at}), true)
				f.want("get", f.get("a"), "-")
				f.want("set where nothing is", f.setAs("a", "2", store.SetOptions{ExpireAt: at}), true)
				f.want("get", f.get("a"), "-")
			}
		}},
		{"the value before is shown whether or not the new one is stored", func(f *fixture) {
			previous := func(s store.SetOptions) string {
				var v valueText
				s.Previous = &v
				stored := f.setAs("a", "new", s)
				return fmt.Sprint(stored, " ", &v)
			}
			never := store.Never
			f.want("absent, if present", previous(store.SetOptions{ExpireAt: never, IfPresent: true}), "false -")
			f.want("absent", previous(store.SetOptions{ExpireAt: never}), "true -")
			f.set("a", "old")
			f.want("present, if absent", previous(store.SetOptions{ExpireAt: never, IfAbsent: true}), "false old")
			f.want("present", previous(store.SetOptions{ExpireAt: never}), "true old")
			f.want("get", f.get("a"), "new")
			f.want("with a time that has passed", previous(store.SetOptions{ExpireAt: start}), "true new")
			f.want("get", f.get("a"), "-")
		}},
		{"with the value before, another type is an error", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			for _, s := range []store.SetOptions{{ExpireAt: store.Never}, {ExpireAt: start}, {ExpireAt: store.Never, IfAbsent: true}} {
				var v valueText
				s.Previous = &v
				stored, err := f.strings().SetString(background, f.op, []byte("a"), []byte("text"), s)
				f.want("error", fmt.Sprint(stored, err, v.values), fmt.Sprint(false, store.ErrWrongType, []string(nil)))
			}
			f.want("session", f.global("a"), "x=1")
		}},
		{"getting a string can change its expiry", func(f *fixture) {
			get := func(key string, at int64) string {
				var v valueText
				f.ok(f.strings().GetStringExpire(background, f.op, []byte(key), at, &v))
				return v.String()
			}
			f.set("a", "text")
			f.want("get", get("a", start+50), "text")
			f.want("expiry", f.expiry("a"), "50")
			f.want("get", get("a", store.Never), "text")
			f.want("expiry", f.expiry("a"), "never")
			f.want("of nothing", get("none", start+50), "-")
			f.want("nothing was made", f.exists("none"), 0)
			f.want("with a time that has passed", get("a", start), "text")
			f.want("expiry", f.expiry("a"), "gone")
		}},
		{"getting a string can destroy it", func(f *fixture) {
			f.set("a", "text")
			var v valueText
			f.ok(f.strings().DeleteString(background, f.op, []byte("a"), &v))
			f.ok(f.strings().DeleteString(background, f.op, []byte("a"), &v))
			f.want("values", v.String(), "text -")
			f.want("size", f.size(), 0)
		}},
		{"several strings are set in one step, over entries of any type", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: []byte("p")})
			f.setAs("b", "old", store.SetOptions{ExpireAt: start + 100})
			stored, err := f.strings().SetStrings(background, f.op, words("a", "1", "b", "2", "c", "3", "b", "4"), false)
			f.want("stored", fmt.Sprint(stored, err), "true <nil>")
			f.want("values", f.get("a", "b", "c"), "1 4 3")
			f.want("expiry", f.expiry("b"), "never")
			f.want("of p", f.of("p"), "")
		}},
		{"several strings can be set only when none of the keys is there", func(f *fixture) {
			f.create("s", store.CreateOptions{})
			for _, taken := range []string{"s", "b"} {
				stored, err := f.strings().SetStrings(background, f.op, words("a", "1", taken, "2"), true)
				f.want("stored over "+taken, fmt.Sprint(stored, err), fmt.Sprint(taken == "b", " <nil>"))
			}
			stored, err := f.strings().SetStrings(background, f.op, words("c", "1", "b", "3"), true)
			f.want("stored over b again", fmt.Sprint(stored, err), "false <nil>")
			f.want("values", f.get("a", "b", "c"), "1 2 -")
		}},
	}
}

func stringWriteCases() []testCase {
	incr := func(f *fixture, key string, delta int64) string {
		n, err := f.strings().IncrString(background, f.op, []byte(key), delta)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(n)
	}
	return []testCase{
		{"the integer in a string can be changed", func(f *fixture) {
			f.want("of nothing", incr(f, "a", 5), "5")
			f.want("again", incr(f, "a", -8), "-3")
			f.want("get", f.get("a"), "-3")
			f.setAs("a", "9", store.SetOptions{ExpireAt: start + 100})
			f.want("longer", incr(f, "a", 1), "10")
			f.want("expiry", f.expiry("a"), "100")
		}},
		{"it is a signed 64-bit decimal integer and nothing else", func(f *fixture) {
			for _, text := range []string{
				"", " 1", "1 ", "+1", "01", "-0", "1.0", "0x1", "1e3", "one", "--1", "-", "9223372036854775808", "-9223372036854775809",
				"000000000000000000001", "1\x00",
			} {
				f.set("a", text)
				f.want(fmt.Sprintf("%q", text), incr(f, "a", 1), store.ErrNotInteger.Error())
				f.want("get", f.get("a"), text)
			}
		}},
		{"it does not overflow", func(f *fixture) {
			f.set("a", "9223372036854775806")
			f.want("to the greatest", incr(f, "a", 1), "9223372036854775807")
			f.want("above", incr(f, "a", 1), store.ErrOverflow.Error())
			f.want("far above", incr(f, "a", math.MaxInt64), store.ErrOverflow.Error())
			f.want("all the way", incr(f, "a", math.MinInt64), "-1")
			f.want("to the least", incr(f, "a", math.MinInt64+1), "-9223372036854775808")
			f.want("below", incr(f, "a", -1), store.ErrOverflow.Error())
			f.want("far below", incr(f, "a", math.MinInt64), store.ErrOverflow.Error())
			f.want("get", f.get("a"), "-9223372036854775808")
		}},
		{"the number in a string can be changed", func(f *fixture) {
			incr := func(delta string) string {
				sum, err := f.strings().IncrStringFloat(background, f.op, []byte("a"), []byte(delta))
				if err != nil {
					return err.Error()
				}
				text := string(sum)
				clear(sum)
				return text
			}
			f.want("of nothing", incr("0.1"), "0.1")
			f.want("again", incr("0.2"), "0.3")
			f.want("get", f.get("a"), "0.3")
			f.want("no number", incr("x"), store.ErrNotFloat.Error())
			f.want("infinite", incr("inf"), store.ErrNotFinite.Error())
			f.want("get", f.get("a"), "0.3")
			f.setAs("a", "text", store.SetOptions{ExpireAt: start + 100})
			f.want("of no number", incr("1"), store.ErrNotFloat.Error())
			f.setAs("a", "3.0e3", store.SetOptions{ExpireAt: start + 100})
			f.want("exponent", incr("200"), "3200")
			f.want("expiry", f.expiry("a"), "100")
		}},
		{"bytes can be added at the end", func(f *fixture) {
			add := func(tail string) string {
				n, err := f.strings().AppendString(background, f.op, []byte("a"), []byte(tail))
				return fmt.Sprint(n, " ", err, " ", f.get("a"))
			}
			f.want("nothing to nothing", add(""), "0 <nil> ")
			f.want("type", f.kind("a"), "string")
			f.want("first", add("one"), "3 <nil> one")
			f.setAs("a", "one", store.SetOptions{ExpireAt: start + 100})
			f.want("second", add(",two"), "7 <nil> one,two")
			f.want("nothing", add(""), "7 <nil> one,two")
			f.want("expiry", f.expiry("a"), "100")
		}},
		{"bytes can be overwritten from an offset on", func(f *fixture) {
			overwrite := func(offset int64, part string) string {
				n, err := f.strings().SetStringRange(background, f.op, []byte("a"), offset, []byte(part))
				return fmt.Sprint(n, " ", err, " ", f.get("a"))
			}
			f.want("nothing at nothing", overwrite(5, ""), "0 <nil> -")
			f.want("at nothing", overwrite(2, "xy"), "4 <nil> \x00\x00xy")
			f.setAs("a", "hello world", store.SetOptions{ExpireAt: start + 100})
			f.want("inside", overwrite(6, "redis"), "11 <nil> hello redis")
			f.want("over the end", overwrite(9, "!!!!"), "13 <nil> hello red!!!!")
			f.want("behind the end", overwrite(15, "."), "16 <nil> hello red!!!!\x00\x00.")
			f.want("at the beginning", overwrite(0, "J"), "16 <nil> Jello red!!!!\x00\x00.")
			f.want("an empty part far away", overwrite(math.MaxInt64, ""), "16 <nil> Jello red!!!!\x00\x00.")
			f.want("expiry", f.expiry("a"), "100")
		}},
		{"an offset that no string can have is an error", func(f *fixture) {
			for _, offset := range []int64{math.MaxInt64, math.MaxInt64 - 1, 1 << 62} {
				for _, key := range []string{"a", "b"} {
					f.set("b", "text")
					_, err := f.strings().SetStringRange(background, f.op, []byte(key), offset, []byte("xy"))
					f.want("error", err, store.ErrStringTooLong)
				}
			}
			f.want("values", f.get("a", "b"), "- text")
		}},
	}
}
