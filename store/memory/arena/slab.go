package arena

import (
	"math"
	"slices"
	"unsafe"
)

// Ref is where an entry lies. 20 bits are the number of its slab in the table, 12 in which of the slab's 4096 units it
// begins. No entry has ref 0.
type Ref uint32

const (
	unitBits = 12
	maxSlabs = 1 << (32 - unitBits)
)

// NoDeadline is the deadline of an entry that does not expire.
const NoDeadline = math.MaxInt64

// slabRef says where a slab is; it is all that a read needs.
type slabRef struct {
	base  unsafe.Pointer
	size  uint32 // of its slots
	class uint8
	shift uint8 // log2 of its unit
}

// wheelNode is a slab's place in the timing wheel: links by slab number, and a time before which nothing in the slab expires.
type wheelNode struct {
	min        int64
	prev, next uint32
	bucket     uint16 // of the wheel, plus one; 0: in none
}

// class holds the slots of one size without a gap. All slabs but the last are full; a slot that becomes free is filled
// with the last one.
type class struct {
	slabs []uint32
	tail  int // slots used in the last slab
	high  int // slots of it that were touched since its end was last discarded
	SizeClass
}

// count returns the number of slots in use.
func (c *class) count() int {
	if len(c.slabs) == 0 {
		return 0
	}
	return (len(c.slabs)-1)*c.Slots + c.tail
}

// At returns the ref of a slot.
func (c *class) at(slab uint32, slot int) Ref {
	return Ref(slab<<unitBits) | Ref(slot*int(c.bytes)>>(2+2*c.Pool))
}

// last returns the ref of the last slot in use.
func (c *class) last() Ref { return c.at(c.slabs[len(c.slabs)-1], c.tail-1) }

// Slabs holds the entries of a table.
type Slabs struct {
	Sizes    *Sizes
	pages    *Pages
	wake     func(at int64) // is told of a deadline before all others of its slab
	slabRefs []slabRef      // by slab number; number 0 is not used
	nodes    []wheelNode    // by slab number
	free     []uint32
	classes  []*class // by class, nil where there were no entries yet
	large    []uint32 // slab numbers of the entries with mappings of their own
	Bytes    int64    // of slots in use and large mappings
	ready    [][]byte // mappings for large entries of the operation under way
	wheel    wheel
	Moves    uint64 // counts what may have moved entries, from a number at random: no two tables have the same
}

// At returns the slot at r, all of it.
func (s *Slabs) At(r Ref) []byte {
	f := &s.slabRefs[r>>unitBits]
	return unsafe.Slice((*byte)(unsafe.Add(f.base, uintptr(r&(1<<unitBits-1))<<f.shift)), f.size)
}

// Room returns the size of the slot for an entry of n bytes.
func (s *Slabs) Room(n int) int { return s.Sizes.Room(n) }

// Fits reports whether an entry of n bytes may stay in the slot at r: it is not too large, and wastes little.
func (s *Slabs) Fits(r Ref, n int) bool {
	size := int(s.slabRefs[r>>unitBits].size)
	return n <= size && (s.Room(n) == size || n >= size-max(8, size/16))
}

// keepSlabs is the room for slabs that a class without entries may keep, for an entry that takes another size for a moment.
const keepSlabs = 8

// alloc returns a slot for n bytes. No other entry moves.
func (s *Slabs) alloc(n int) Ref {
	id := s.Sizes.Of(n)
	if id == ClassLarge {
		n = LargeSize(n)
		num := s.addSlab(slabRef{s.takeLarge(n), uint32(n), ClassLarge, 0})
		s.large = append(s.large, num)
		s.Bytes += int64(n)
		return Ref(num << unitBits)
	}
	if s.classes == nil {
		s.classes = make([]*class, len(s.Sizes.Classes))
	}
	c := s.classes[id]
	if c == nil {
		c = &class{SizeClass: s.Sizes.Classes[id]}
		s.classes[id] = c
	}
	if len(c.slabs) == 0 || c.tail == c.Slots {
		c.slabs = append(c.slabs, s.addSlab(slabRef{s.pages.get(c.Pool), c.bytes, id, 2 + 2*c.Pool}))
		c.tail, c.high = 0, 0
	}
	c.tail++
	c.high = max(c.high, c.tail)
	s.Bytes += int64(c.bytes)
	r := c.last()
	s.Spoil(s.At(r))
	return r
}

