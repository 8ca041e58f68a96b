package arena

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestIndex does to an index what it does to a map, with segments that are small or as large as they get.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var p Pages
		p.Init(func() {}, nil)
		defer p.Close()
		x := &Index{Pages: &p, Most: rapid.SampledFrom([]int{64, 512, MostSlots}).Draw(r, "slots")}
		known, list := map[Ref]uint32{}, []Ref(nil)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		next := Ref(1)
		for range rapid.IntRange(1, 6).Draw(r, "phases") {
			grow := rapid.IntRange(0, 3000).Draw(r, "grow")
			few := rapid.Bool().Draw(r, "few hashes")
			for range grow {
				hash := random.Uint32()
				if few && random.IntN(4) == 0 {
					hash = uint32(random.IntN(50)) << 26
				}
				x.Insert(hash, next)
				known[next] = hash
				list = append(list, next)
				next++
			}
			random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			for i := range rapid.IntRange(0, len(list)).Draw(r, "shrink") {
				if i%3 == 0 { // the entry moved
					x.replace(known[list[0]], list[0], next)
					known[next] = known[list[0]]
					x.Remove(known[next], next)
					delete(known, next)
					next++
				} else {
					x.Remove(known[list[0]], list[0])
				}
				delete(known, list[0])
				list = list[1:]
			}
			seen, bytes := map[Ref]bool{}, int64(0)
			for hash, more := uint32(0), true; more; {
				left := 1 + random.IntN(20)
				hash, more = x.Next(hash, func(s Slot) bool {
					seen[s.Ref()] = true
					left--
					return left > 0
				})
			}
			for i, g := range x.dir {
				if i == 0 || g != x.dir[i-1] {
					bytes += int64(len(g.slots)) * 8
				}
			}
			if len(seen) != len(known) || x.Bytes != bytes {
				r.Fatalf("%d refs of %d are visited, %d bytes of %d counted", len(seen), len(known), x.Bytes, bytes)
			}
			for k, hash := range known {
				g := x.Segment(hash)
				found := false
				for i := g.Seek(hash); g.Has(i, hash); i++ {
					found = found || g.slots[i].Ref() == k
				}
				if !found || !seen[k] {
					r.Fatalf("ref %d under hash %x is lost", k, hash)
				}
			}
			// Two halves join when both together fill a quarter of the two, so that much is used where slots are many.
			if len(known) > 5000 && bytes > int64(len(known))*32 {
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
			info[i].min = NoDeadline
		}
		now := int64(0)
		times := rapid.OneOf(rapid.Int64Range(0, 300), rapid.Int64Range(0, 1<<20), rapid.Int64Range(0, 1<<50), rapid.Just[int64](NoDeadline))
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			num := uint32(rapid.IntRange(1, n).Draw(r, "slab"))
			switch rapid.IntRange(0, 3).Draw(r, "what") {
			case 0:
				w.remove(info, num)
				info[num].min = NoDeadline
			case 1:
				now = max(now, min(now+times.Draw(r, "passes"), 1<<52))
				for num := w.due(info, now); num != 0; num = w.due(info, now) {
					if info[num].min > now {
						r.Fatalf("slab %d is due at %d, and came at %d", num, info[num].min, now)
					}
					w.remove(info, num)
					info[num].min = NoDeadline
				}
				for num := range info {
					if info[num].min <= now {
						r.Fatalf("slab %d is due at %d, and did not come at %d", num, info[num].min, now)
					}
				}
			default:
				at := times.Draw(r, "in")
				if at != NoDeadline {
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
