package storetest

import (
	"fmt"
	"strings"

	"sessd/store"
)

// setKinds are the operations on sets.
func setKinds() []kind {
	on := func(e store.Engine) store.Sets { return e.(store.Sets) }
	drawMember := func(d draw) string { return of(d, "x", "y", "z", "", "u", "v", "w", strings.Repeat("long", 40)) }
	return []kind{
		{"read a set", func(d draw) operation {
			key, r := drawKey(d), store.SetRead{Size: d(4) == 1}
			if d(2) == 1 {
				r.Members = words(drawTexts(d, 4, drawMember)...)
			}
			return operation{fmt.Sprintf("read set %q %q", key, r.Members), []string{key}, func(e store.Engine, op store.Op) string {
				s := setText{sorted: r.Members == nil}
				return outcome(on(e).ReadSet(background, op, []byte(key), r, &s), &s)
			}}
		}},
		{"add members", func(d draw) operation {
			key, members := drawKey(d), append(drawTexts(d, 4, drawMember), drawMember(d))
			return operation{fmt.Sprintf("add members %q %q", key, members), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).AddToSet(background, op, []byte(key), words(members...))
				return outcome(err, n)
			}}
		}},
		{"remove members", func(d draw) operation {
			key, members := drawKey(d), drawTexts(d, 4, drawMember)
			return operation{fmt.Sprintf("remove members %q %q", key, members), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).RemoveFromSet(background, op, []byte(key), words(members...))
				return outcome(err, n)
			}}
		}},
		{"pop members", func(d draw) operation { // none or all: which of several is anybody's
			key, count := drawKey(d), of[int64](d, 0, 100)
			return operation{fmt.Sprintf("pop members %q %d", key, count), []string{key}, func(e store.Engine, op store.Op) string {
				s := setText{sorted: true}
				return outcome(on(e).PopFromSet(background, op, []byte(key), count, &s), &s)
			}}
		}},
		{"members at random", func(d draw) operation {
			key, count := drawKey(d), of[int64](d, 0, 2, -3, 100)
			return operation{fmt.Sprintf("random members %q %d", key, count), []string{key}, func(e store.Engine, op store.Op) string {
				s := setText{sorted: true}
				err := on(e).RandomFromSet(background, op, []byte(key), count, &s)
				if count == 100 { // all there are
					return outcome(err, &s)
				}
				return outcome(err, s.count, len(s.members))
			}}
		}},
		{"scan a set", func(d draw) operation {
			key, count := drawKey(d), 1+d(3)
			return operation{fmt.Sprintf("scan set %q %d", key, count), nil, func(e store.Engine, op store.Op) string {
				seen, cursor, first := map[string]bool{}, uint64(0), true
				for ; first || cursor != 0; first = false {
					next, err := on(e).ScanSet(background, op, []byte(key), cursor, count, func(member []byte) { seen[string(member)] = true })
					if err != nil {
						return outcome(err)
					}
					cursor = next
				}
				return fmt.Sprint(seen)
			}}
		}},
	}
}
