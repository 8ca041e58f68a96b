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

// draw chooses a number from 0 to n-1, at random or from a script.
type draw func(n int) int

// of chooses one of several values.
func of[T any](d draw, choices ...T) T { return choices[d(len(choices))] }

// operation is one operation with all that it takes, to be done on any engine.
type operation struct {
	text string   // what it is, for people
	keys []string // which entries it touches; nil: any
	do   func(e store.Engine, op store.Op) string
}

// kind draws operations of one kind. Alphabets are small, so that operations meet.
type kind struct {
	name string
	draw func(d draw) operation
}

func drawKey(d draw) string    { return of(d, "a", "b", "c", "d") }
func drawKeys(d draw) []string { return drawTexts(d, 4, drawKey) }
func drawName(d draw) string   { return of(d, "x", "y", "z", "") }
func drawValue(d draw) string {
	return of(d, "", "1", "-7", "longer", "9223372036854775807", "1.5", "\x00\xff")
}
func drawTimeout(d draw) int64  { return of[int64](d, 0, 1, 10, 50, 100, 1000, math.MaxInt64) }
func drawDistance(d draw) int64 { return of[int64](d, 10, 50, 100, 1000, 1, 0, -1) }

func drawTexts(d draw, limit int, one func(d draw) string) []string {
	texts := make([]string, d(limit))
	for i := range texts {
		texts[i] = one(d)
	}
	return texts
}

func drawPairs(d draw, name func(d draw) string) []string {
	var pairs []string
	for range d(4) {
		pairs = append(pairs, name(d), drawValue(d))
	}
	return pairs
}

func drawBytes(d draw, choices ...string) []byte {
	if text := of(d, choices...); text != "" {
		return []byte(text)
	}
	return nil
}

// drawCrowd draws a limit, or none. Which of two that were used at the same time is evicted is the engine's choice.
func drawCrowd(d draw) store.Crowd { return store.Crowd{Max: max(0, d(8)-5)} }

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

// outcome is what an operation returned, as text to compare.
func outcome(err error, results ...any) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprint(results...)
}

