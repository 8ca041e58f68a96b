package storetest

import (
	"fmt"
	"math"
	"strings"

	"sessd/store"
)

// listText collects a list as text: the key, the count, and the elements.
type listText struct {
	begun    bool
	text     string
	count    int
	elements []string
}

// List implements store.ListVisitor.
func (l *listText) List(key []byte, elements int) {
	l.begun, l.count, l.text = true, elements, fmt.Sprintf("%s %d", key, elements)
}

// Element implements store.ListVisitor.
func (l *listText) Element(value []byte) { l.elements = append(l.elements, string(value)) }

// String returns the key, the count and the elements.
func (l *listText) String() string {
	switch {
	case !l.begun:
		return "none"
	case len(l.elements) != l.count:
		return fmt.Sprintf("%d shown of %d", len(l.elements), l.count)
	}
	return strings.Join(append([]string{l.text}, l.elements...), " ")
}

func (f *fixture) lists() store.Lists { f.Helper(); return ability[store.Lists](f) }

func (f *fixture) push(at store.ListEnd, key string, elements ...string) int {
	f.Helper()
	n, err := f.lists().PushList(background, f.op, []byte(key), words(elements...), at, false)
	f.ok(err)
	return n
}

func (f *fixture) pop(at store.ListEnd, count int64, keys ...string) string {
	f.Helper()
	l := new(listText)
	found, err := f.lists().PopList(background, f.op, words(keys...), count, at, l)
	f.ok(err)
	f.want("found", found, l.begun)
	return l.String()
}

// list returns the elements between two indexes.
func (f *fixture) list(key string, start, stop int64) string {
	f.Helper()
	l := new(listText)
	if err := f.lists().ReadList(background, f.op, []byte(key), start, stop, l); err != nil {
		return "error: " + err.Error()
	}
	return l.String()
}

func (f *fixture) listed(key string) string { f.Helper(); return f.list(key, 0, -1) }

func (f *fixture) length(key string) int {
	f.Helper()
	n, err := f.lists().ListLength(background, f.op, []byte(key))
	f.ok(err)
	return n
}

func (f *fixture) lrem(key, value string, count int64) int {
	f.Helper()
	n, err := f.lists().RemoveElements(background, f.op, []byte(key), []byte(value), count)
	f.ok(err)
	return n
}

func (f *fixture) trim(key string, start, stop int64) {
	f.Helper()
	f.ok(f.lists().TrimList(background, f.op, []byte(key), start, stop))
}

func (f *fixture) find(key, value string, s store.ListSearch) string {
	f.Helper()
	var found []int
	f.ok(f.lists().FindElements(background, f.op, []byte(key), []byte(value), s, func(i int) { found = append(found, i) }))
	return fmt.Sprint(found)
}

func (f *fixture) moveElement(from, to string, take, put store.ListEnd) string {
	f.Helper()
	shown := ""
	found, err := f.lists().MoveElement(background, f.op, []byte(from), []byte(to), take, put, func(e []byte) { shown = string(e) })
	f.ok(err)
	return fmt.Sprint(found, " ", shown)
}

// manyElements returns n elements, of which every third is the same.
func manyElements(n int) (all []string) {
	for i := range n {
		if i%3 == 0 {
			all = append(all, "third")
		} else {
			all = append(all, fmt.Sprint("element", i, strings.Repeat("-", i%50)))
		}
	}
	return all
}

const head, tail = store.ListHead, store.ListTail

