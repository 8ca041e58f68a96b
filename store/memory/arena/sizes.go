package arena

import "sort"

// A size class is a size of slot. Up to 360 bytes they are eight apart. Above, a slab is divided evenly, so nothing is
// left at its end; neighbours differ by 2 to 6 percent.
type SizeClass struct {
	bytes uint32 // of a slot
	Slots int    // in a slab
	Pool  uint8  // where its slabs come from
}

const (
	smallMax = 1024    // sizes found in a table
	SlotMax  = 1 << 18 // the greatest slot; a larger entry has a mapping of its own

	ClassLarge = 255 // stands for such an entry
)

// Sizes is the table of size classes, ascending.
type Sizes struct {
	Classes []SizeClass
	small   [smallMax/8 + 1]uint8 // class by size in eights, rounded up
	InPool  [EntryPools]int       // classes whose slabs are of a pool
}

// NewSizes computes the table.
func NewSizes() *Sizes {
	s := new(Sizes)
	add := func(pool uint8, bytes int) {
		s.Classes = append(s.Classes, SizeClass{uint32(bytes), SlabBytes(pool) / bytes, pool})
		s.InPool[pool]++
	}
	for b := 16; b <= 360; b += 8 {
		add(0, b)
	}
	for pool := range uint8(EntryPools) {
		most, least, unit := 62, 16, 4<<(2*pool)
		switch pool {
		case 0:
			most, unit = 45, 8
		case EntryPools - 1:
			least = SlabBytes(pool) / SlotMax
		}
		for n := most; n >= least; n-- {
			b := SlabBytes(pool) / n &^ (unit - 1)
			if b > int(s.Classes[len(s.Classes)-1].bytes) && (n < 32 || n%2 == 0 || pool == 0) {
				add(pool, b)
			}
		}
	}
	for i := range s.small {
		s.small[i] = uint8(s.search(i * 8))
	}
	return s
}

func (s *Sizes) search(n int) int {
	return sort.Search(len(s.Classes), func(i int) bool { return int(s.Classes[i].bytes) >= n })
}

// Of returns the class of the smallest slot that holds n bytes, or classLarge.
func (s *Sizes) Of(n int) uint8 {
	if n <= smallMax {
		return s.small[(n+7)/8]
	}
	if n > SlotMax {
		return ClassLarge
	}
	return uint8(s.search(n))
}

// LargeSize is the size of the mapping for an entry of n bytes. Sizes are an eighth of their power of two apart, so a
// string that grows by small appends is moved few times.
func LargeSize(n int) int {
	step := 1 << 15
	for step*16 < n {
		step *= 2
	}
	return (n + step - 1) &^ (step - 1)
}

// Room returns the size of the slot for an entry of n bytes.
func (z *Sizes) Room(n int) int {
	if c := z.Of(n); c != ClassLarge {
		return int(z.Classes[c].bytes)
	}
	return LargeSize(n)
}
