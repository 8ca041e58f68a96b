package storetest

import (
	"fmt"
	"strings"

	"sessd/store"
)

func (f *fixture) deadlines() store.FieldExpirer {
	f.Helper()
	return ability[store.FieldExpirer](f)
}

// hexpire has fields of a hash end after some milliseconds, and returns what became of each.
func (f *fixture) hexpire(key string, after int64, o store.ExpireOptions, fields ...string) string {
	f.Helper()
	if o.At = f.op.Now + after; after < 0 {
		o.At = store.Never
	}
	var all []store.FieldOutcome
	f.ok(f.deadlines().ExpireFields(background, f.op, []byte(key), words(fields...), o, func(x store.FieldOutcome) { all = append(all, x) }))
	return fmt.Sprint(all)
}

// ends returns after how many milliseconds from the start fields end: "never", or "none" where they are not there.
func (f *fixture) ends(key string, fields ...string) string {
	f.Helper()
	var all []string
	f.ok(f.deadlines().FieldEnds(background, f.op, []byte(key), words(fields...), func(at int64, found bool) {
		switch {
		case !found:
			all = append(all, "none")
		case at == store.Never:
			all = append(all, "never")
		default:
			all = append(all, fmt.Sprint(at-start))
		}
	}))
	return strings.Join(all, " ")
}

// hsetex sets fields that end after some milliseconds.
func (f *fixture) hsetex(key string, after int64, pairs ...string) {
	f.Helper()
	set, err := f.deadlines().SetFields(background, f.op, []byte(key), store.SetFieldsOptions{Pairs: words(pairs...), At: f.op.Now + after})
	f.ok(err)
	f.want("set", set, true)
}