// Reserve adds to want the slab that an entry of n bytes may need, and obtains the mapping of a large one. It returns
// false when that is refused, or no slab can be numbered.
func (s *Slabs) reserve(n int, want *SlabCounts) bool {
	id := s.Sizes.Of(n)
	if id != ClassLarge {
		// When an entry is removed first, the class may lose a slab of one entry.
		if c := s.class(id); c != nil && c.tail > 1 && c.tail < c.Slots {
			return true
		}
		want[s.Sizes.Classes[id].Pool]++
	}
	if len(s.free) == 0 && len(s.slabRefs) >= maxSlabs-1 {
		return false
	}
	return id != ClassLarge || s.ReserveLarge(LargeSize(n))
}

// class returns a class, or nil when there were no entries of it yet.
func (s *Slabs) class(id uint8) *class {
	if s.classes == nil {
		return nil
	}
	return s.classes[id]
}

// ReserveLarge obtains a mapping of n bytes.
func (s *Slabs) ReserveLarge(n int) bool {
	b := s.pages.large(n)
	if b != nil {
		s.ready = append(s.ready, b)
	}
	return b != nil
}

// takeLarge returns a mapping of n bytes, which was reserved.
func (s *Slabs) takeLarge(n int) unsafe.Pointer {
	i := slices.IndexFunc(s.ready, func(b []byte) bool { return len(b) == n })
	if i < 0 {
		b := s.pages.large(n)
		if b == nil {
			panic("arena: a mapping that was not reserved is refused")
		}
		return unsafe.Pointer(unsafe.SliceData(b))
	}
	b := s.ready[i]
	s.ready = slices.Delete(s.ready, i, i+1)
	return unsafe.Pointer(unsafe.SliceData(b))
}

// freeReady gives back the mappings that were reserved and not used.
func (s *Slabs) freeReady() {
	for _, b := range s.ready {
		s.pages.freeLarge(b)
	}
	s.ready = nil
}

// mapping returns the mapping of a large entry.
func (f *slabRef) mapping() []byte { return unsafe.Slice((*byte)(f.base), int(f.size)) }

// Release frees the slot at r. If another entry was moved into it, moved is where that one came from; else it is 0.
func (s *Slabs) release(r Ref) (moved Ref) {
	num := uint32(r >> unitBits)
	f := s.slabRefs[num]
	s.Bytes -= int64(f.size)
	s.Moves++
	if f.class == ClassLarge {
		s.dropSlab(num)
		s.pages.freeLarge(f.mapping())
		for i, n := range s.large {
			if n == num {
				s.large[i] = s.large[len(s.large)-1]
				s.large = s.large[:len(s.large)-1]
				break
			}
		}
		return 0
	}
	c := s.classes[f.class]
	if last := c.last(); last != r {
		copy(s.At(r), s.At(last))
		moved = last
	}
	if s.pages.poison != nil {
		s.poisonFreed(r, c.last())
	}
	if c.tail--; c.tail == 0 {
		end := c.slabs[len(c.slabs)-1]
		c.slabs = c.slabs[:len(c.slabs)-1]
		base := s.slabRefs[end].base
		s.dropSlab(end)
		s.pages.put(c.Pool, base)
		switch {
		case len(c.slabs) > 0:
			c.tail, c.high = c.Slots, c.Slots
		case cap(c.slabs) > keepSlabs:
			s.classes[f.class] = nil
		default:
			c.high = 0
		}
	}
	return moved
}

