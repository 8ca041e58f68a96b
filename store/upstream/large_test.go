//go:build unix

package upstream

import (
	"fmt"
	"strings"
	"testing"

	"sessd/test/redistest"
)

// TestLargeSessions: what is too large for the near cache is served all the same, and not read ahead for nothing.
func TestLargeSessions(t *testing.T) {
	s := redistest.Serve(t)
	e, other := connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address, func(o *Options) { o.NearCache = 0 })
	linked(t, e)
	var large, small [][]byte
	text := strings.Repeat("x", 200_000) // of a cache of 1 MiB
	for i := range 12 {
		large = append(large, fmt.Append(nil, "large ", i))
		create(t, other, string(large[i]), "x", text+fmt.Sprint(i))
	}
	for i := range 200 {
		small = append(small, fmt.Append(nil, "small ", i))
		create(t, other, string(small[i]), "x", fmt.Sprint(i))
	}
	misses := func() uint64 { return e.cache.misses.Load() }
	for range 2 {
		before := misses()
		for i, id := range large {
			if value(e, string(id), "x") != text+fmt.Sprint(i) {
				t.Fatalf("%s has another value", id)
			}
			e.Prefetch(now(), large)
		}
		want(t, "reads of the upstream", misses()-before, uint64(len(large)))
	}
	if entries, bytes, _ := e.cache.figures(); entries != 0 || bytes != 0 {
		t.Errorf("%d sessions are kept, of %d bytes", entries, bytes)
	}
	for i, id := range small[:100] {
		want(t, "small", value(e, string(id), "x"), fmt.Sprint(i))
	}
	e.Prefetch(now(), small)
	redistest.Until(t, "small sessions are read ahead again", func() bool { return e.cache.has(small[100]) })
	if err := save(e, string(large[0]), "y", "1"); err != nil {
		t.Fatal(err)
	}
	want(t, "a large session that was saved", value(e, string(large[0]), "y"), "1")
	want(t, "its other field", len(value(e, string(large[0]), "x")), len(text)+1)
}
