package storetest

import (
	"fmt"
	"math"
	"strings"

	"sessd/store"
)

// listKinds are the operations on lists.
func listKinds() []kind {
	on := func(e store.Engine) store.Lists { return e.(store.Lists) }
	element := func(d draw) string { return of(d, "x", "y", "z", "x", "", "u", "v", "w", strings.Repeat("long", 40)) }
	end := func(d draw) store.ListEnd { return store.ListEnd(d(2)) }
	index := func(d draw) int64 {
		return of[int64](d, 0, 1, 2, -1, -2, 3, -3, 100, -100, math.MaxInt64, math.MinInt64)
	}
	return []kind{
		{"push", func(d draw) operation {
			key, elements, at, ifPresent := drawKey(d), append(drawTexts(d, 4, element), element(d)), end(d), d(4) == 1
			return operation{fmt.Sprintf("push %q %q %v %v", key, elements, at, ifPresent), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).PushList(background, op, []byte(key), words(elements...), at, ifPresent)
				return outcome(err, n)
			}}
		}},
		{"pop", func(d draw) operation {
			keys, count, at := append(drawTexts(d, 3, drawKey), drawKey(d)), of[int64](d, 0, 1, 1, 2, 3, 100), end(d)
			return operation{fmt.Sprintf("pop %q %d %v", keys, count, at), keys, func(e store.Engine, op store.Op) string {
				v := new(listText)
				found, err := on(e).PopList(background, op, words(keys...), count, at, v)
				return outcome(err, found, " ", v)
			}}
		}},
		{"read a list", func(d draw) operation {
			key, start, stop := drawKey(d), index(d), index(d)
			return operation{fmt.Sprintf("read list %q %d %d", key, start, stop), []string{key}, func(e store.Engine, op store.Op) string {
				v := new(listText)
				return outcome(on(e).ReadList(background, op, []byte(key), start, stop, v), v)
			}}
		}},
		{"length of a list", func(d draw) operation {
			key := drawKey(d)
			return operation{fmt.Sprintf("length %q", key), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).ListLength(background, op, []byte(key))
				return outcome(err, n)
			}}
		}},
		{"set an element", func(d draw) operation {
			key, i, value := drawKey(d), index(d), element(d)
			return operation{fmt.Sprintf("set element %q %d %q", key, i, value), []string{key}, func(e store.Engine, op store.Op) string {
				return outcome(on(e).SetElement(background, op, []byte(key), i, []byte(value)))
			}}
		}},
		{"insert an element", func(d draw) operation {
			key, pivot, value, after := drawKey(d), element(d), element(d), d(2) == 1
			return operation{fmt.Sprintf("insert element %q %q %q %v", key, pivot, value, after), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).InsertElement(background, op, []byte(key), []byte(pivot), []byte(value), after)
				return outcome(err, n)
			}}
		}},
		{"remove elements", func(d draw) operation {
			key, value, count := drawKey(d), element(d), of[int64](d, 0, 1, -1, 2, -2, 100, math.MaxInt64, math.MinInt64)
			return operation{fmt.Sprintf("remove elements %q %q %d", key, value, count), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).RemoveElements(background, op, []byte(key), []byte(value), count)
				return outcome(err, n)
			}}
		}},
		{"replace a list", func(d draw) operation {
			key, elements := drawKey(d), drawTexts(d, 4, element)
			return operation{fmt.Sprintf("replace list %q %q", key, elements), []string{key}, func(e store.Engine, op store.Op) string {
				return outcome(on(e).ReplaceList(background, op, []byte(key), words(elements...)))
			}}
		}},
		{"trim a list", func(d draw) operation {
			key, start, stop := drawKey(d), index(d), index(d)
			return operation{fmt.Sprintf("trim %q %d %d", key, start, stop), []string{key}, func(e store.Engine, op store.Op) string {
				return outcome(on(e).TrimList(background, op, []byte(key), start, stop))
			}}
		}},
		{"find elements", func(d draw) operation {
			key, value := drawKey(d), element(d)
			s := store.ListSearch{Rank: of[int64](d, 1, 2, -1, -2, math.MaxInt64, -math.MaxInt64), Count: of[int64](d, 0, 1, 2, math.MaxInt64)}
			s.MaxSeen = of[int64](d, 0, 0, 1, 3, math.MaxInt64)
			return operation{fmt.Sprintf("find %q %q %+v", key, value, s), []string{key}, func(e store.Engine, op store.Op) string {
				var found []int
				err := on(e).FindElements(background, op, []byte(key), []byte(value), s, func(i int) { found = append(found, i) })
				return outcome(err, found)
			}}
		}},
		{"move an element", func(d draw) operation {
			from, to, take, put := drawKey(d), drawKey(d), end(d), end(d)
			return operation{fmt.Sprintf("move element %q %q %v %v", from, to, take, put), []string{from, to}, func(e store.Engine, op store.Op) string {
				shown := "nothing"
				found, err := on(e).MoveElement(background, op, []byte(from), []byte(to), take, put, func(element []byte) { shown = string(element) })
				return outcome(err, found, " ", shown)
			}}
		}},
	}
}
