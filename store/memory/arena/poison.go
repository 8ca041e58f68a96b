package arena

import (
	"sync"
	"unsafe"
)

// poisonByte is no first byte of an entry, no kind of a node, no code of a text, and no end of a varint.
const poisonByte = 0xfd

// A quarantine has slabs and mappings wait before they are used again, so that they keep their poison meanwhile.
const (
	quarantined      = 2 // slabs of a pool
	quarantinedLarge = 4 // mappings
)

// poison has whoever uses an entry's bytes after it moved, ended or was written anew find garbage. It is for tests.
// Whatever a slot is freed of is overwritten. The other entries of that slot's slab move too, to other addresses, though
// their refs stay. So every use that may be stale is, and not only when the last entry happens to move.
type poison struct {
	mu     sync.Mutex
	slabs  [EntryPools][]unsafe.Pointer // in quarantine, the first for longest
	large  [][]byte                     // likewise
	mapped [][]byte                     // obtained for the quarantine
}

// Poison makes stale uses of what lies in the pages fail. It is called before anything does, and never in production.
func (p *Pages) Poison() { p.poison = new(poison) }

func spoil(b []byte) {
	if len(b) == 0 {
		return
	}
	b[0] = poisonByte
	for n := 1; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}

// Spoil spoils bytes that nobody may use any more, where tests ask for that.
func (p *Pages) Spoil(b []byte) {
	if p.poison != nil {
		spoil(b)
	}
}

// Spoil is Pages.Spoil for bytes of an entry.
func (s *Slabs) Spoil(b []byte) { s.pages.Spoil(b) }

// spoilSlab spoils a slab that is given back.
func (p *Pages) spoilSlab(pool uint8, base unsafe.Pointer) {
	if p.poison != nil {
		spoil(unsafe.Slice((*byte)(base), SlabBytes(pool)))
	}
}

// swap takes a slab into quarantine, and returns another one with a copy of the first used bytes.
func (q *poison) swap(pool uint8, base unsafe.Pointer, used int) unsafe.Pointer {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.slabs[pool]) < quarantined {
		b, err := mapMemory(SlabBytes(pool))
		if err != nil {
			return base
		}
		q.mapped = append(q.mapped, b)
		q.slabs[pool] = append(q.slabs[pool], unsafe.Pointer(unsafe.SliceData(b)))
	}
	to := q.slabs[pool][0]
	copy(q.slabs[pool], q.slabs[pool][1:])
	q.slabs[pool][quarantined-1] = base
	old := unsafe.Slice((*byte)(base), used)
	copy(unsafe.Slice((*byte)(to), used), old)
	spoil(old)
	return to
}

// keep takes a mapping into quarantine, and returns the one that has been there for longest, or nil.
func (q *poison) keep(b []byte) (out []byte) {
	spoil(b)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.large = append(q.large, b); len(q.large) > quarantinedLarge {
		out, q.large = q.large[0], q.large[1:]
	}
	return out
}

// close gives back what the quarantine has obtained.
func (q *poison) close(unmap func([]byte) error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range q.mapped {
		_ = unmapMemory(b)
	}
	for _, b := range q.large {
		_ = unmap(b)
	}
	q.mapped, q.large, q.slabs = nil, nil, [EntryPools][]unsafe.Pointer{}
}

// poisonFreed spoils the slot that release has freed, and moves the other entries of its slab and of the class's last.
func (s *Slabs) poisonFreed(r, last Ref) {
	spoil(s.At(last))
	s.moveSlab(uint32(last >> unitBits))
	if r>>unitBits != last>>unitBits {
		s.moveSlab(uint32(r >> unitBits))
	}
}

// moveSlab moves a slab to another address.
func (s *Slabs) moveSlab(num uint32) {
	f := &s.slabRefs[num]
	c := s.classes[f.class]
	f.base = s.pages.poison.swap(c.Pool, f.base, s.Slots(num)*int(c.bytes))
}
