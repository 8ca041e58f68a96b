package storetest

import (
	"fmt"
	"sort"
	"strings"

	"sessd/store"
)

func scanCases() []testCase {
	return []testCase{
		{"a round visits every key", func(f *fixture) {
			f.want("of nothing", f.scan(store.ScanOptions{Count: 10}), "")
			var want []string
			for i := range 500 {
				key := fmt.Sprint("key", i)
				want = append(want, key)
				if i%2 == 0 {
					f.set(key, "text")
				} else {
					f.create(key, store.CreateOptions{})
				}
			}
			sort.Strings(want)
			for _, count := range []int{1, 7, 100, 10000} {
				f.want(fmt.Sprint("by ", count), f.scan(store.ScanOptions{Count: count}), strings.Join(want, " "))
			}
		}},
		{"it visits the keys that match and have the type", func(f *fixture) {
			f.create("sess:1", store.CreateOptions{})
			f.create("sess:2", store.CreateOptions{})
			f.set("sess:text", "text")
			f.set("other", "text")
			f.want("sess:*", f.scan(store.ScanOptions{Count: 10, Match: store.CompilePattern([]byte("sess:*"))}), "sess:1 sess:2 sess:text")
			f.want("sess:?", f.scan(store.ScanOptions{Count: 10, Match: store.CompilePattern([]byte("sess:?"))}), "sess:1 sess:2")
			f.want("sessions", f.scan(store.ScanOptions{Count: 10, Type: store.TypeSession}), "sess:1 sess:2")
			f.want("strings", f.scan(store.ScanOptions{Count: 10, Type: store.TypeString}), "other sess:text")
			f.want("both", f.scan(store.ScanOptions{Count: 10, Type: store.TypeString, Match: store.CompilePattern([]byte("s*"))}), "sess:text")
			f.want("no match", f.scan(store.ScanOptions{Count: 1, Match: store.CompilePattern([]byte("x*"))}), "")
			f.want("empty pattern", f.scan(store.ScanOptions{Count: 10, Match: store.CompilePattern([]byte(""))}), "")
		}},
		{"keyspaces are apart", func(f *fixture) {
			f.set("a", "text")
			f.op.Keyspace = 1
			f.set("b", "text")
			f.want("one", f.scan(store.ScanOptions{Count: 10}), "b")
		}},
		{"a step looks at about as many entries as asked", func(f *fixture) {
			for i := range 2000 {
				f.set(fmt.Sprint("key", i), "text")
			}
			visited := 0
			_, err := f.keys().Scan(background, f.op, 0, store.ScanOptions{Count: 10}, func([]byte) { visited++ })
			f.ok(err)
			if visited > 200 {
				f.Errorf("%d keys in a step of 10", visited)
			}
		}},
		{"any number is a cursor", func(f *fixture) {
			f.set("a", "text")
			for _, cursor := range []uint64{1, 12345, 1 << 47, 1 << 48, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
				for steps := 0; ; steps++ {
					next, err := f.keys().Scan(background, f.op, cursor, store.ScanOptions{Count: 10}, func([]byte) {})
					f.ok(err)
					if cursor = next; cursor == 0 {
						break
					}
					if steps > 10000 {
						f.Fatal("the round does not end")
					}
				}
			}
		}},
		{"keys that stay are visited while others come and go", func(f *fixture) {
			for _, change := range []struct{ before, each int }{
				{0, 50},     // the table grows
				{2000, -40}, // the table shrinks
			} {
				for i := range 300 {
					f.set(fmt.Sprint("stays", i), "text")
				}
				for i := range change.before {
					f.set(fmt.Sprint("other", i), "text")
				}
				seen := map[string]bool{}
				others := change.before
				for cursor, first := uint64(0), true; first || cursor != 0; first = false {
					next, err := f.keys().Scan(background, f.op, cursor, store.ScanOptions{Count: 5}, func(key []byte) {
						if strings.HasPrefix(string(key), "stays") {
							seen[string(key)] = true
						}
					})
					f.ok(err)
					cursor = next
					for range max(change.each, -change.each) {
						if change.each > 0 && others < 2000 {
							f.set(fmt.Sprint("other", others), "text")
							others++
						} else if change.each < 0 && others > 0 {
							others--
							_, err := f.keys().Delete(background, f.op, words(fmt.Sprint("other", others)))
							f.ok(err)
						}
					}
				}
				f.want("keys that stay", len(seen), 300)
				f.ok(f.keys().Flush(background, f.op, false))
			}
		}},
	}
}
