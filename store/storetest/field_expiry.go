package storetest

import (
	"fmt"
	"strings"

	"sessd/store"
)

// fieldExpiryCases are of fields that end before their session.
func fieldExpiryCases() []testCase {
	c := []byte("c")
	timed := func(component []byte, ttl int64, pairs ...string) []store.BagChange {
		return []store.BagChange{{Component: component, TTL: ttl, Fields: words(pairs...)}}
	}
	expiring := func(f *fixture, id string) string {
		f.Helper()
		var texts []string
		for _, x := range f.meta(id).Expiring {
			texts = append(texts, fmt.Sprintf("%s/%s+%d", x.Component, x.Field, x.At-start))
		}
		return strings.Join(texts, " ")
	}
	return []testCase{
		{"a field is gone from the millisecond of its time on, which is no save", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1"), More: timed(nil, 10, "y", "2")})
			f.saveAs("a", store.SaveOptions{More: append(timed(c, 20, "z", "3"), timed(c, 15, "w", "4", "v", "5")...)})
			f.want("META", len(strings.Fields(expiring(f, "a"))), 4)
			r := f.observe(store.ChangeEvents)
			f.pass(9)
			f.want("global bag", f.global("a"), "x=1 y=2")
			f.pass(1)
			f.want("global bag", f.global("a"), "x=1")
			f.want("field", f.load("a", store.LoadOptions{NoTouch: true, Fields: words("y", "x")}), "y- x=1")
			f.want("events", r.take(), "| field_expired a")
			f.pass(5)
			f.want("component", f.load("a", store.LoadOptions{Component: c, NoTouch: true}), "z=3")
			f.pass(5)
			m := f.meta("a")
			f.want("fields, components, revision", fmt.Sprint(m.Fields, len(m.Components), m.Revision), "1 0 1")
			f.want("META", expiring(f, "a"), "")
			f.want("events", r.take(), "| field_expired a, | field_expired a")
		}},
		{"a save without a time keeps a field with its session, one with a time sets it, and a sum keeps it", func(f *fixture) {
			f.create("a", store.CreateOptions{More: timed(nil, 10, "x", "1", "y", "1", "z", "1", "v", "1", "w", "12")})
			f.pass(5)
			f.save("a", "x", "2")
			f.saveAs("a", store.SaveOptions{More: timed(nil, 10, "y", "2")})
			f.want("sum", f.incr("a", store.IncrOptions{Field: []byte("z"), Delta: 1}), int64(2))
			f.want("length", f.appendField("a", store.AppendOptions{Field: []byte("v"), Value: []byte("2")}), 2)
			f.want("META", len(strings.Fields(expiring(f, "a"))), 4)
			f.saveAs("a", store.SaveOptions{Unset: words("w")})
			f.pass(5)
			f.want("global bag", f.global("a"), "x=2 y=2")
			f.want("META", expiring(f, "a"), "/y+15")
			f.pass(5)
			f.want("global bag", f.global("a"), "x=2")
		}},
		{"a field never outlives its session, whose end it does not delay", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 10, More: timed(nil, 1000, "x", "1")})
			f.want("expiry", f.expiry("a"), "10")
			f.pass(10)
			f.want("session", f.global("a"), "error: no such session")
			f.create("b", store.CreateOptions{IdleTimeout: 100, More: timed(nil, 10, "x", "1")})
			f.want("expiry", f.expiry("b"), "110")
			f.pass(10)
			f.want("session", f.load("b", store.LoadOptions{}), "")
		}},
		{"deadlines survive rotations, renames and copies", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("b", "0"), More: timed(nil, 10, "x", "1")})
			f.rotate("a", "b", 0)
			f.want("rotated", expiring(f, "b"), "/x+10")
			t := ability[store.Transferrer](f)
			_, _, err := t.TransferKey(background, f.op, []byte("b"), store.TransferOptions{Key: []byte("c")})
			f.ok(err)
			_, _, err = t.TransferKey(background, f.op, []byte("c"), store.TransferOptions{Key: []byte("d"), Copies: true, Keyspace: 1})
			f.ok(err)
			f.want("renamed", expiring(f, "c"), "/x+10")
			f.pass(10)
			f.want("renamed", f.global("c"), "b=0")
			f.op.Keyspace = 1
			f.want("copied", f.global("d"), "b=0")
		}},
		{"many fields of many sessions end at their times", func(f *fixture) {
			for i := range 200 {
				var changes []store.BagChange
				for j := range 20 {
					changes = append(changes, timed([]byte{'c', byte(j % 3)}, int64(1+(i+j)%20), fmt.Sprint("f", j), strings.Repeat("v", j))...)
				}
				f.create(fmt.Sprint(i), store.CreateOptions{More: changes})
			}
			for range 20 {
				f.pass(1)
				for i := range 200 {
					left := 0
					for j := range 20 {
						if int64(1+(i+j)%20) > f.op.Now-start {
							left++
						}
					}
					if got := f.meta(fmt.Sprint(i)).Fields; got != left {
						f.Fatalf("session %d has %d fields after %d ms, not %d", i, got, f.op.Now-start, left)
					}
				}
			}
		}},
	}
}
