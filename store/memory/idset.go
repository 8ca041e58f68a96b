package memory

import "sessd/store/memory/arena"

// idSet is the hashes of session ids, as slots of an index: a hash of 64 bits is what a slot has. A hash that two ids
// have is in it twice.
type idSet struct {
	arena.Index
	count int
	moves uint64 // hashes replaced by others so far
}

// sizeOfIDSet is what an idSet is counted for, beside its slots and the name that it is found by.
const sizeOfIDSet = 256

func newIDSet(p *arena.Pages, most int) *idSet {
	return &idSet{Index: arena.Index{Pages: p, Most: most}}
}

func slotOfHash(hash uint64) arena.Slot { return max(1, arena.Slot(hash)) }

func (s *idSet) add(hash uint64) {
	x := slotOfHash(hash)
	s.Insert(x.Hash(), x.Ref())
	s.count++
}

// has reports whether a hash is there.
func (s *idSet) has(hash uint64) bool {
	x := slotOfHash(hash)
	return s.Index.Contains(x.Hash(), x.Ref())
}

// drop removes a hash and reports whether it was there.
func (s *idSet) drop(hash uint64) bool {
	if !s.has(hash) {
		return false
	}
	x := slotOfHash(hash)
	s.Remove(x.Hash(), x.Ref())
	s.count--
	return true
}

// some appends hashes from one on, in their order: about limit of them, or those that there are.
func (s *idSet) some(from uint64, limit int, to []uint64) []uint64 {
	s.Next(uint32(from>>32), func(x arena.Slot) bool {
		if uint64(x) >= from {
			to = append(to, uint64(x))
			limit--
		}
		return limit > 0
	})
	return to
}

// size returns the bytes that the set is counted for, under a name.
func (s *idSet) size(name []byte) int64 { return s.Bytes + sizeOfIDSet + int64(len(name)) }
