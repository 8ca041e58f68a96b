package memory

import "sort"

// A size class is a size of slot. Up to 360 bytes they are eight apart; above, a slab is divided evenly, so that nothing
// is left at its end and neighbours differ by 2 to 6 percent.
type sizeClass struct {
	bytes uint32 // of a slot
	slots int    // in a slab
	pool  uint8  // where its slabs come from
}

const (
	smallMax = 1024    // sizes found in a table
	slotMax  = 1 << 18 // the greatest slot; a larger entry has a mapping of its own

	classLarge = 255 // stands for such an entry
)

// sizes is the table of size classes, ascending.
type sizes struct {
	classes []sizeClass
	small   [smallMax/8 + 1]uint8 // class by size in eights, rounded up
	inPool  [entryPools]int       // classes whose slabs are of a pool
}

func newSizes() *sizes {
	s := new(sizes)
	add := func(pool uint8, bytes int) {
		s.classes = append(s.classes, sizeClass{uint32(bytes), slabBytes(pool) / bytes, pool})
		s.inPool[pool]++
	}
	for b := 16; b <= 360; b += 8 {
		add(0, b)
	}
	for pool := range uint8(entryPools) {
		most, least, unit := 62, 16, 4<<(2*pool)
		switch pool {
		case 0:
			most, unit = 45, 8
		case entryPools - 1:
			least = slabBytes(pool) / slotMax
		}
		for n := most; n >= least; n-- {
			b := slabBytes(pool) / n &^ (unit - 1)
			if b > int(s.classes[len(s.classes)-1].bytes) && (n < 32 || n%2 == 0 || pool == 0) {
				add(pool, b)
			}
		}
	}
	for i := range s.small {
		s.small[i] = uint8(s.search(i * 8))
	}
	return s
}

func (s *sizes) search(n int) int {
	return sort.Search(len(s.classes), func(i int) bool { return int(s.classes[i].bytes) >= n })
}

// of returns the class of the smallest slot that holds n bytes, or classLarge.
func (s *sizes) of(n int) uint8 {
	if n <= smallMax {
		return s.small[(n+7)/8]
	}
	if n > slotMax {
		return classLarge
	}
	return uint8(s.search(n))
}

// largeSize is the size of the mapping for an entry of n bytes: an eighth of its power of two apart, so that a string
// that grows by small appends is moved few times.
func largeSize(n int) int {
	step := 1 << 15
	for step*16 < n {
		step *= 2
	}
	return (n + step - 1) &^ (step - 1)
}
