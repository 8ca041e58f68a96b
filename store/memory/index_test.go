package memory

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"sessd/store"
)

// pushedBack returns by how many slots those of an index are from their places on average, and the most.
func (x *index) pushedBack() (mean float64, most int) {
	sum, n := 0, 0
	for i, g := range x.dir {
		if i > 0 && g == x.dir[i-1] {
			continue
		}
		for at, s := range g.slots {
			if s != 0 {
				d := at - g.home(s.hash())
				sum, n, most = sum+d, n+1, max(most, d)
			}
		}
	}
	return float64(sum) / float64(n), most
}

// Ids that collide under a hash without a seed are to this engine like any others: they spread over the shards, and lie
// near their places in the index.
func TestChosenIDsDoNotCollide(t *testing.T) {
	const n, sameBits = 4000, 1<<8 - 1
	chosen := func(i *int) []byte {
		for ; ; *i++ {
			id := fmt.Appendf(nil, "session-%035d", *i)
			h := fnv.New64a()
			h.Write(id)
			if h.Sum64()&sameBits == 0 {
				*i++
				return id
			}
		}
	}
	figures := func(next func(i *int) []byte) (fullest, most int, mean float64) {
		e := New(Options{Shards: 16})
		defer e.Close()
		at := 0
		for range n {
			if err := e.CreateSession(context.Background(), store.Op{Now: 1 << 42}, next(&at), store.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		k := e.spaces[0].Load()
		for i := range k.shards {
			a, m := k.shards[i].table.pushedBack()
			fullest, most, mean = max(fullest, k.shards[i].count.keys()), max(most, m), mean+a/16
		}
		return fullest, most, mean
	}
	fullest, most, mean := figures(chosen)
	t.Logf("fullest shard %d of %d on average, slots %.2f from their places, at most %d", fullest, n/16, mean, most)
	if fullest > n/16*3/2 || mean > 10 || most > 200 {
		t.Errorf("fullest shard %d of %d on average, slots %.2f from their places, at most %d", fullest, n/16, mean, most)
	}
}

// TestIndex does to an index what it does to a map, with segments that are small or as large as they get.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		e := New(Options{segmentSlots: rapid.SampledFrom([]int{64, 512, mostSlots}).Draw(r, "slots")})
		defer e.Close()
		table := newTable(e)
		x := &table.index
		known, list := map[ref]uint32{}, []ref(nil)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		next := ref(1)
		for range rapid.IntRange(1, 6).Draw(r, "phases") {
			grow := rapid.IntRange(0, 3000).Draw(r, "grow")
			few := rapid.Bool().Draw(r, "few hashes")
			for range grow {
				hash := random.Uint32()
				if few && random.IntN(4) == 0 {
					hash = uint32(random.IntN(50)) << 26
				}
				x.insert(hash, next)
				known[next] = hash
				list = append(list, next)
				next++
			}
			random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			for i := range rapid.IntRange(0, len(list)).Draw(r, "shrink") {
				if i%3 == 0 { // the entry moved
					x.replace(known[list[0]], list[0], next)
					known[next] = known[list[0]]
					x.remove(known[next], next)
					delete(known, next)
					next++
				} else {
					x.remove(known[list[0]], list[0])
				}
				delete(known, list[0])
				list = list[1:]
			}
			seen, bytes := map[ref]bool{}, int64(0)
			for hash, more := uint32(0), true; more; {
				left := 1 + random.IntN(20)
				hash, more = x.next(hash, func(s slot) bool {
					seen[s.ref()] = true
					left--
					return left > 0
				})
			}
			for i, g := range x.dir {
				if i == 0 || g != x.dir[i-1] {
					bytes += int64(len(g.slots)) * 8
				}
			}
			if len(seen) != len(known) || x.bytes != bytes {
				r.Fatalf("%d refs of %d are visited, %d bytes of %d counted", len(seen), len(known), x.bytes, bytes)
			}
			for k, hash := range known {
				g := x.segment(hash)
				found := false
				for i := g.seek(hash); g.has(i, hash); i++ {
					found = found || g.slots[i].ref() == k
				}
				if !found || !seen[k] {
					r.Fatalf("ref %d under hash %x is lost", k, hash)
				}
			}
			if len(known) > 5000 && bytes > int64(len(known))*20 { // segments that have just split, or are about to join, are half full and less
				r.Fatalf("%d bytes for %d slots", bytes, len(known))
			}
		}
	})
}

// TestWheel compares the slabs that come due to a list of their times.
func TestWheel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var w wheel
		const n = 40
		info := make([]wheelNode, n+1)
		for i := range info {
			info[i].min = noDeadline
		}
		now := int64(0)
		times := rapid.OneOf(rapid.Int64Range(0, 300), rapid.Int64Range(0, 1<<20), rapid.Int64Range(0, 1<<50), rapid.Just[int64](noDeadline))
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			num := uint32(rapid.IntRange(1, n).Draw(r, "slab"))
			switch rapid.IntRange(0, 3).Draw(r, "what") {
			case 0:
				w.remove(info, num)
				info[num].min = noDeadline
			case 1:
				now = max(now, min(now+times.Draw(r, "passes"), 1<<52))
				for num := w.due(info, now); num != 0; num = w.due(info, now) {
					if info[num].min > now {
						r.Fatalf("slab %d is due at %d, and came at %d", num, info[num].min, now)
					}
					w.remove(info, num)
					info[num].min = noDeadline
				}
				for num := range info {
					if info[num].min <= now {
						r.Fatalf("slab %d is due at %d, and did not come at %d", num, info[num].min, now)
					}
				}
			default:
				at := times.Draw(r, "in")
				if at != noDeadline {
					at += now
				}
				w.move(info, num, at)
			}
			if err := w.check(info); err != nil {
				r.Fatal(err)
			}
		}
	})
}