func (s *Slabs) addSlab(f slabRef) uint32 {
	num, ok := pop(&s.free)
	if !ok {
		if s.slabRefs == nil {
			s.slabRefs, s.nodes = make([]slabRef, 1, 8), make([]wheelNode, 1, 8)
		}
		num = uint32(len(s.slabRefs))
		if num == maxSlabs {
			panic("arena: a shard is full; more shards are needed for so many entries")
		}
		s.slabRefs, s.nodes = append(s.slabRefs, slabRef{}), append(s.nodes, wheelNode{})
	}
	s.slabRefs[num], s.nodes[num] = f, wheelNode{min: NoDeadline}
	return num
}

func (s *Slabs) dropSlab(num uint32) {
	s.wheel.remove(s.nodes, num)
	s.slabRefs[num] = slabRef{}
	s.free = append(s.free, num)
}

// Slots returns the number of slots in use in a slab.
func (s *Slabs) Slots(num uint32) int {
	id := s.slabRefs[num].class
	switch {
	case s.slabRefs[num].base == nil:
		return 0
	case id == ClassLarge:
		return 1
	}
	if c := s.classes[id]; c.slabs[len(c.slabs)-1] == num {
		return c.tail
	}
	return s.classes[id].Slots
}

// Slot returns the ref of the i-th slot of a slab.
func (s *Slabs) Slot(num uint32, i int) Ref {
	if s.slabRefs[num].class == ClassLarge {
		return Ref(num << unitBits)
	}
	return s.classes[s.slabRefs[num].class].at(num, i)
}

// NoteDeadline makes sure that the wheel knows of an entry at r that expires at a time.
func (s *Slabs) NoteDeadline(r Ref, deadline int64) {
	num := uint32(r >> unitBits)
	if deadline < s.nodes[num].min {
		s.wheel.move(s.nodes, num, deadline)
		s.wake(deadline)
	}
}

// TrimTails discards what is behind the last entry of each class.
func (s *Slabs) TrimTails() {
	for _, c := range s.classes {
		if c != nil && c.high > c.tail {
			base := s.slabRefs[c.slabs[len(c.slabs)-1]].base
			used := c.tail * int(c.bytes)
			discard(unsafe.Add(base, used), c.high*int(c.bytes)-used)
			c.high = c.tail
		}
	}
}

// FreeAll gives every slab back. The table is not used any more.
func (s *Slabs) freeAll() {
	for _, f := range s.slabRefs {
		switch {
		case f.base == nil:
		case f.class == ClassLarge:
			s.pages.freeLarge(f.mapping())
		default:
			s.pages.put(s.Sizes.Classes[f.class].Pool, f.base)
		}
	}
}

// Due returns a slab in which an entry may have expired by a time in milliseconds since the Unix epoch; 0 when there is
// none. It returns the same one until that is rescheduled.
func (s *Slabs) Due(now int64) uint32 { return s.wheel.due(s.nodes, now) }

// Reschedule gives a slab its place in the wheel by the deadline of its first entry, which look returns. The deadlines of
// entries that move into the slab while look runs are kept beside it.
func (s *Slabs) Reschedule(num uint32, look func() (first int64)) {
	s.wheel.move(s.nodes, num, NoDeadline)
	if first := look(); s.slabRefs[num].base != nil && first < s.nodes[num].min {
		s.wheel.move(s.nodes, num, first)
	}
}

// NextDue returns when to look for what is due, in milliseconds since the Unix epoch, once nothing is any more.
func (s *Slabs) NextDue() int64 { return s.wheel.next() }

// LastLike returns the entry that release would move into the slot at r, which may be r itself.
func (s *Slabs) LastLike(r Ref) Ref {
	if class := s.slabRefs[r>>unitBits].class; class != ClassLarge {
		return s.classes[class].last()
	}
	return r
}
