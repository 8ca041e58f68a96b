package storetest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"sessd/store"
)

// together runs n functions at the same moment and waits for them.
func together(n int, run func(i int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			run(i)
		})
	}
	close(begin)
	all.Wait()
}

// winners runs n functions at the same moment and returns how many returned no error. Others must return want.
func (f *fixture) winners(n int, want error, run func(i int) error) int {
	f.Helper()
	var won atomic.Int64
	together(n, func(i int) {
		if err := run(i); err == nil {
			won.Add(1)
		} else if err.Error() != want.Error() {
			f.Errorf("the error is %v, not %v", err, want)
		}
	})
	return int(won.Load())
}

func races() []testCase {
	const clients, rounds = 8, 100
	return []testCase{
		{"clients that save different fields all keep theirs", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			s := f.sessions()
			together(clients, func(i int) {
				for n := range rounds {
					save := store.SaveOptions{Fields: words(fmt.Sprint("field", i), fmt.Sprint(n), fmt.Sprint("other", i), fmt.Sprint(n))}
					if _, err := s.SaveSession(background, f.op, []byte("a"), save); err != nil {
						f.Errorf("save: %v", err)
					}
				}
			})
			f.want("revision", f.meta("a").Revision, int64(clients*rounds))
			f.want("fields", f.meta("a").Fields, 2*clients)
			for i := range clients {
				names := words(fmt.Sprint("field", i), fmt.Sprint("other", i))
				f.want("last values", f.load("a", store.LoadOptions{Fields: names}), fmt.Sprintf("field%d=99 other%d=99", i, i))
			}
		}},
		{"of saves bound to one revision one wins", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			s := f.sessions()
			for n := range int64(rounds) {
				won := f.winners(clients, &store.RevisionError{Revision: n + 1}, func(i int) error {
					save := store.SaveOptions{Bound: true, Revision: n, Fields: words("x", fmt.Sprint(i))}
					_, err := s.SaveSession(background, f.op, []byte("a"), save)
					return err
				})
				f.want("winners", won, 1)
			}
			f.want("revision", f.meta("a").Revision, int64(rounds))
		}},
		{"of creations of one id one wins", func(f *fixture) {
			s := f.sessions()
			for n := range rounds {
				won := f.winners(clients, store.ErrSessionExists, func(int) error {
					return s.CreateSession(background, f.op, []byte(fmt.Sprint("id", n)), store.CreateOptions{})
				})
				f.want("winners", won, 1)
			}
			f.want("created", f.size(), rounds)
		}},
		{"of rotations of one session one wins, with a grace period too", func(f *fixture) {
			s := f.sessions()
			for n := range rounds {
				id := fmt.Sprint("id", n)
				f.create(id, store.CreateOptions{Principal: []byte(id), Fields: words("x", "1")})
				r := store.RotateOptions{Grace: int64(n%2) * 1000}
				var newid atomic.Value
				won := f.winners(clients, store.ErrNoSession, func(i int) error {
					mine := fmt.Sprint("new", n, "-", i)
					err := s.RotateSession(background, f.op, []byte(id), []byte(mine), r)
					if err == nil {
						newid.Store(mine)
					}
					return err
				})
				f.want("winners", won, 1)
				f.want("the session", f.of(id), newid.Load())
			}
			f.want("size", f.size(), rounds)
		}},
		{"of rotations onto one id one wins", func(f *fixture) {
			s := f.sessions()
			for n := range rounds {
				for i := range clients {
					f.create(fmt.Sprint("id", n, "-", i), store.CreateOptions{})
				}
				won := f.winners(clients, store.ErrSessionExists, func(i int) error {
					id := fmt.Sprint("id", n, "-", i)
					return s.RotateSession(background, f.op, []byte(id), []byte(fmt.Sprint("new", n)), store.RotateOptions{})
				})
				f.want("winners", won, 1)
			}
			f.want("size", f.size(), rounds*clients)
		}},
		{"a session that is destroyed while others save never comes back", func(f *fixture) {
			s := f.sessions()
			for n := range rounds {
				id := []byte(fmt.Sprint("id", n))
				f.create(string(id), store.CreateOptions{Principal: []byte("p")})
				var destroyed atomic.Bool
				together(clients, func(i int) {
					if i == 0 {
						if n, err := s.DestroySessions(background, f.op, [][]byte{id}); n != 1 || err != nil {
							f.Errorf("destroyed %d: %v", n, err)
						}
						destroyed.Store(true)
						return
					}
					for ended := false; !ended; runtime.Gosched() {
						late := destroyed.Load()
						_, err := s.SaveSession(background, f.op, id, store.SaveOptions{Fields: words("x", "1")})
						ended = errors.Is(err, store.ErrNoSession)
						if late && !ended {
							f.Errorf("a save after the destroy: %v", err)
							return
						}
					}
				})
			}
			f.want("size", f.size(), 0)
			f.want("of p", f.of("p"), "")
		}},
		{"sessions that rotate while their principal is destroyed do not escape", func(f *fixture) {
			s := f.sessions()
			for n := range rounds {
				for i := range clients {
					f.create(fmt.Sprint("id", n, "-", i, "-", 0), store.CreateOptions{Principal: []byte("p")})
				}
				together(clients+1, func(i int) {
					if i == clients {
						if got, err := s.DestroyPrincipal(background, f.op, []byte("p"), nil); got != clients || err != nil {
							f.Errorf("destroyed %d: %v", got, err)
						}
						return
					}
					for step := range 1_000_000 {
						id, newid := fmt.Sprint("id", n, "-", i, "-", step), fmt.Sprint("id", n, "-", i, "-", step+1)
						if s.RotateSession(background, f.op, []byte(id), []byte(newid), store.RotateOptions{Grace: 10}) != nil {
							return
						}
						runtime.Gosched()
					}
					f.Errorf("a session escaped")
				})
				f.want("of p", f.of("p"), "")
			}
			f.want("size", f.size(), 0)
		}},
		{"several strings are set and got in one step", func(f *fixture) {
			s := f.strings()
			keys := words("a", "b", "c", "d", "e")
			together(clients, func(i int) {
				for n := range rounds {
					if i%2 == 0 {
						v := fmt.Sprint(i, "-", n)
						s.SetStrings(background, f.op, words("e", v, "a", v, "d", v, "b", v, "c", v), false)
						continue
					}
					var v valueText
					s.GetStrings(background, f.op, keys, &v)
					for _, value := range v.values {
						if value != v.values[0] {
							f.Errorf("got %v", v.values)
						}
					}
				}
			})
		}},
		{"of those who set several strings if none is there one wins", func(f *fixture) {
			s := f.strings()
			for n := range rounds {
				var won atomic.Int64
				together(clients, func(i int) {
					// Every one shares a key with every other, in another order.
					pairs := words(fmt.Sprint("own", n, "-", i), "", fmt.Sprint("shared", n), "")
					if i%2 == 0 {
						pairs[0], pairs[2] = pairs[2], pairs[0]
					}
					if stored, _ := s.SetStrings(background, f.op, pairs, true); stored {
						won.Add(1)
					}
				})
				f.want("winners", won.Load(), int64(1))
			}
			f.want("size", f.size(), 2*rounds)
		}},
		{"keys that stay are visited by a scan while others change them and theirs", func(f *fixture) {
			s := f.strings()
			for i := range 200 {
				f.set(fmt.Sprint("stays", i), "0")
			}
			var done atomic.Bool
			together(3, func(i int) {
				if i > 0 {
					for n := 0; !done.Load(); n = (n + 1) % 3000 {
						s.SetString(background, f.op, []byte(fmt.Sprint("other", i, "-", n)), nil, store.SetOptions{ExpireAt: store.Never})
						s.AppendString(background, f.op, []byte(fmt.Sprint("stays", n%200)), []byte("x"))
						if n == 2999 {
							for n := range 3000 {
								f.keys().Delete(background, f.op, words(fmt.Sprint("other", i, "-", n)))
							}
						}
					}
					return
				}
				defer done.Store(true)
				for range 5 {
					seen := map[string]bool{}
					for cursor, first := uint64(0), true; first || cursor != 0; first = false {
						scan := store.ScanOptions{Count: 10, Match: store.CompilePattern([]byte("stays*"))}
						cursor, _ = f.keys().Scan(background, f.op, cursor, scan, func(key []byte) { seen[string(key)] = true })
					}
					if len(seen) != 200 {
						f.Errorf("%d of 200 keys were visited", len(seen))
					}
				}
			})
		}},
	}
}
