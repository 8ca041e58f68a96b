package arena

// recentSlots is how many slots are kept at hand. It is a power of two.
const recentSlots = 256

// recent is some slots of an index, each in the place of its hash. They are always those that the index has.
type recent [recentSlots]Slot

func (c *recent) at(hash uint32) *Slot { return &c[hash%recentSlots] }

// Recent returns a ref that Keep was given for a hash, as long as it is in the index; else 0.
func (x *Index) Recent(hash uint32) Ref {
	if x.recent == nil {
		return 0
	}
	if s := *x.recent.at(hash); s.Hash() == hash {
		return s.Ref()
	}
	return 0
}

// Keep keeps a ref that the index has under a hash at hand.
func (x *Index) Keep(hash uint32, r Ref) {
	if x.recent == nil {
		x.recent = new(recent)
	}
	*x.recent.at(hash) = makeSlot(hash, r)
}

// changed tells that a slot becomes another one, or ends, which is 0.
func (c *recent) changed(old, now Slot) {
	if s := c.at(old.Hash()); *s == old {
		*s = now
	}
}
