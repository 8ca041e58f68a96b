package arena

import "math/rand/v2"

// EvictionCursor is where the search for entries to evict goes on, when they are few.
type EvictionCursor struct {
	class, slab, slot int
}

// Random returns an entry, each as likely as any other, or 0.
func (s *Slabs) Random() Ref {
	n := len(s.large)
	for _, c := range s.classes {
		if c != nil {
			n += c.count()
		}
	}
	if n == 0 {
		return 0
	}
	n = rand.IntN(n)
	for _, c := range s.classes {
		if c == nil {
			continue
		}
		if n < c.count() {
			return c.at(c.slabs[n/c.Slots], n%c.Slots)
		}
		n -= c.count()
	}
	return Ref(s.large[n] << unitBits)
}

// Walk visits up to n entries from where it ended the last time, each at most once, until visit returns false.
func (s *Slabs) Walk(h *EvictionCursor, n int, visit func(Ref) bool) {
	start := *h
	for turn := 0; turn < 2; turn++ {
		for ; h.class <= len(s.classes); h.class, h.slab = h.class+1, 0 {
			list := s.large
			if h.class < len(s.classes) {
				if list = nil; s.classes[h.class] != nil {
					list = s.classes[h.class].slabs
				}
			}
			for ; h.slab < len(list); h.slab, h.slot = h.slab+1, 0 {
				for ; h.slot < s.Slots(list[h.slab]); h.slot++ {
					if n--; n < 0 || turn == 1 && *h == start {
						return
					}
					if !visit(s.Slot(list[h.slab], h.slot)) {
						h.slot++
						return
					}
				}
			}
			h.slot = 0
		}
		*h = EvictionCursor{}
	}
}
