package storetest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"sessd/store"
)

// drawPrincipalLimit draws a limit, or none. Which of two that were used at the same time is evicted is the engine's choice.
func drawPrincipalLimit(d draw) store.PrincipalLimit {
	return store.PrincipalLimit{Max: max(0, d(8)-5)}
}

// drawChanges draws changes of more bags.
func drawChanges(d draw) []store.BagChange {
	changes := make([]store.BagChange, max(0, d(6)-3))
	for i := range changes {
		changes[i] = store.BagChange{
			Component: drawBytes(d, "", "c", "k"), Unset: words(drawTexts(d, 3, drawName)...), Fields: words(drawPairs(d, drawName)...),
			TTL: of[int64](d, 0, 0, 1, 20, 150, math.MaxInt64),
		}
	}
	return changes
}

// sessionKinds are the operations on sessions.
func sessionKinds() []kind {
	on := func(e store.Engine) store.Sessions { return e.(store.Sessions) }
	return []kind{
		{"create", func(d draw) operation {
			id, fields := drawKey(d), drawPairs(d, drawName)
			c := store.CreateOptions{IdleTimeout: drawTimeout(d), AbsoluteTimeout: drawTimeout(d), Principal: drawBytes(d, "", "p", "q"), More: drawChanges(d), PrincipalLimit: drawPrincipalLimit(d), RenewAfter: of[int64](d, 0, 0, 20)}
			touches := []string{id}
			if c.PrincipalLimit.Max > 0 && len(c.Principal) > 0 {
				touches = nil // whether it may depends on the principal's other sessions
			}
			return operation{fmt.Sprintf("create %q %+v %q", id, c, fields), touches,
				func(e store.Engine, op store.Op) string {
					c.Fields = words(fields...)
					return outcome(on(e).CreateSession(background, op, []byte(id), c))
				}}
		}},
		{"load", func(d draw) operation {
			id, l := drawKey(d), store.LoadOptions{Component: drawBytes(d, "", "c", "k"), NoTouch: d(2) == 1}
			if d(5) == 1 {
				l.Token, l.LockFor = []byte(of(d, "t", "u")), of[int64](d, 1, 50, 1000)
			}
			if d(2) == 1 {
				l.Fields = words(drawTexts(d, 4, drawName)...)
			}
			return operation{fmt.Sprintf("load %q %+v", id, l), []string{id}, func(e store.Engine, op store.Op) string {
				b := bagText{sorted: l.Fields == nil}
				err := on(e).LoadSession(background, op, []byte(id), l, &b)
				return outcome(err, b.revision, " ", &b)
			}}
		}},
		{"load all bags", func(d draw) operation {
			id, noTouch := drawKey(d), d(2) == 1
			return operation{fmt.Sprintf("load all bags of %q %v", id, noTouch), []string{id}, func(e store.Engine, op store.Op) string {
				b, info := bagsText{bags: map[string]*bagText{}}, store.SessionInfo{}
				err := on(e).LoadSession(background, op, []byte(id), store.LoadOptions{NoTouch: noTouch, Each: b.each, Info: &info}, &b)
				return outcome(err, fmt.Sprintf("%+v", info), " ", &b)
			}}
		}},
		{"save", func(d draw) operation {
			id, unset, fields := drawKey(d), drawTexts(d, 3, drawName), drawPairs(d, drawName)
			s := store.SaveOptions{Component: drawBytes(d, "", "c", "k"), Bound: d(3) == 1, Revision: int64(d(4))}
			if d(4) == 1 {
				s.IdleTimeout = drawTimeout(d)
			}
			if d(4) == 1 {
				s.Token, s.Unlock = []byte(of(d, "t", "u")), d(2) == 1
			}
			s.Unset, s.Fields, s.More = words(unset...), words(fields...), drawChanges(d)
			return operation{fmt.Sprintf("save %q %+v", id, s), []string{id}, func(e store.Engine, op store.Op) string {
				s, info := s, store.SessionInfo{}
				s.Info = &info
				revision, err := on(e).SaveSession(background, op, []byte(id), s)
				return outcome(err, revision, fmt.Sprintf(" %+v", info))
			}}
		}},
		{"incr a field of a session", func(d draw) operation {
			id, i := drawKey(d), store.IncrOptions{Component: drawBytes(d, "", "c", "k"), Field: []byte(drawName(d)), Min: math.MinInt64, Max: math.MaxInt64}
			i.Delta = of[int64](d, 1, -1, 10, 0, math.MaxInt64, math.MinInt64)
			if d(3) == 1 {
				i.Min, i.Max = of[int64](d, -7, 0, math.MinInt64), of[int64](d, 5, 0, -8)
			}
			return operation{fmt.Sprintf("incr session %q %+v", id, i), []string{id}, func(e store.Engine, op store.Op) string {
				n, err := on(e).IncrSession(background, op, []byte(id), i)
				return outcome(err, n)
			}}
		}},
		{"take", func(d draw) operation {
			id, component, names := drawKey(d), drawBytes(d, "", "c", "k"), drawTexts(d, 4, drawName)
			return operation{fmt.Sprintf("take %q %q %q", id, component, names), []string{id}, func(e store.Engine, op store.Op) string {
				var b bagText
				err := on(e).TakeSession(background, op, []byte(id), component, words(names...), &b)
				return outcome(err, b.revision, " ", &b)
			}}
		}},
		{"append to a field of a session", func(d draw) operation {
			id, a := drawKey(d), store.AppendOptions{Component: drawBytes(d, "", "c", "k"), Field: []byte(drawName(d)), Value: []byte(drawValue(d))}
			a.MaxLength = of(d, 0, 1, 5, 100)
			return operation{fmt.Sprintf("append session %q %+v", id, a), []string{id}, func(e store.Engine, op store.Op) string {
				n, err := on(e).AppendSession(background, op, []byte(id), a)
				return outcome(err, n)
			}}
		}},
		{"clear", func(d draw) operation {
			id, component := drawKey(d), drawBytes(d, "", "c", "k")
			return operation{fmt.Sprintf("clear %q %q", id, component), []string{id}, func(e store.Engine, op store.Op) string {
				revision, err := on(e).ClearSession(background, op, []byte(id), component)
				return outcome(err, revision)
			}}
		}},
		{"touch", func(d draw) operation {
			id, idle := drawKey(d), drawTimeout(d)
			return operation{fmt.Sprintf("touch %q %d", id, idle), []string{id}, func(e store.Engine, op store.Op) string {
				touched, err := on(e).TouchSession(background, op, []byte(id), idle)
				return outcome(err, touched)
			}}
		}},
		{"lock", func(d draw) operation {
			id, token, ms := drawKey(d), []byte(of(d, "t", "u")), of[int64](d, 1, 20, 100, math.MaxInt64)
			return operation{fmt.Sprintf("lock %q %q %d", id, token, ms), []string{id}, func(e store.Engine, op store.Op) string {
				return outcome(on(e).LockSession(background, op, []byte(id), token, ms))
			}}
		}},
		{"unlock", func(d draw) operation {
			id, token := drawKey(d), []byte(of(d, "t", "u"))
			return operation{fmt.Sprintf("unlock %q %q", id, token), []string{id}, func(e store.Engine, op store.Op) string {
				unlocked, err := on(e).UnlockSession(background, op, []byte(id), token)
				return outcome(err, unlocked)
			}}
		}},
		{"touch several", func(d draw) operation {
			ids, idle := drawKeys(d), drawTimeout(d)
			return operation{fmt.Sprintf("touch several %q %d", ids, idle), ids, func(e store.Engine, op store.Op) string {
				expiries := make([]int64, len(ids))
				n, err := on(e).TouchSessions(background, op, words(ids...), idle, expiries)
				return outcome(err, n, expiries)
			}}
		}},
		{"rotate", func(d draw) operation {
			id, newid := drawKey(d), drawKey(d)
			r := store.RotateOptions{Grace: drawTimeout(d), SetPrincipal: d(2) == 1, Principal: drawBytes(d, "", "p", "q"), PrincipalLimit: drawPrincipalLimit(d)}
			return operation{fmt.Sprintf("rotate %q %q %+v", id, newid, r), nil, func(e store.Engine, op store.Op) string {
				return outcome(on(e).RotateSession(background, op, []byte(id), []byte(newid), r))
			}}
		}},
		{"destroy", func(d draw) operation {
			ids := drawKeys(d)
			return operation{fmt.Sprintf("destroy %q", ids), ids, func(e store.Engine, op store.Op) string {
				n, err := on(e).DestroySessions(background, op, words(ids...))
				return outcome(err, n)
			}}
		}},
		{"meta", func(d draw) operation {
			id := drawKey(d)
			return operation{fmt.Sprintf("meta %q", id), []string{id}, func(e store.Engine, op store.Op) string {
				m, err := on(e).SessionMeta(background, op, []byte(id))
				m.Bytes = 0
				slices.SortFunc(m.Expiring, func(a, b store.FieldExpiry) int {
					return cmp.Or(cmp.Compare(a.At, b.At), bytes.Compare(a.Component, b.Component), bytes.Compare(a.Field, b.Field))
				})
				return outcome(err, fmt.Sprintf("%+v", m))
			}}
		}},
		{"sessions of a principal", func(d draw) operation {
			principal := drawBytes(d, "p", "q", "")
			return operation{fmt.Sprintf("sessions of %q", principal), nil, func(e store.Engine, op store.Op) string {
				ids, err := on(e).PrincipalSessions(background, op, principal)
				return outcome(err, sorted(ids))
			}}
		}},
		{"describe the sessions of a principal", func(d draw) operation {
			principal, fields := drawBytes(d, "p", "q", ""), drawTexts(d, 3, drawName)
			return operation{fmt.Sprintf("describe %q %q", principal, fields), nil, func(e store.Engine, op store.Op) string {
				all, err := on(e).DescribeSessions(background, op, principal, words(fields...))
				for i := range all {
					all[i].Handle = nil
				}
				slices.SortFunc(all, func(a, b store.SessionDescription) int { return bytes.Compare(a.ID, b.ID) })
				return outcome(err, fmt.Sprintf("%#v", all))
			}}
		}},
		{"destroy by handle", func(d draw) operation {
			principal, id := drawBytes(d, "p", "q", ""), drawKey(d)
			return operation{fmt.Sprintf("destroy by handle %q %q", principal, id), nil, func(e store.Engine, op store.Op) string {
				all, err := on(e).DescribeSessions(background, op, principal, nil)
				handles := words("nobody")
				for _, x := range all {
					if string(x.ID) == id {
						handles = append(handles, x.Handle)
					}
				}
				n, err2 := on(e).DestroyHandles(background, op, principal, handles)
				return outcome(errors.Join(err, err2), n)
			}}
		}},
		{"destroy a principal", func(d draw) operation {
			principal, except := drawBytes(d, "p", "q", ""), drawBytes(d, "", "a", "b", "c")
			return operation{fmt.Sprintf("destroy %q except %q", principal, except), nil, func(e store.Engine, op store.Op) string {
				n, err := on(e).DestroyPrincipal(background, op, principal, except)
				return outcome(err, n)
			}}
		}},
	}
}
