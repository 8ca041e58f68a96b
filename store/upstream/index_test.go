package upstream

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestIndex holds an index to a map, with hashes of which many meet.
func TestIndex(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x, model := makeIndex(3*tableSlots), map[string]*entry{}
	hash := func(name string) (h uint64) {
		for _, c := range []byte(name) {
			h = h*31 + uint64(c)
		}
		return h%97 | h%3<<32
	}
	for step := range 40_000 {
		name := fmt.Sprint(random.IntN(400))
		switch e := x.find(hash(name), name); {
		case e != model[name]:
			t.Fatalf("step %d: %s is %v, want %v", step, name, e, model[name])
		case e == nil:
			model[name] = newEntry(name, new(record), 1)
			x.insert(hash(name), model[name])
		case x.remove(hash(name), name) != e:
			t.Fatalf("step %d: another entry is removed", step)
		default:
			delete(model, name)
		}
		if step%5_000 == 0 {
			for h, e := range x.entries() {
				if h != hash(e.name) || model[e.name] != e {
					t.Fatalf("step %d: among the entries is %s", step, e.name)
				}
				if random.IntN(2) == 0 {
					x.remove(h, e.name)
					delete(model, e.name)
				}
			}
		}
		if x.count != len(model) {
			t.Fatalf("step %d: %d entries, want %d", step, x.count, len(model))
		}
	}
	turn := map[*entry]bool{}
	for range x.count {
		_, e := x.next()
		turn[e] = true
	}
	if len(turn) != x.count {
		t.Errorf("%d entries in a turn of %d", len(turn), x.count)
	}
}

// TestQuiet: a read that does not look at the record would have seen nothing there.
func TestQuiet(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	some := func() int64 { return int64(random.IntN(2)) * (1 + random.Int64N(300)) }
	quiet := 0
	for range 50_000 {
		r := &record{idle: some(), until: some(), fresh: some()}
		r.expires = r.usedAt(random.Int64N(200))
		if at := some(); at > 0 {
			r.ends = []fieldEnd{{":a", at}}
		}
		now := random.Int64N(400)
		if now >= r.quietUntil() {
			continue
		}
		quiet++
		if !r.live(now) || r.current(now) != r || r.wantsTouch(now) {
			t.Fatalf("at %d nobody looks at %+v", now, r)
		}
	}
	if quiet < 10_000 {
		t.Errorf("only %d of 50000 reads are quiet", quiet)
	}
}

// TestCacheKeepsWhatIsUsed within its bytes, beside many sessions that are read once.
func TestCacheKeepsWhatIsUsed(t *testing.T) {
	c := newCache(1 << 20)
	c.begin(true, 0)
	put := func(name string, size int) {
		f, _ := c.join(name)
		f.record = &record{size: size}
		c.finish(name, f, c.era.Load())
	}
	used := func(i int) string { return fmt.Sprint("used ", i) }
	for i := range 64 {
		put(used(i), 1000)
	}
	for i := range 20_000 {
		put(fmt.Sprint("once ", i), 1000)
		c.hit([]byte(used(i%64)), 1, true)
	}
	if entries, bytes, _ := c.figures(); bytes > 1<<20 || bytes < 1<<19 {
		t.Errorf("%d entries have %d bytes", entries, bytes)
	}
	kept := 0
	for i := range 64 {
		if c.has([]byte(used(i))) {
			kept++
		}
	}
	if kept != 64 {
		t.Errorf("%d of 64 sessions are kept that are used", kept)
	}
}

// TestFetchBesideChanges looks ahead without the lock while entries come and go.
func TestFetchBesideChanges(t *testing.T) {
	c := newCache(1 << 17)
	c.begin(true, 0)
	var names [][]byte
	for i := range 100 {
		names = append(names, fmt.Append(nil, i))
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 20_000 {
			name := string(names[i%100])
			f, _ := c.join(name)
			f.record = &record{image: image{fieldList: listOf([]field{{nil, []byte("x"), make([]byte, i%900)}})}, size: i % 3000}
			c.finish(name, f, c.era.Load())
			if i%3 == 0 {
				c.drop(name)
			}
		}
	}()
	for {
		select {
		case <-done:
			return
		default:
			c.fetch(names)
		}
	}
}
