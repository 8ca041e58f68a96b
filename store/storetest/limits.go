package storetest

import (
	"errors"
	"fmt"
	"strings"

	"sessd/store"
)

func limitCases() []testCase {
	create := func(f *fixture, id string, c store.CreateOptions) error {
		return f.sessions().CreateSession(background, f.op, []byte(id), c)
	}
	return []testCase{
		{"limits are those that were set", func(f *fixture) {
			l := store.Limits{SessionFields: 1, SessionBytes: 2, StringBytes: 3, MaxMemory: 4}
			f.limit(l)
			f.want("limits", ability[store.Limiter](f).Limits(), l)
		}},
		{"a session may have so many fields in all its components", func(f *fixture) {
			f.limit(store.Limits{SessionFields: 3})
			tooMany := error(&store.LimitError{What: "fields", Max: 3})
			f.want("create", create(f, "b", store.CreateOptions{Fields: words("w", "", "x", "", "y", "", "z", "")}), tooMany)
			f.want("nothing was created", f.kind("b"), "none")
			f.create("a", store.CreateOptions{Fields: words("x", "1", "x", "2", "x", "3", "x", "4")})
			f.saveAs("a", store.SaveOptions{Component: []byte("c"), Fields: words("x", "1", "y", "1", "x", "2")})
			before := f.meta("a")
			f.pass(10)
			f.wantSaveError("a", store.SaveOptions{IdleTimeout: 5, Fields: words("x", "5", "z", "1")}, tooMany)
			f.wantSaveError("a", store.SaveOptions{Component: []byte("d"), Fields: words("x", "1")}, tooMany)
			f.want("nothing was saved", f.global("a"), "x=4")
			f.want("meta", f.meta("a"), before)
			f.want("one for another", f.saveAs("a", store.SaveOptions{Unset: words("x"), Fields: words("z", "1")}), int64(2))
			f.want("another value", f.save("a", "z", "2"), int64(3))
		}},
		{"a session may have so many bytes of names and values", func(f *fixture) {
			f.limit(store.Limits{SessionBytes: 20})
			tooMany := error(&store.LimitError{What: "bytes", Max: 20})
			p := []byte("pp")
			f.want("create", create(f, "b", store.CreateOptions{Principal: p, Fields: words("name", "0123456789abcde")}), tooMany)
			f.want("nothing was created", f.kind("b"), "none")
			f.create(strings.Repeat("a", 100), store.CreateOptions{Principal: p, Fields: words("name", "0123456789abcd")})
			f.create("a", store.CreateOptions{Principal: p, Fields: words("name", "1")})
			f.wantSaveError("a", store.SaveOptions{Component: []byte("component"), Fields: words("n", "1234")}, tooMany)
			f.saveAs("a", store.SaveOptions{Component: []byte("component"), Fields: words("n", "123")})
			f.wantSaveError("a", store.SaveOptions{Fields: words("name", "12")}, tooMany)
			f.wantSaveError("a", store.SaveOptions{Unset: words("name"), Fields: words("more", "12")}, tooMany)
			f.saveAs("a", store.SaveOptions{Unset: words("name"), Fields: words("nam", "12")})
			f.saveAs("a", store.SaveOptions{Component: []byte("component"), Unset: words("n")})
			f.want("room again", f.save("a", "nam", strings.Repeat("x", 15)), int64(4))
			r := store.RotateOptions{SetPrincipal: true, Principal: []byte("ppp")}
			f.want("rotate", f.sessions().RotateSession(background, f.op, []byte("a"), []byte("b"), r), tooMany)
			r.Principal = []byte("q")
			f.ok(f.sessions().RotateSession(background, f.op, []byte("a"), []byte("b"), r))
		}},
		{"what is larger when a limit is set stays, and may change as long as it does not grow", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "123456", "y", "123456")})
			f.set("b", "123456")
			f.limit(store.Limits{SessionFields: 1, SessionBytes: 5, StringBytes: 5})
			f.want("load", f.load("a", store.LoadOptions{}), "x=123456 y=123456")
			f.save("a", "x", "654321")
			f.saveAs("a", store.SaveOptions{Unset: words("x"), Fields: words("z", "1")})
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "")}, &store.LimitError{What: "fields", Max: 1})
			f.wantSaveError("a", store.SaveOptions{Fields: words("y", "1234567")}, &store.LimitError{What: "bytes", Max: 5})
			f.want("get", f.get("b"), "123456")
			f.rotate("a", "c", 0)
			f.limit(store.Limits{})
			f.want("without limits", f.save("c", "x", strings.Repeat("x", 1000)), int64(3))
		}},
		{"a string may become so long", func(f *fixture) {
			f.limit(store.Limits{StringBytes: 5})
			f.set("a", "123")
			n, err := f.strings().AppendString(background, f.op, []byte("a"), []byte("45"))
			f.want("append", fmt.Sprint(n, err), "5 <nil>")
			_, err = f.strings().AppendString(background, f.op, []byte("a"), []byte("6"))
			f.want("append", err, store.ErrStringTooLong)
			_, err = f.strings().SetStringRange(background, f.op, []byte("a"), 5, []byte("6"))
			f.want("set range", err, store.ErrStringTooLong)
			_, err = f.strings().SetStringRange(background, f.op, []byte("b"), 5, []byte("6"))
			f.want("set range of nothing", err, store.ErrStringTooLong)
			n, err = f.strings().SetStringRange(background, f.op, []byte("a"), 4, []byte("6"))
			f.want("set range", fmt.Sprint(n, err), "5 <nil>")
			f.want("values", f.get("a", "b"), "12346 -")
		}},
	}
}