// sessionKinds are the operations on sessions.
func sessionKinds() []kind {
	on := func(e store.Engine) store.Sessions { return e.(store.Sessions) }
	return []kind{
		{"create", func(d draw) operation {
			id, fields := drawKey(d), drawPairs(d, drawName)
			c := store.CreateOptions{IdleTimeout: drawTimeout(d), AbsoluteTimeout: drawTimeout(d), Principal: drawBytes(d, "", "p", "q"), More: drawChanges(d), Crowd: drawCrowd(d), RenewAfter: of[int64](d, 0, 0, 20)}
			touches := []string{id}
			if c.Crowd.Max > 0 && len(c.Principal) > 0 {
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
			r := store.RotateOptions{Grace: drawTimeout(d), SetPrincipal: d(2) == 1, Principal: drawBytes(d, "", "p", "q"), Crowd: drawCrowd(d)}
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

// keyKinds are the operations on entries of any type.
func keyKinds() []kind {
	on := func(e store.Engine) store.Keys { return e.(store.Keys) }
	several := func(name string, act func(k store.Keys, op store.Op, keys [][]byte) (int, error)) kind {
		return kind{name, func(d draw) operation {
			keys := drawKeys(d)
			return operation{fmt.Sprintf("%s %q", name, keys), keys, func(e store.Engine, op store.Op) string {
				n, err := act(on(e), op, words(keys...))
				return outcome(err, n)
			}}
		}}
	}
	one := func(name string, act func(k store.Keys, op store.Op, key []byte) string) kind {
		return kind{name, func(d draw) operation {
			key := drawKey(d)
			return operation{fmt.Sprintf("%s %q", name, key), []string{key}, func(e store.Engine, op store.Op) string {
				return act(on(e), op, []byte(key))
			}}
		}}
	}
	return []kind{
		several("delete", func(k store.Keys, op store.Op, keys [][]byte) (int, error) { return k.Delete(background, op, keys) }),
		several("exists", func(k store.Keys, op store.Op, keys [][]byte) (int, error) { return k.Exists(background, op, keys) }),
		several("use keys", func(k store.Keys, op store.Op, keys [][]byte) (int, error) { return k.Touch(background, op, keys) }),
		one("type", func(k store.Keys, op store.Op, key []byte) string {
			kind, err := k.KeyType(background, op, key)
			return outcome(err, kind)
		}),
		one("expiry", func(k store.Keys, op store.Op, key []byte) string {
			at, found, err := k.Expiry(background, op, key)
			return outcome(err, at, found)
		}),
		one("persist", func(k store.Keys, op store.Op, key []byte) string {
			had, err := k.Persist(background, op, key)
			return outcome(err, had)
		}),
		one("key bytes", func(k store.Keys, op store.Op, key []byte) string {
			n, found, err := k.KeyBytes(background, op, key)
			return outcome(err, n > 0, found)
		}),
		{"expire", func(d draw) operation {
			key, in := drawKey(d), drawDistance(d)
			x := store.ExpireOptions{IfNever: d(4) == 1, IfExpires: d(4) == 1, IfLater: d(4) == 1, IfEarlier: d(4) == 1}
			return operation{fmt.Sprintf("expire %q in %d %+v", key, in, x), []string{key}, func(e store.Engine, op store.Op) string {
				x.At = op.Now + in
				changed, err := on(e).Expire(background, op, []byte(key), x)
				return outcome(err, changed)
			}}
		}},
		{"size", func(draw) operation {
			return operation{"size", nil, func(e store.Engine, op store.Op) string {
				n, err := on(e).Size(background, op)
				return outcome(err, n)
			}}
		}},
		{"flush", func(d draw) operation {
			all := d(2) == 1
			return operation{fmt.Sprintf("flush %v", all), nil, func(e store.Engine, op store.Op) string {
				return outcome(on(e).Flush(background, op, all))
			}}
		}},
	}
}

// types returns all types that have a name.
func types() (all []store.Type) {
	for t := range store.Type(store.MaxTypes) {
		if _, known := store.ParseType(t.String()); known || t == store.TypeNone {
			all = append(all, t)
		}
	}
	return all
}

// scanKind is a round of a scan, which is not one step.
func scanKind() kind {
	return kind{"scan", func(d draw) operation {
		s := store.ScanOptions{Count: 1 + d(3), Type: of(d, types()...), Match: store.CompilePattern(drawBytes(d, "", "*", "[a-b]"))}
		return operation{fmt.Sprintf("scan %+v", s), nil, func(e store.Engine, op store.Op) string {
			seen := map[string]bool{}
			for cursor, first := uint64(0), true; first || cursor != 0; first = false {
				next, err := e.(store.Keys).Scan(background, op, cursor, s, func(key []byte) { seen[string(key)] = true })
				if err != nil {
					return outcome(err)
				}
				cursor = next
			}
			return fmt.Sprint(seen)
		}}
	}}
}

// stringKinds are the operations on strings.
func stringKinds() []kind {
	on := func(e store.Engine) store.Strings { return e.(store.Strings) }
	return []kind{
		{"get", func(d draw) operation {
			key := drawKey(d)
			return operation{fmt.Sprintf("get %q", key), []string{key}, func(e store.Engine, op store.Op) string {
				v := new(valueText)
				return outcome(on(e).GetString(background, op, []byte(key), v), v)
			}}
		}},
		{"get several", func(d draw) operation {
			keys := drawKeys(d)
			return operation{fmt.Sprintf("get several %q", keys), keys, func(e store.Engine, op store.Op) string {
				v := new(valueText)
				return outcome(on(e).GetStrings(background, op, words(keys...), v), v)
			}}
		}},
		{"get and expire", func(d draw) operation {
			key, in, never := drawKey(d), drawDistance(d), d(3) == 1
			return operation{fmt.Sprintf("get %q and expire in %d, never %v", key, in, never), []string{key},
				func(e store.Engine, op store.Op) string {
					v, at := new(valueText), op.Now+in
					if never {
						at = store.Never
					}
					return outcome(on(e).GetStringExpire(background, op, []byte(key), at, v), v)
				}}
		}},
		{"get and delete", func(d draw) operation {
			key := drawKey(d)
			return operation{fmt.Sprintf("get and delete %q", key), []string{key}, func(e store.Engine, op store.Op) string {
				v := new(valueText)
				return outcome(on(e).DeleteString(background, op, []byte(key), v), v)
			}}
		}},
		{"set", func(d draw) operation {
			key, value, in, previous := drawKey(d), drawValue(d), drawDistance(d), d(2) == 1
			never, s := d(2) == 1, store.SetOptions{KeepTTL: d(4) == 1, IfAbsent: d(4) == 1, IfPresent: d(4) == 1}
			return operation{fmt.Sprintf("set %q %q in %d, never %v %+v", key, value, in, never, s), []string{key},
				func(e store.Engine, op store.Op) string {
					v, s := new(valueText), s
					if previous {
						s.Previous = v
					}
					if s.ExpireAt = op.Now + in; never {
						s.ExpireAt = store.Never
					}
					stored, err := on(e).SetString(background, op, []byte(key), []byte(value), s)
					return outcome(err, stored, v)
				}}
		}},
		{"set several", func(d draw) operation {
			pairs, ifNone := drawPairs(d, drawKey), d(2) == 1
			keys := []string{}
			for i := 0; i < len(pairs); i += 2 {
				keys = append(keys, pairs[i])
			}
			return operation{fmt.Sprintf("set several %q %v", pairs, ifNone), keys, func(e store.Engine, op store.Op) string {
				stored, err := on(e).SetStrings(background, op, words(pairs...), ifNone)
				return outcome(err, stored)
			}}
		}},
		{"incr", func(d draw) operation {
			key, delta := drawKey(d), of[int64](d, 1, -1, 10, math.MaxInt64, math.MinInt64)
			return operation{fmt.Sprintf("incr %q %d", key, delta), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).IncrString(background, op, []byte(key), delta)
				return outcome(err, n)
			}}
		}},
		{"incr by float", func(d draw) operation {
			key, delta := drawKey(d), of(d, "1", "0.1", "-1e3", "x", "inf")
			return operation{fmt.Sprintf("incr %q by %s", key, delta), []string{key}, func(e store.Engine, op store.Op) string {
				sum, err := on(e).IncrStringFloat(background, op, []byte(key), []byte(delta))
				return outcome(err, string(sum))
			}}
		}},
		{"append", func(d draw) operation {
			key, tail := drawKey(d), drawValue(d)
			return operation{fmt.Sprintf("append %q %q", key, tail), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).AppendString(background, op, []byte(key), []byte(tail))
				return outcome(err, n)
			}}
		}},
		{"set range", func(d draw) operation {
			key, offset, part := drawKey(d), of[int64](d, 0, 1, 5, 20, math.MaxInt64), bytes.Clone([]byte(drawValue(d)))
			return operation{fmt.Sprintf("set range %q %d %q", key, offset, part), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).SetStringRange(background, op, []byte(key), offset, part)
				return outcome(err, n)
			}}
		}},
	}
}