func listCases() []testCase {
	return []testCase{
		{"elements are in the order of their places", func(f *fixture) {
			f.want("of nothing", f.listed("a"), "none")
			f.want("tail", f.push(tail, "a", "x", "y"), 2)
			f.want("head", f.push(head, "a", "u", "v"), 4)
			f.want("all", f.listed("a"), "a 4 v u x y")
			f.want("length", f.length("a"), 4)
			f.want("type", f.kind("a"), "list")
			n, err := f.lists().PushList(background, f.op, []byte("b"), words("x"), head, true)
			f.want("only if there", fmt.Sprint(n, err, f.kind("b")), "0 <nil>none")
		}},
		{"indexes count from both ends, and go beyond them", func(f *fixture) {
			f.push(tail, "a", "0", "1", "2", "3", "4")
			for _, one := range []struct {
				start, stop int64
				want        string
			}{
				{0, 0, "a 1 0"}, {-1, -1, "a 1 4"}, {1, -2, "a 3 1 2 3"}, {-100, 100, "a 5 0 1 2 3 4"}, {3, 2, "a 0"}, {5, 9, "a 0"},
				{math.MinInt64, math.MaxInt64, "a 5 0 1 2 3 4"}, {math.MaxInt64, math.MinInt64, "a 0"}, {0, math.MinInt64, "a 0"}, {-2, math.MaxInt64, "a 2 3 4"},
			} {
				f.want(fmt.Sprint(one.start, " ", one.stop), f.list("a", one.start, one.stop), one.want)
				f.op.Keyspace = 1
				f.push(tail, "a", "0", "1", "2", "3", "4")
				f.trim("a", one.start, one.stop)
				want := one.want
				if want == "a 0" {
					want = "none"
				}
				f.want("trimmed", f.listed("a"), want)
				f.ok(f.keys().Flush(background, f.op, false))
				f.op.Keyspace = 0
			}
			set := func(index int64) error {
				return f.lists().SetElement(background, f.op, []byte("a"), index, []byte("new"))
			}
			f.ok(set(-5))
			f.ok(set(4))
			f.want("set", f.listed("a"), "a 5 new 1 2 3 new")
			for _, index := range []int64{5, -6, math.MaxInt64, math.MinInt64} {
				f.want("no such index", set(index), store.ErrIndex)
			}
			f.want("no list", f.lists().SetElement(background, f.op, []byte("b"), 0, nil), store.ErrNoList)
		}},
		{"a list ends with its last element", func(f *fixture) {
			for _, end := range []func() string{
				func() string { return f.pop(head, 9, "a") },
				func() string { return fmt.Sprint("a ", f.lrem("a", "x", 0), " x") },
				func() string { f.trim("a", 1, 0); return "a 1 x" },
				func() string { f.moveElement("a", "b", head, tail); return "a 1 x" },
			} {
				f.push(tail, "a", "x")
				f.want("taken", end(), "a 1 x")
				f.want("type", f.kind("a"), "none")
			}
		}},
		{"elements are popped from an end of the first list", func(f *fixture) {
			f.want("of nothing", f.pop(head, 1, "a", "b"), "none")
			f.push(tail, "b", "x", "y", "z")
			f.want("none", f.pop(head, 0, "a", "b"), "b 0")
			f.want("head", f.pop(head, 1, "a", "b", "b"), "b 1 x")
			f.want("tail", f.pop(tail, math.MaxInt64, "b"), "b 2 z y")
			f.push(tail, "b", "x")
			f.set("s", "text")
			_, err := f.lists().PopList(background, f.op, words("a", "s", "b"), 1, head, new(listText))
			f.want("another type before it", err, store.ErrWrongType)
			f.want("another type behind it", f.pop(head, 1, "b", "s"), "b 1 x")
		}},
		{"equal elements are removed from either end", func(f *fixture) {
			for _, one := range []struct {
				count int64
				want  string
			}{
				{0, "a 2 y z"}, {1, "a 4 y x z x"}, {-1, "a 4 x y x z"}, {2, "a 3 y z x"}, {-2, "a 3 x y z"}, {9, "a 2 y z"}, {-9, "a 2 y z"},
				{math.MaxInt64, "a 2 y z"}, {math.MinInt64, "a 2 y z"},
			} {
				f.push(tail, "a", "x", "y", "x", "z", "x")
				f.lrem("a", "x", one.count)
				f.want(fmt.Sprint(one.count), f.listed("a"), one.want)
				f.want("none", f.lrem("a", "none", one.count), 0)
				f.trim("a", 1, 0)
			}
		}},
		{"an element is inserted before or after another", func(f *fixture) {
			insert := func(key, pivot, value string, after bool) int {
				n, err := f.lists().InsertElement(background, f.op, []byte(key), []byte(pivot), []byte(value), after)
				f.ok(err)
				return n
			}
			f.want("no list", insert("a", "x", "y", true), 0)
			f.push(tail, "a", "x", "y", "x")
			f.want("no such element", insert("a", "none", "y", true), -1)
			f.want("before", insert("a", "x", "1", false), 4)
			f.want("after", insert("a", "x", "2", true), 5)
			f.want("after the last", insert("a", "y", "3", true), 6)
			f.want("all", f.listed("a"), "a 6 1 x 2 y 3 x")
		}},
		{"elements are found by rank, in either direction", func(f *fixture) {
			f.push(tail, "a", "x", "y", "x", "z", "x")
			for want, s := range map[string]store.ListSearch{
				"[0]": {Rank: 1, Count: 1}, "[2]": {Rank: 2, Count: 1}, "[4]": {Rank: -1, Count: 1}, "[0 2 4]": {Rank: 1}, "[4 2 0]": {Rank: -1}, "[2 4]": {Rank: 2, Count: 9},
				"[]": {Rank: math.MaxInt64}, "[0 2]": {Rank: 1, MaxSeen: 4}, "[4 2]": {Rank: -1, Count: math.MaxInt64, MaxSeen: 3}, "[2 0]": {Rank: -2, MaxSeen: math.MaxInt64},
			} {
				f.want(fmt.Sprintf("%+v", s), f.find("a", "x", s), want)
			}
			f.want("beyond", f.find("a", "x", store.ListSearch{Rank: -math.MaxInt64})+f.find("a", "none", store.ListSearch{Rank: 1})+f.find("b", "x", store.ListSearch{Rank: 1}), "[][][]")
		}},
		{"an element moves from any end to any", func(f *fixture) {
			f.want("of nothing", f.moveElement("a", "b", head, tail), "false ")
			f.push(tail, "a", "1", "2", "3")
			f.want("itself", f.moveElement("a", "a", head, tail)+f.listed("a"), "true 1a 3 2 3 1")
			f.want("itself", f.moveElement("a", "a", tail, head)+f.listed("a"), "true 1a 3 1 2 3")
			f.want("itself", f.moveElement("a", "a", head, head)+f.moveElement("a", "a", tail, tail)+f.listed("a"), "true 1true 3a 3 1 2 3")
			f.want("another", f.moveElement("a", "b", head, tail)+f.moveElement("a", "b", tail, head)+f.listed("b"), "true 1true 3b 2 3 1")
			f.set("s", "text")
			_, err := f.lists().MoveElement(background, f.op, []byte("a"), []byte("s"), head, head, func([]byte) { f.Errorf("shown") })
			f.want("another type", err, store.ErrWrongType)
			f.want("left", f.listed("a"), "a 1 2")
		}},
		{"elements are any bytes, of any length", func(f *fixture) {
			long := strings.Repeat("\x00\r\n\xff", 25_000)
			f.want("new", f.push(tail, "a", "", "\xff", long), 3)
			f.want("all", f.listed("a") == "a 3  \xff "+long, true)
			f.want("found", f.find("a", long, store.ListSearch{Rank: 1}), "[2]")
			f.want("rotated", f.moveElement("a", "a", tail, head) == "true "+long, true)
			f.want("removed", f.lrem("a", long, -1), 1)
			f.want("left", f.listed("a"), "a 2  \xff")
		}},
		{"a list is replaced over an entry of any type, which ends with no elements", func(f *fixture) {
			replace := func(key string, elements ...string) string {
				return outcome(f.lists().ReplaceList(background, f.op, []byte(key), words(elements...)))
			}
			f.create("a", store.CreateOptions{})
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.want("over a session", replace("a", "x", "y", "x")+f.kind("a"), "list")
			f.want("new", replace("b", manyMembers(1000)...)+f.kind("b"), "list")
			f.want("over a large one", replace("b", "z")+replace("none"), "")
			f.want("nothing", replace("a")+f.kind("a"), "none")
			f.want("changes", r.take(), "| destroyed a gone, sortstore a, | new b, sortstore b, | sortstore b, | del a gone")
			n, err := f.lists().ListLength(background, f.op, []byte("b"))
			f.want("length", fmt.Sprint(n, err), "1 <nil>")
		}},
		{"a list may have very many elements", func(f *fixture) {
			all := manyElements(3000)
			f.push(tail, "a", all[1000:2000]...)
			for i := 999; i >= 0; i-- {
				f.push(head, "a", all[i])
			}
			for _, element := range all[2000:] {
				f.push(tail, "a", element)
			}
			want := func(what string, all []string) {
				f.Helper()
				if got := f.listed("a"); got != strings.Join(append([]string{fmt.Sprint("a ", len(all))}, all...), " ") {
					f.Errorf("%s: the list has other elements: %.200s", what, got)
				}
			}
			want("pushed", all)
			f.want("index", f.list("a", 1501, 1501), "a 1 "+all[1501])
			f.want("found", f.find("a", all[2999], store.ListSearch{Rank: -1, Count: 1})+f.find("a", all[1], store.ListSearch{Rank: 1}), "[2999][1]")
			f.want("removed", f.lrem("a", "third", 0), 1000)
			var rest []string
			for _, element := range all {
				if element != "third" {
					rest = append(rest, element)
				}
			}
			want("removed", rest)
			f.want("popped", f.pop(tail, 3, "a"), strings.Join([]string{"a 3", rest[1999], rest[1998], rest[1997]}, " "))
			f.trim("a", 1, -2)
			want("trimmed at the ends", rest[1:1996])
			f.moveElement("a", "b", tail, head)
			f.trim("a", 0, -1)
			f.trim("a", 900, 1400)
			want("trimmed", rest[901:1402])
			f.trim("a", 100, 102)
			want("few are left", rest[1001:1004])
			f.push(tail, "a", rest...)
			want("many again", append(append([]string{}, rest[1001:1004]...), rest...))
			f.trim("a", 500, 620)
			f.want("length", f.length("a"), 121)
			f.want("popped", f.pop(head, 121, "a")[:5]+f.kind("a"), "a 121none")
		}},
		{"lists expire, persist, and are overwritten, whatever their size", func(f *fixture) {
			for _, n := range []int{3, 600} {
				expire := func(in int64) {
					_, err := f.keys().Expire(background, f.op, []byte("a"), store.ExpireOptions{At: f.op.Now + in})
					f.ok(err)
				}
				begun := f.op.Now - start
				f.push(tail, "a", manyElements(n)...)
				expire(10)
				f.push(head, "a", "new")
				f.pop(tail, 1, "a")
				f.trim("a", 0, 1)
				f.moveElement("a", "a", head, tail)
				f.want("expiry", f.expiry("a"), fmt.Sprint(begun+10))
				_, err := f.keys().Persist(background, f.op, []byte("a"))
				f.ok(err)
				expire(10)
				f.pass(10)
				f.want("expired", f.kind("a")+" "+f.listed("a"), "none none")
				f.push(tail, "a", manyElements(n)...)
				f.set("a", "text")
				f.want("overwritten", f.get("a"), "text")
				_, err = f.keys().Delete(background, f.op, words("a"))
				f.ok(err)
			}
		}},
		{"operations on lists find other types and leave them, and the others a list", func(f *fixture) {
			f.set("s", "text")
			f.create("id", store.CreateOptions{})
			f.sadd("set", "x")
			l, v, x := f.lists(), new(listText), []byte("x")
			for _, key := range words("s", "id", "set") {
				_, push := l.PushList(background, f.op, key, words("x"), head, false)
				_, pop := l.PopList(background, f.op, [][]byte{key}, 0, head, v)
				_, length := l.ListLength(background, f.op, key)
				_, insert := l.InsertElement(background, f.op, key, x, x, true)
				_, remove := l.RemoveElements(background, f.op, key, x, 0)
				_, move := l.MoveElement(background, f.op, key, key, head, tail, func([]byte) { f.Errorf("shown") })
				for name, err := range map[string]error{
					"PushList": push, "PopList": pop, "ListLength": length, "InsertElement": insert, "RemoveElements": remove, "MoveElement": move,
					"ReadList": l.ReadList(background, f.op, key, 0, -1, v), "SetElement": l.SetElement(background, f.op, key, 0, x),
					"TrimList":     l.TrimList(background, f.op, key, 0, -1),
					"FindElements": l.FindElements(background, f.op, key, x, store.ListSearch{Rank: 1}, func(int) { f.Errorf("visited") }),
				} {
					f.want(name, err, store.ErrWrongType)
				}
			}
			f.push(tail, "a", "x")
			f.wantWrongTypeForStrings("a")
			f.want("list", f.listed("a"), "a 1 x")
		}},
		{"a visitor that panics leaves the list as it is", func(f *fixture) {
			for _, n := range []int{9, 300} {
				key := fmt.Sprint("a", n)
				f.push(tail, key, manyElements(n)...)
				for _, act := range []func(v store.ListVisitor) error{
					func(v store.ListVisitor) error { return f.lists().ReadList(background, f.op, []byte(key), 0, -1, v) },
					func(v store.ListVisitor) error {
						_, err := f.lists().PopList(background, f.op, words("none", key), 3, tail, v)
						return err
					},
				} {
					func() {
						defer func() { f.want("recovered", recover(), "list") }()
						_ = act(panickingList{})
					}()
				}
				f.want("length", f.push(tail, key, "x"), n+1)
			}
		}},
		{"every change of a list is one event, with Redis's name", func(f *fixture) {
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.push(tail, "a", "x", "y", "x", "z")
			f.push(head, "a", "u")
			f.want("push", r.take(), "| new a, rpush a, | lpush a")
			f.pop(head, 0, "a")
			f.pop(head, 1, "a")
			f.pop(tail, 1, "b", "a")
			f.want("pop", r.take(), "| lpop a, | rpop a")
			f.ok(f.lists().SetElement(background, f.op, []byte("a"), 0, []byte("x")))
			_, err := f.lists().InsertElement(background, f.op, []byte("a"), []byte("y"), []byte("v"), true)
			f.ok(err)
			f.want("set and insert", r.take(), "| lset a, | linsert a")
			f.lrem("a", "none", 0)
			f.lrem("a", "v", 0)
			f.want("rem", r.take(), "| lrem a")
			f.trim("a", 0, -1)
			f.trim("b", 0, -1)
			f.want("trim", r.take(), "| ltrim a")
			f.moveElement("a", "a", head, tail)
			f.moveElement("a", "b", tail, head)
			f.want("move", r.take(), "| rpush a, lpop a, | new b, lpush b, rpop a")
			f.lrem("a", "x", 0)
			f.lrem("a", "y", 0)
			f.trim("b", 1, 0)
			f.want("ends", r.take(), "| lrem a, | lrem a, del a gone, | ltrim b, del b gone")
			f.push(tail, "a", "x")
			f.moveElement("a", "b", tail, head)
			f.pop(tail, 5, "b")
			f.want("ends", r.take(), "| new a, rpush a, | new b, lpush b, rpop a, del a gone, | rpop b, del b gone")
		}},
		{"a list that does not fit is not changed", func(f *fixture) {
			f.push(tail, "a", manyElements(300)...)
			f.push(tail, "b", "x", "y")
			a, b := f.listed("a"), f.listed("b")
			f.limit(store.Limits{MaxMemory: 1})
			for _, key := range words("a", "b", "c") {
				for _, length := range []int{3000, 5000, 100_000} {
					long := strings.Repeat("v", length)
					_, err := f.lists().PushList(background, f.op, key, words("new", long), head, false)
					f.want("error", err, store.ErrNoMemory)
				}
			}
			_, err := f.lists().MoveElement(background, f.op, []byte("a"), []byte("c"), head, tail, func([]byte) { f.Errorf("shown") })
			f.want("error", err, store.ErrNoMemory)
			f.want("lists", f.listed("a") == a && f.listed("b") == b && f.kind("c") == "none", true)
			f.want("what takes no memory", fmt.Sprint(f.pop(head, 1, "b"), f.lrem("a", "third", 0)), "b 1 x100")
			f.trim("a", 50, 60)
			f.want("length", f.length("a"), 11)
		}},
	}
}

type panickingList struct{}

func (panickingList) List([]byte, int) { panic("list") }
func (panickingList) Element([]byte)   { panic("element") }