// wantFreed says that all but a little of the memory that was used at most is free as it was before.
func (f *fixture) wantFreed(before int64) {
	f.Helper()
	if r := f.report(); r.UsedBytes > before+(r.PeakBytes-before)/20 {
		f.Errorf("%d bytes are used; at most it was %d, before that %d", r.UsedBytes, r.PeakBytes, before)
	}
}

func memoryCases() []testCase {
	// fill creates sessions until the engine refuses, and returns how many it took.
	fill := func(f *fixture, name string) int {
		for i := range 100_000 {
			c := store.CreateOptions{Principal: []byte("p"), Fields: words("x", strings.Repeat("x", 100))}
			err := f.sessions().CreateSession(background, f.op, []byte(fmt.Sprint(name, i)), c)
			if errors.Is(err, store.ErrNoMemory) {
				return i
			}
			f.ok(err)
		}
		f.Fatal("100,000 sessions are above no limit")
		return 0
	}
	return []testCase{
		{"at the memory limit nothing is added, and everything else works", func(f *fixture) {
			const limit = 128 << 10
			f.create("a", store.CreateOptions{IdleTimeout: 1000, Fields: words("x", "1")})
			f.set("b", "1")
			f.limit(store.Limits{MaxMemory: f.report().UsedBytes + limit})
			n := fill(f, "id")
			r := f.report()
			if r.UsedBytes > r.MaxBytes || r.MaxBytes != ability[store.Limiter](f).Limits().MaxMemory || n < 50 {
				f.Errorf("%d sessions fit, %d bytes are used of %d", n, r.UsedBytes, r.MaxBytes)
			}
			large := strings.Repeat("x", limit)
			before := f.meta("a")
			f.pass(10)
			f.wantSaveError("a", store.SaveOptions{IdleTimeout: 5, Fields: words("x", "2", "y", large)}, store.ErrNoMemory)
			f.want("meta", f.meta("a"), before)
			stored, err := f.strings().SetStrings(background, f.op, words("b", "2", "c", large), false)
			f.want("set several", fmt.Sprint(stored, err), fmt.Sprint(false, store.ErrNoMemory))
			var v valueText
			for _, s := range []store.SetOptions{{ExpireAt: store.Never}, {KeepTTL: true, Previous: &v}} {
				stored, err = f.strings().SetString(background, f.op, []byte("b"), []byte(large), s)
				f.want("set", fmt.Sprint(stored, err), fmt.Sprint(false, store.ErrNoMemory))
			}
			f.want("the visitor was not called", v.String(), "")
			_, err = f.strings().AppendString(background, f.op, []byte("b"), []byte(large))
			f.want("append", err, store.ErrNoMemory)
			_, err = f.strings().SetStringRange(background, f.op, []byte("b"), limit, []byte("x"))
			f.want("set range", err, store.ErrNoMemory)
			_, err = f.strings().SetStringRange(background, f.op, []byte("c"), 1<<31, []byte("x"))
			f.want("set range", err, store.ErrNoMemory)
			r.UsedBytes = f.report().UsedBytes
			f.want("values", f.get("b", "c"), "1 -")

			f.want("refused by its condition", f.setAs("b", large, store.SetOptions{ExpireAt: store.Never, IfAbsent: true}), false)
			f.want("load", f.load("a", store.LoadOptions{}), "x=1")
			f.want("unset", f.saveAs("a", store.SaveOptions{Unset: words("x")}), int64(1))
			touched, err := f.sessions().TouchSession(background, f.op, []byte("a"), 5000)
			f.want("touch", fmt.Sprint(touched, err), "true <nil>")
			f.want("get", f.get("b"), "1")
			f.want("set to pass at once", f.setAs("b", large, store.SetOptions{ExpireAt: start}), true)
			f.want("evicted", f.report().Keys[store.Evicted], uint64(0))

			destroyed, err := f.sessions().DestroyPrincipal(background, f.op, []byte("p"), nil)
			f.want("destroyed", fmt.Sprint(destroyed, err), fmt.Sprint(n, " <nil>"))
			if again := fill(f, "again"); again < n*9/10 {
				f.Errorf("%d sessions fit, and then %d", n, again)
			}
		}},
		{"memory is free again when everything is gone", func(f *fixture) {
			before := f.report().UsedBytes
			for i := range 300 {
				id := fmt.Sprint("id", i)
				f.create(id, store.CreateOptions{Principal: []byte(id), IdleTimeout: 1000, Fields: words("x", "1", "y", "2")})
				f.saveAs(id, store.SaveOptions{Component: []byte("c"), Unset: words("x"), Fields: words("x", strings.Repeat("x", i))})
				f.rotate(id, "new"+id, 100)
				f.set("key"+id, strings.Repeat("x", i))
			}
			r := f.report()
			if r.UsedBytes < before+300*300 || r.PeakBytes < r.UsedBytes {
				f.Errorf("%d bytes are used for more than 90,000 in sessions and strings; at most it was %d", r.UsedBytes, r.PeakBytes)
			}
			f.pass(1000)
			f.want("size", f.size(), 300)
			for i := range 300 {
				f.setAs(fmt.Sprint("keyid", i), "", store.SetOptions{ExpireAt: f.op.Now})
			}
			after := f.report()
			f.wantFreed(before)
			if after.PeakBytes < r.UsedBytes {
				f.Errorf("the peak of %d bytes became %d", r.UsedBytes, after.PeakBytes)
			}
		}},
	}
}