// prefetchKind is what must change nothing.
func prefetchKind() kind {
	return kind{"prefetch", func(d draw) operation {
		keys, name := drawKeys(d), drawName(d)
		return operation{fmt.Sprintf("prefetch %q", keys), keys, func(e store.Engine, op store.Op) string {
			if p, ok := e.(store.Prefetcher); ok {
				p.Prefetch(op, words(keys...))
			}
			if p, ok := e.(store.ElementPrefetcher); ok {
				for _, key := range keys {
					p.PrefetchElements(op, words(key, key, key, key), words(name, key, "", "none"))
				}
			}
			return ""
		}}
	}}
}

// kindsFor returns the kinds of operations of an ability for engines that have it.
func kindsFor[A any](kinds ...kind) func(store.Engine) []kind {
	return func(e store.Engine) []kind {
		if _, ok := e.(A); ok {
			return kinds
		}
		return nil
	}
}

// setsOfBothKinds is the ability to hold sets and sorted sets.
type setsOfBothKinds interface {
	store.Sets
	store.SortedSets
}

// abilities are the kinds of operations, by the ability that an engine needs for them.
var abilities = []func(store.Engine) []kind{
	kindsFor[store.Sessions](sessionKinds()...),
	kindsFor[store.Keys](keyKinds()...),
	kindsFor[store.Keys](scanKind()),
	kindsFor[store.Strings](stringKinds()...),
	kindsFor[store.Transferrer](transferKind()),
	kindsFor[store.Swapper](swapKind()),
	kindsFor[store.Bitmaps](bitmapKinds()...),
	kindsFor[store.HyperLogLogs](hyperloglogKinds()...),
	kindsFor[store.Hashes](hashKinds()...),
	kindsFor[store.FieldExpirer](fieldDeadlineKinds()...),
	kindsFor[store.Sets](setKinds()...),
	kindsFor[store.SortedSets](sortedKinds()...),
	kindsFor[store.Algebra](algebraKinds()...),
	kindsFor[setsOfBothKinds](moveKinds()...),
	kindsFor[store.Streams](streamKinds()...),
	kindsFor[store.Lists](listKinds()...),
	kindsFor[store.Prefetcher](prefetchKind()),
}

// kindsOf returns the kinds of operations that an engine has the abilities for.
func kindsOf(e store.Engine) []kind {
	var kinds []kind
	for _, of := range abilities {
		kinds = append(kinds, of(e)...)
	}
	if _, ok := e.(store.Transactor); ok {
		kinds = append(kinds, stepKind(kinds))
	}
	return kinds
}