func fieldDeadlineCases() []testCase {
	var none store.ExpireOptions
	return []testCase{
		{"a field is gone from its millisecond on, and the hash with its last one", func(f *fixture) {
			f.hset("a", "x", "1", "y", "2", "z", "3")
			f.want("outcomes", f.hexpire("a", 10, none, "x", "none", "y"), "[2 0 2]")
			f.want("ends", f.ends("a", "x", "y", "z", "none"), "10 10 never none")
			f.hexpire("a", 20, none, "z")
			r := f.observe(store.ChangeEvents)
			f.pass(9)
			f.want("all", f.hash("a"), "3 x=1 y=2 z=3")
			f.pass(1)
			f.want("some", f.hash("a", "x", "z"), "1 x- z=3")
			f.want("events", r.take(), "| hexpired a")
			f.pass(10)
			f.want("type", f.kind("a"), "none")
			f.want("events", r.take(), "| hexpired a, del a gone")
			f.want("counted", f.report().ExpiredFields, uint64(3))
		}},
		{"ends have conditions, and what is not to come removes", func(f *fixture) {
			f.hset("a", "x", "1", "y", "2")
			f.want("XX", f.hexpire("a", 10, store.ExpireOptions{IfExpires: true}, "x"), "[1]")
			f.want("GT", f.hexpire("a", 10, store.ExpireOptions{IfLater: true}, "x"), "[1]")
			f.want("LT", f.hexpire("a", 10, store.ExpireOptions{IfEarlier: true}, "x"), "[2]")
			f.want("NX", f.hexpire("a", 20, store.ExpireOptions{IfNever: true}, "x", "y", "y"), "[1 2 1]")
			f.want("GT", f.hexpire("a", 30, store.ExpireOptions{IfLater: true}, "x"), "[2]")
			f.want("ends", f.ends("a", "x", "y"), "30 20")
			f.want("none to come", f.hexpire("a", 0, none, "x", "x"), "[3 0]")
			f.want("persisted", f.hexpire("a", -1, none, "y", "y", "x"), "[2 1 0]")
			f.pass(100)
			f.want("all", f.hash("a"), "1 y=2")
			f.want("the last", f.hexpire("a", 0, none, "y"), "[3]")
			f.want("type", f.kind("a"), "none")
			f.want("of nothing", f.hexpire("a", 10, none, "y")+f.ends("a", "y"), "[0]none")
		}},
		{"a field that is set ends with its hash, and one that is added to as before", func(f *fixture) {
			for _, n := range []int{0, 300} {
				key := fmt.Sprint("h", n)
				if n > 0 {
					f.fill(key, n)
				}
				now := f.op.Now - start
				f.hsetex(key, 10, "x", "1", "y", "1", "z", "1")
				f.hset(key, "x", "2")
				_, err := f.hashes().IncrField(background, f.op, []byte(key), []byte("y"), 4)
				f.ok(err)
				f.want("ends", f.ends(key, "x", "y", "z"), fmt.Sprintf("never %d %d", now+10, now+10))
				_, err = f.deadlines().SetFields(background, f.op, []byte(key), store.SetFieldsOptions{Pairs: words("y", "6", "w", "7"), KeepEnds: true})
				f.ok(err)
				f.hdel(key, "z")
				f.hset(key, "z", "new")
				f.want("ends", f.ends(key, "y", "w", "z"), fmt.Sprintf("%d never never", now+10))
				f.pass(10)
				f.want("some", f.hash(key, "x", "y", "z", "w"), fmt.Sprint(n+3, " x=2 y- z=new w=7"))
			}
		}},
		{"ends go with copies and renames, whatever the size", func(f *fixture) {
			for _, n := range []int{3, 300} {
				f.fill("a", n)
				f.hexpire("a", 10, none, "field1", "field2")
				t := ability[store.Transferrer](f)
				_, _, err := t.TransferKey(background, f.op, []byte("a"), store.TransferOptions{Key: []byte("b"), Replaces: true})
				f.ok(err)
				_, _, err = t.TransferKey(background, f.op, []byte("b"), store.TransferOptions{Key: []byte("c"), Replaces: true, Copies: true})
				f.ok(err)
				f.hexpire("b", -1, none, "field1")
				f.pass(10)
				f.want("renamed", f.hash("b", "field0", "field1", "field2"), fmt.Sprint(n-1, " field0=value0 field1=value1- field2-"))
				f.want("copied", f.hash("c", "field0", "field1", "field2"), fmt.Sprint(n-2, " field0=value0 field1- field2-"))
			}
		}},
		{"very many fields end at their times", func(f *fixture) {
			const n = 3000
			f.fill("a", n)
			for i := range n {
				f.hexpire("a", int64(1+i%10), none, fmt.Sprint("field", i))
			}
			for i := range 9 {
				f.pass(1)
				f.want("left", strings.HasPrefix(f.hash("a", "field0"), fmt.Sprint(n-(i+1)*n/10, " ")), true)
			}
			f.pass(1)
			f.want("type", f.kind("a"), "none")
		}},
		{"fields are read, and then end or are removed", func(f *fixture) {
			get := func(g store.GetFieldsOptions, fields ...string) string {
				h := new(hashText)
				g.Fields = words(fields...)
				f.ok(f.deadlines().GetFields(background, f.op, []byte("a"), g, h))
				return h.String()
			}
			f.want("of nothing", get(store.GetFieldsOptions{Delete: true}, "x"), "1 x-")
			f.hset("a", "x", "1", "y", "2", "z", "3")
			r := f.observe(store.ChangeEvents)
			f.want("read", get(store.GetFieldsOptions{}, "x", "none"), "2 x=1 none-")
			f.want("ends", get(store.GetFieldsOptions{Expires: true, At: f.op.Now + 10}, "x", "y", "none"), "3 x=1 y=2 none-")
			f.want("ends", f.ends("a", "x", "y"), "10 10")
			f.want("persisted", get(store.GetFieldsOptions{Expires: true, At: store.Never}, "x", "z"), "2 x=1 z=3")
			f.want("ended", get(store.GetFieldsOptions{Expires: true, At: f.op.Now}, "y", "y"), "2 y=2 y-")
			f.want("removed", get(store.GetFieldsOptions{Delete: true}, "x", "none", "x"), "3 x=1 none- x-")
			f.want("removed", get(store.GetFieldsOptions{Delete: true}, "z"), "1 z=3")
			f.want("events", r.take(), "| hexpire a, | hpersist a, | hdel a, | hdel a, | hdel a, del a gone")
		}},
		{"fields are set where all or none are there", func(f *fixture) {
			set := func(o store.SetFieldsOptions, pairs ...string) bool {
				o.Pairs = words(pairs...)
				done, err := f.deadlines().SetFields(background, f.op, []byte("a"), o)
				f.ok(err)
				return done
			}
			f.want("present", set(store.SetFieldsOptions{IfPresent: true, At: store.Never}, "x", "1"), false)
			f.want("absent", set(store.SetFieldsOptions{IfAbsent: true, At: store.Never}, "x", "1"), true)
			f.want("absent", set(store.SetFieldsOptions{IfAbsent: true, At: store.Never}, "y", "1", "x", "2"), false)
			f.want("present", set(store.SetFieldsOptions{IfPresent: true, At: store.Never}, "x", "2", "y", "2"), false)
			f.want("present", set(store.SetFieldsOptions{IfPresent: true, At: start + 10}, "x", "2"), true)
			f.want("ends", f.ends("a", "x")+" "+f.hash("a"), "10 1 x=2")
			f.want("ended", set(store.SetFieldsOptions{At: start}, "x", "3"), true)
			f.want("type", f.kind("a"), "none")
		}},
	}
}

