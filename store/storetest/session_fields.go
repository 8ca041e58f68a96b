package storetest

import (
	"math"

	"sessd/store"
)

func (f *fixture) incr(id string, i store.IncrOptions) any {
	f.Helper()
	if i.Min == 0 && i.Max == 0 {
		i.Min, i.Max = math.MinInt64, math.MaxInt64
	}
	n, err := f.sessions().IncrSession(background, f.op, []byte(id), i)
	if err != nil {
		return err
	}
	return n
}

func (f *fixture) takeFields(id string, component []byte, names ...string) string {
	f.Helper()
	var b bagText
	if err := f.sessions().TakeSession(background, f.op, []byte(id), component, words(names...), &b); err != nil {
		f.want("visitor called", b.shown, false)
		return "error: " + err.Error()
	}
	return b.String()
}

func (f *fixture) appendField(id string, a store.AppendOptions) any {
	f.Helper()
	n, err := f.sessions().AppendSession(background, f.op, []byte(id), a)
	if err != nil {
		return err
	}
	return n
}

// sessionFieldCases are of the changes that are made of a field's own value.
func sessionFieldCases() []testCase {
	x, y, c := []byte("x"), []byte("y"), []byte("c")
	return []testCase{
		{"an increment begins at 0, is a save and stays in its range", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 10, Fields: words("y", "abc")})
			f.pass(5)
			f.want("first", f.incr("a", store.IncrOptions{Field: x, Delta: 2}), int64(2))
			f.want("in a component", f.incr("a", store.IncrOptions{Component: c, Field: x, Delta: -3}), int64(-3))
			f.want("second", f.incr("a", store.IncrOptions{Field: x, Delta: 98, Min: 0, Max: 100}), int64(100))
			f.want("above", f.incr("a", store.IncrOptions{Field: x, Delta: 1, Min: 0, Max: 100}), store.ErrOverflow)
			f.want("below", f.incr("a", store.IncrOptions{Field: x, Delta: -101, Min: 0, Max: 100}), store.ErrOverflow)
			f.want("too great", f.incr("a", store.IncrOptions{Field: x, Delta: math.MaxInt64}), store.ErrOverflow)
			f.want("no integer", f.incr("a", store.IncrOptions{Field: y, Delta: 1}), store.ErrNotInteger)
			f.want("gone", f.incr("b", store.IncrOptions{Field: x, Delta: 1}), store.ErrNoSession)
			f.want("global bag", f.global("a"), "x=100 y=abc")
			f.want("component", f.load("a", store.LoadOptions{Component: c, NoTouch: true}), "x=-3")
			f.want("revision", f.meta("a").Revision, int64(3))
			f.want("expiry", f.expiry("a"), "15")
		}},
		{"what is taken is gone, and taking nothing is use alone", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 10, Fields: words("x", "1", "y", "2")})
			f.saveAs("a", store.SaveOptions{Component: c, Fields: words("x", "3")})
			f.pass(5)
			f.want("taken", f.takeFields("a", nil, "z", "x"), "z- x=1")
			f.want("taken again", f.takeFields("a", nil, "x"), "x-")
			f.want("from a component", f.takeFields("a", c, "x", "y"), "x=3 y-")
			f.want("from a component that is not there", f.takeFields("a", c, "x"), "x-")
			f.want("gone", f.takeFields("b", nil, "x"), "error: no such session")
			f.want("global bag", f.global("a"), "y=2")
			f.want("components", len(f.meta("a").Components), 0)
			f.want("revision", f.meta("a").Revision, int64(3))
			f.want("expiry", f.expiry("a"), "15")
		}},
		{"a field that is appended to keeps its last bytes", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.want("first", f.appendField("a", store.AppendOptions{Field: x, Value: []byte("abc")}), 3)
			f.want("second", f.appendField("a", store.AppendOptions{Field: x, Value: []byte("de")}), 5)
			f.want("cut", f.appendField("a", store.AppendOptions{Field: x, Value: []byte("fg"), MaxLength: 4}), 4)
			f.want("global bag", f.global("a"), "x=defg")
			f.want("cut from what is new", f.appendField("a", store.AppendOptions{Field: x, Value: []byte("hijkl"), MaxLength: 3}), 3)
			f.want("in a component", f.appendField("a", store.AppendOptions{Component: c, Field: x, Value: []byte("m")}), 1)
			f.want("global bag", f.global("a"), "x=jkl")
			f.want("revision", f.meta("a").Revision, int64(5))
			f.want("gone", f.appendField("b", store.AppendOptions{Field: x}), store.ErrNoSession)
		}},
		{"a save of several bags is one save, all or nothing, and they are loaded at once", func(f *fixture) {
			f.create("a", store.CreateOptions{
				Fields: words("x", "1"), More: []store.BagChange{{Component: c, Fields: words("x", "2")}, {Component: x, Fields: words("y", "3")}},
			})
			f.limit(store.Limits{SessionFields: 4})
			r := f.observe(store.ChangeEvents)
			f.want("revision", f.saveAs("a", store.SaveOptions{Component: c, Unset: words("x"), More: []store.BagChange{
				{Fields: words("x", "4")}, {Component: y, Fields: words("z", "5")}, {Component: y, Unset: words("z"), Fields: words("v", "6", "w", "7")},
			}}), int64(1))
			f.want("events", r.take(), "| saved a")
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "8"), More: []store.BagChange{{Component: c, Fields: words("x", "9")}}},
				&store.LimitError{What: "fields", Max: 4})
			b, info := bagsText{bags: map[string]*bagText{}}, store.SessionInfo{}
			f.ok(f.sessions().LoadSession(background, f.op, []byte("a"), store.LoadOptions{Each: b.each, Info: &info}, &b))
			f.want("bags", b.String(), "map[:x=4 x:y=3 y:v=6 w=7]")
			f.want("number of bags", info.Bags, 3)
		}},
		{"a touch of several sessions tells when each expires", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 10})
			f.create("b", store.CreateOptions{IdleTimeout: 10, AbsoluteTimeout: 20})
			f.create("c", store.CreateOptions{})
			f.set("s", "1")
			f.pass(5)
			expiries := make([]int64, 5)
			n, err := f.sessions().TouchSessions(background, f.op, words("a", "none", "b", "c", "a"), 0, expiries)
			f.ok(err)
			f.want("touched", n, 4)
			f.want("expiries", expiries, []int64{start + 15, store.NoExpiry, start + 15, store.Never, start + 15})
			n, err = f.sessions().TouchSessions(background, f.op, words("a", "b"), 50, nil)
			f.ok(err)
			f.want("touched", n, 2)
			f.want("expiries", f.expiry("a")+" "+f.expiry("b"), "55 20")
			f.pass(1)
			n, err = f.sessions().TouchSessions(background, f.op, words("a", "s"), 90, nil)
			f.want("error", err, store.ErrWrongType)
			f.want("touched", n, 0)
			f.want("expiry", f.expiry("a"), "55")
		}},
		{"a load and a save tell when the session expires", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 10})
			f.pass(5)
			var info store.SessionInfo
			f.saveAs("a", store.SaveOptions{Fields: words("x", "1"), Info: &info})
			f.want("save", info, store.SessionInfo{Revision: 1, Expiry: start + 15, RenewAt: store.Never, Bags: 1})
			f.saveAs("a", store.SaveOptions{Fields: words("x", "2"), IdleTimeout: 30, Info: &info})
			f.want("save", info, store.SessionInfo{Revision: 2, Expiry: start + 35, RenewAt: store.Never, Bags: 1})
			f.pass(1)
			f.load("a", store.LoadOptions{Info: &info})
			f.want("load", info, store.SessionInfo{Revision: 2, Expiry: start + 36, RenewAt: store.Never, Bags: 1})
		}},
		{"these changes obey the limits, and are events", func(f *fixture) {
			f.limit(store.Limits{SessionFields: 1, SessionBytes: 5})
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			r := f.observe(store.ChangeEvents | store.TouchEvents)
			f.want("field", f.incr("a", store.IncrOptions{Field: y, Delta: 1}), &store.LimitError{What: "fields", Max: 1})
			f.want("bytes", f.appendField("a", store.AppendOptions{Field: x, Value: []byte("long")}), &store.LimitError{What: "bytes", Max: 5})
			f.want("global bag", f.global("a"), "x=1")
			f.want("events", r.take(), "")
			f.want("sum", f.incr("a", store.IncrOptions{Field: x, Delta: 1}), int64(2))
			f.want("length", f.appendField("a", store.AppendOptions{Field: x, Value: []byte("3")}), 2)
			f.want("taken", f.takeFields("a", nil, "x"), "x=23")
			f.want("taken", f.takeFields("a", nil, "x"), "x-")
			f.want("events", r.take(), "| saved a, | saved a, | saved a, | touched a")
		}},
	}
}
