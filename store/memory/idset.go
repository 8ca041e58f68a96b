package memory

// idSet is the hashes of session ids, as slots of an index: a hash of 64 bits is what a slot has. A hash that two ids
// have is in it twice.
type idSet struct {
	index
	count int
	moves uint64 // hashes replaced by others so far
}

// sizeOfIDSet is what an idSet is counted for, beside its slots and the name that it is found by.
const sizeOfIDSet = 256

func newIDSet(p *pages, most int) *idSet { return &idSet{index: index{pages: p, most: most}} }

func slotOfHash(hash uint64) slot { return max(1, slot(hash)) }

func (s *idSet) add(hash uint64) {
	x := slotOfHash(hash)
	s.insert(x.hash(), x.ref())
	s.count++
}

// has reports whether a hash is there.
func (s *idSet) has(hash uint64) bool {
	x := slotOfHash(hash)
	g := s.segment(x.hash())
	if g == nil {
		return false
	}
	for i := g.seek(x.hash()); g.has(i, x.hash()); i++ {
		if g.slots[i] == x {
			return true
		}
	}
	return false
}

// drop removes a hash and reports whether it was there.
func (s *idSet) drop(hash uint64) bool {
	if !s.has(hash) {
		return false
	}
	x := slotOfHash(hash)
	s.remove(x.hash(), x.ref())
	s.count--
	return true
}

// some appends hashes from one on, in their order: about limit of them, or those that there are.
func (s *idSet) some(from uint64, limit int, to []uint64) []uint64 {
	s.next(uint32(from>>32), func(x slot) bool {
		if uint64(x) >= from {
			to = append(to, uint64(x))
			limit--
		}
		return limit > 0
	})
	return to
}

// size returns the bytes that the set is counted for, under a name.
func (s *idSet) size(name []byte) int64 { return s.bytes + sizeOfIDSet + int64(len(name)) }
