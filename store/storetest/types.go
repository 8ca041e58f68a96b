package storetest

import "sessd/store"

// wantWrongTypeForStrings tries every operation on strings that does not take entries of any type.
func (f *fixture) wantWrongTypeForStrings(key string) {
	f.Helper()
	s, k, v := f.strings(), []byte(key), new(valueText)
	_, incr := s.IncrString(background, f.op, k, 1)
	_, float := s.IncrStringFloat(background, f.op, k, []byte("1"))
	_, add := s.AppendString(background, f.op, k, []byte("x"))
	_, overwrite := s.SetStringRange(background, f.op, k, 0, []byte("x"))
	_, nothing := s.SetStringRange(background, f.op, k, 0, nil)
	for name, err := range map[string]error{
		"GetString":                 s.GetString(background, f.op, k, v),
		"GetStringExpire":           s.GetStringExpire(background, f.op, k, f.op.Now, v),
		"DeleteString":              s.DeleteString(background, f.op, k, v),
		"IncrString":                incr,
		"IncrStringFloat":           float,
		"AppendString":              add,
		"SetStringRange":            overwrite,
		"SetStringRange of nothing": nothing,
	} {
		f.want(name, err, store.ErrWrongType)
	}
	f.want("values shown", v.String(), "")
}

// panicking is a visitor that fails.
type panicking struct{}

func (panicking) Bag(int64, int)             { panic("bag") }
func (panicking) Field([]byte, []byte, bool) { panic("field") }
func (panicking) Value([]byte, bool)         { panic("value") }

func visitorCases() []testCase {
	survive := func(f *fixture, act func()) {
		f.Helper()
		defer func() {
			f.Helper()
			if recover() == nil {
				f.Errorf("the panic was swallowed")
			}
		}()
		act()
	}
	return []testCase{
		{"a visitor that panics leaves the engine usable", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			f.set("b", "text")
			b, never := []byte("b"), store.Never
			survive(f, func() { f.sessions().LoadSession(background, f.op, []byte("a"), store.LoadOptions{}, panicking{}) })
			survive(f, func() { f.strings().GetString(background, f.op, b, panicking{}) })
			survive(f, func() { f.strings().GetStrings(background, f.op, words("a", "b", "c"), panicking{}) })
			survive(f, func() {
				f.strings().SetString(background, f.op, b, b, store.SetOptions{ExpireAt: never, IfAbsent: true, Previous: panicking{}})
			})
			survive(f, func() {
				f.keys().Scan(background, f.op, 0, store.ScanOptions{Count: 10}, func([]byte) { panic("key") })
			})
			f.want("revision", f.save("a", "x", "2"), int64(1))
			f.want("values", f.get("a", "b", "c"), "- text -")
			f.want("size", f.size(), 2)
		}},
	}
}

func typeCases() []testCase {
	return []testCase{
		{"operations on sessions find a string and leave it", func(f *fixture) {
			f.setAs("a", "text", store.SetOptions{ExpireAt: start + 100})
			f.create("b", store.CreateOptions{Fields: words("x", "1")})
			s, a, b := f.sessions(), []byte("a"), []byte("b")
			visitor := new(bagText)
			_, save := s.SaveSession(background, f.op, a, store.SaveOptions{Bound: true, Revision: 7, Fields: words("x", "1")})
			_, clear := s.ClearSession(background, f.op, a, nil)
			_, touch := s.TouchSession(background, f.op, a, 10)
			_, destroy := s.DestroySessions(background, f.op, words("b", "a"))
			_, meta := s.SessionMeta(background, f.op, a)
			for name, err := range map[string]error{
				"CreateSession":      s.CreateSession(background, f.op, a, store.CreateOptions{}),
				"LoadSession":        s.LoadSession(background, f.op, a, store.LoadOptions{}, visitor),
				"SaveSession":        save,
				"ClearSession":       clear,
				"TouchSession":       touch,
				"RotateSession":      s.RotateSession(background, f.op, a, []byte("c"), store.RotateOptions{}),
				"RotateSession onto": s.RotateSession(background, f.op, b, a, store.RotateOptions{Grace: 10}),
				"DestroySessions":    destroy,
				"SessionMeta":        meta,
			} {
				f.want(name, err, store.ErrWrongType)
			}
			f.want("visitor called", visitor.shown, false)
			f.want("string", f.get("a")+" "+f.expiry("a"), "text 100")
			f.want("a session beside it", f.global("b"), "x=1")
		}},
		{"operations on strings find a session and leave it", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100, Fields: words("x", "1")})
			before := f.meta("a")
			f.pass(10)
			f.wantWrongTypeForStrings("a")
			f.want("get several", f.get("a", "a"), "- -")
			f.want("meta", f.meta("a"), before)
			f.want("session", f.global("a"), "x=1")
		}},
		{"a string is set over a session, which is destroyed", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100, Principal: []byte("p")})
			f.want("if absent", f.setAs("a", "text", store.SetOptions{ExpireAt: store.Never, IfAbsent: true}), false)
			f.want("type", f.kind("a"), "session")
			f.want("keeping the expiry", f.setAs("a", "text", store.SetOptions{KeepTTL: true, IfPresent: true}), true)
			f.want("string", f.get("a")+" "+f.expiry("a"), "text 100")
			f.want("of p", f.of("p"), "")
			f.create("b", store.CreateOptions{})
			f.want("with a time that has passed", f.setAs("b", "text", store.SetOptions{ExpireAt: start}), true)
			f.want("type", f.kind("b"), "none")
		}},
	}
}