// fieldDeadlineKinds are the operations on fields that end.
func fieldDeadlineKinds() []kind {
	on := func(e store.Engine) store.FieldExpirer { return e.(store.FieldExpirer) }
	drawField := func(d draw) string { return of(d, "x", "y", "z", "", "u", "v", "w", strings.Repeat("long", 40)) }
	drawAt := func(d draw) func(store.Op) int64 {
		after := of[int64](d, -1, 0, 1, 2, 5, 20, 1000)
		return func(op store.Op) int64 {
			if after < 0 {
				return store.Never
			}
			return op.Now + after
		}
	}
	return []kind{
		{"ends of fields", func(d draw) operation {
			key, fields := drawKey(d), drawTexts(d, 4, drawField)
			return operation{fmt.Sprintf("ends %q %q", key, fields), []string{key}, func(e store.Engine, op store.Op) string {
				var all []string
				err := on(e).FieldEnds(background, op, []byte(key), words(fields...), func(at int64, found bool) { all = append(all, fmt.Sprint(at, found)) })
				return outcome(err, all)
			}}
		}},
		{"expire fields", func(d draw) operation {
			key, fields, at := drawKey(d), drawTexts(d, 9, drawField), drawAt(d)
			o := of(d, store.ExpireOptions{}, store.ExpireOptions{IfNever: true}, store.ExpireOptions{IfExpires: true},
				store.ExpireOptions{IfLater: true}, store.ExpireOptions{IfEarlier: true})
			return operation{fmt.Sprintf("expire fields %q %q %v", key, fields, o), []string{key}, func(e store.Engine, op store.Op) string {
				var all []store.FieldOutcome
				o := o
				if o.At = at(op); o.At == store.Never {
					o = store.ExpireOptions{At: store.Never}
				}
				err := on(e).ExpireFields(background, op, []byte(key), words(fields...), o, func(x store.FieldOutcome) { all = append(all, x) })
				return outcome(err, all)
			}}
		}},
		{"get fields", func(d draw) operation {
			key, at := drawKey(d), drawAt(d)
			g := store.GetFieldsOptions{Fields: words(drawTexts(d, 9, drawField)...)}
			switch d(3) {
			case 0:
				g.Delete = true
			case 1:
				g.Expires = true
			}
			return operation{fmt.Sprintf("get fields %q %q %v %v", key, g.Fields, g.Delete, g.Expires), []string{key}, func(e store.Engine, op store.Op) string {
				g := g
				if g.Expires {
					g.At = at(op)
				}
				h := new(hashText)
				return outcome(on(e).GetFields(background, op, []byte(key), g, h), h)
			}}
		}},
		{"set fields", func(d draw) operation {
			key, at, pairs := drawKey(d), drawAt(d), append(drawPairs(d, drawField), drawField(d), drawValue(d))
			s := store.SetFieldsOptions{Pairs: words(pairs...), KeepEnds: d(4) == 1}
			switch d(4) {
			case 0:
				s.IfAbsent = true
			case 1:
				s.IfPresent = true
			}
			return operation{fmt.Sprintf("set fields %q %q", key, pairs), []string{key}, func(e store.Engine, op store.Op) string {
				s := s
				s.At = at(op)
				done, err := on(e).SetFields(background, op, []byte(key), s)
				return outcome(err, done)
			}}
		}},
	}
}
