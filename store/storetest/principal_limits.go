package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"sessd/store"
)

// login creates a session of the principal p, which may have so many.
func (f *fixture) login(id string, c store.PrincipalLimit) error {
	f.Helper()
	return f.sessions().CreateSession(background, f.op, []byte(id), store.CreateOptions{IdleTimeout: 1000, Principal: []byte("p"), PrincipalLimit: c})
}

// principalLimitCases are of the limit of a principal's sessions.
func principalLimitCases() []testCase {
	full := func(n int64) error { return &store.LimitError{Of: "principal", What: "sessions", Max: n} }
	return []testCase{
		{"a principal has no more live sessions than its limit", func(f *fixture) {
			f.ok(f.login("a", store.PrincipalLimit{Max: 2}))
			f.pass(500)
			f.ok(f.login("b", store.PrincipalLimit{Max: 2}))
			f.want("third", f.login("c", store.PrincipalLimit{Max: 2}), full(2))
			f.want("taken id", f.login("a", store.PrincipalLimit{Max: 2}), store.ErrSessionExists)
			f.want("taken id, evicting", f.login("a", store.PrincipalLimit{Max: 2, Evict: true}), store.ErrSessionExists)
			f.want("of p", f.of("p"), "a b")
			f.pass(500) // a expires
			f.ok(f.login("c", store.PrincipalLimit{Max: 2}))
			f.ok(f.login("d", store.PrincipalLimit{Max: 3}))
			f.want("of p", f.of("p"), "b c d")
		}},
		{"the longest unused session makes place", func(f *fixture) {
			for _, id := range []string{"a", "b", "c"} {
				f.ok(f.login(id, store.PrincipalLimit{}))
				f.pass(1)
			}
			f.load("a", store.LoadOptions{})
			f.pass(1)
			r := f.observe(store.EvictedEvents | store.SessionEvents)
			f.ok(f.login("d", store.PrincipalLimit{Max: 3, Evict: true}))
			f.want("events", r.take(), fmt.Sprintf("| evicted b gone, created d +%d", 1000+4))
			f.want("of p", f.of("p"), "a c d")
			f.pass(1)
			f.ok(f.login("e", store.PrincipalLimit{Max: 1, Evict: true}))
			f.want("of p", f.of("p"), "e")
		}},
		{"a rotation to another principal is one more session of it", func(f *fixture) {
			f.ok(f.login("a", store.PrincipalLimit{}))
			f.create("b", store.CreateOptions{Principal: []byte("q"), Fields: words("x", "1")})
			rotate := func(id, newid, principal string, evict bool) error {
				return f.sessions().RotateSession(background, f.op, []byte(id), []byte(newid),
					store.RotateOptions{SetPrincipal: true, Principal: []byte(principal), PrincipalLimit: store.PrincipalLimit{Max: 1, Evict: evict}, Grace: 50})
			}
			f.want("to p", rotate("b", "c", "p", false), full(1))
			f.want("of q", f.of("q"), "b")
			f.ok(rotate("b", "c", "q", false))
			f.ok(rotate("c", "d", "p", true))
			f.want("of p", f.of("p"), "d")
			f.want("of q", f.of("q"), "")
			f.want("fields", f.global("d"), "x=1")
			f.want("old id", f.global("c"), "x=1")
			f.want("evicted", f.global("a"), "error: no such session")
		}},
		{"very many sessions make place for a limit", func(f *fixture) {
			for i := range 3000 {
				f.ok(f.login(fmt.Sprint(i), store.PrincipalLimit{}))
				if i == 2990 {
					f.pass(1)
				}
			}
			f.want("refused", f.login("x", store.PrincipalLimit{Max: 5}), full(5))
			f.ok(f.login("x", store.PrincipalLimit{Max: 10, Evict: true}))
			f.want("of p", f.of("p"), "2991 2992 2993 2994 2995 2996 2997 2998 2999 x")
		}},
		{"a limit is exact when many come at once", func(f *fixture) {
			const clients, each, most = 8, 50, 3
			for _, evict := range []bool{false, true} {
				var all sync.WaitGroup
				var refused atomic.Int64
				for i := range clients {
					all.Go(func() {
						for j := range each {
							err := f.login(fmt.Sprint(evict, i, "-", j), store.PrincipalLimit{Max: most, Evict: evict})
							var limit *store.LimitError
							if errors.As(err, &limit) {
								refused.Add(1)
							} else if err != nil {
								f.Error(err)
							}
							ids, err := f.sessions().PrincipalSessions(background, f.op, []byte("p"))
							if err != nil || len(ids) > most {
								f.Errorf("%d sessions, %v", len(ids), err)
							}
						}
					})
				}
				all.Wait()
				ids, _ := f.sessions().PrincipalSessions(background, f.op, []byte("p"))
				f.want("sessions", len(ids), most)
				f.want("refused", refused.Load(), map[bool]int64{false: clients*each - most, true: 0}[evict])
			}
		}},
	}
}
