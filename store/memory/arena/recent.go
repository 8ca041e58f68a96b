package arena

import "math/bits"

// Bounds of how many slots are kept at hand.
const (
	leastRecent = 256
	mostRecent  = 1 << 16
)

// recent is some slots of an index, each in one of two places of its hash. They are always those that the index has. Their
// number is a power of two.
type recent []Slot

// at returns the first of the two places of a hash; the other one is after it.
func (c recent) at(hash uint32) int { return int(hash) & (len(c) - 2) }

// Recent returns a ref that Keep was given for a hash, as long as it is in the index; else 0.
func (x *Index) Recent(hash uint32) Ref {
	c := x.recent
	if len(c) == 0 {
		return 0
	}
	i := c.at(hash)
	if s := c[i]; s.Hash() == hash {
		return s.Ref()
	}
	if s := c[i+1]; s.Hash() == hash {
		return s.Ref()
	}
	return 0
}

// Keep keeps at hand the ref that the index has under a hash. among is how many such are asked for again and again.
func (x *Index) Keep(hash uint32, r Ref, among int) {
	if len(x.recent) < min(2*among, mostRecent) || x.recent == nil {
		x.keepMore(among)
	}
	x.recent.keep(makeSlot(hash, r))
}

// keepMore makes more places.
func (x *Index) keepMore(among int) {
	old := x.recent
	x.recent = make(recent, min(max(leastRecent, 1<<bits.Len(uint(2*among-1))), mostRecent))
	for _, s := range old {
		if s != 0 {
			x.recent.keep(s)
		}
	}
}

func (c recent) keep(s Slot) {
	i := c.at(s.Hash())
	if c[i] != s {
		c[i], c[i+1] = s, c[i]
	}
}

// changed tells that a slot becomes another one, or ends, which is 0.
func (c recent) changed(old, now Slot) {
	for i, at := 0, c.at(old.Hash()); i < 2; i++ {
		if c[at+i] == old {
			c[at+i] = now
		}
	}
}
