package arena

import "unsafe"

// A slot of the index is a hash in its upper half and a ref in its lower one. No slot in use is 0.
type Slot uint64

func makeSlot(hash uint32, r Ref) Slot { return Slot(hash)<<32 | Slot(r) }

func (s Slot) Hash() uint32 { return uint32(s >> 32) }
func (s Slot) Ref() Ref     { return Ref(s) }

// Bounds of a segment, in slots. It grows and shrinks in place, by a page at a time once it has a page.
const (
	LeastSlots = 64
	stepSlots  = 512
	MostSlots  = SegmentBytes / 8
)

// Index finds refs by hash. It is extendible hashing: the upper bits of a hash choose a segment through a directory. A
// segment that is full splits in two, so growth moves few slots at a time and never the whole. Within a segment slots are
// sorted by hash, at or after the place that the hash has in proportion: Robin Hood hashing without wrapping. A scan goes
// by hash, and growth, shrinking and cleaning do not change that order.
type Index struct {
	Pages    *Pages
	dir      []*Segment
	depth    int // log2 of len(dir)
	Segments int
	Bytes    int64
	Most     int // slots of a segment before it splits
	buffer   []Slot
	recent   recent // nil: nothing is kept
}

// Segment holds the slots of the hashes that begin with certain bits.
type Segment struct {
	base  unsafe.Pointer
	slots []Slot
	used  int

	prefix uint32 // those bits, the others 0
	depth  int    // how many they are
}

// home returns the place of a hash in the segment.
func (g *Segment) home(hash uint32) int { return homeIn(hash, g.depth, len(g.slots)) }

// homeIn returns the place of a hash in a segment of some depth and number of slots.
func homeIn(hash uint32, depth, slots int) int {
	// The last sixteenth is kept for slots that are pushed back.
	span := slots - slots/16
	return int(uint64(hash<<depth) * uint64(span) >> 32)
}

// Segment returns the one that a hash belongs to, nil when the index is empty.
func (x *Index) Segment(hash uint32) *Segment {
	if x.dir == nil {
		return nil
	}
	return x.dir[uint64(hash)>>(32-x.depth)]
}

// Seek returns where slots of a hash begin, or would.
func (g *Segment) Seek(hash uint32) int {
	i := g.home(hash)
	for i < len(g.slots) && g.slots[i] != 0 && g.slots[i].Hash() < hash {
		i++
	}
	return i
}

// Has reports whether the slot at i is there and of a hash.
func (g *Segment) Has(i int, hash uint32) bool {
	return i < len(g.slots) && g.slots[i] != 0 && g.slots[i].Hash() == hash
}

// Contains reports whether the index has a ref under a hash.
func (x *Index) Contains(hash uint32, r Ref) bool {
	g := x.Segment(hash)
	if g == nil {
		return false
	}
	for i := g.Seek(hash); g.Has(i, hash); i++ {
		if g.slots[i].Ref() == r {
			return true
		}
	}
	return false
}

// Ref returns the ref of the slot at i.
func (g *Segment) Ref(i int) Ref { return g.slots[i].Ref() }

// Insert adds a slot.
func (x *Index) Insert(hash uint32, r Ref) {
	if x.dir == nil {
		x.dir = []*Segment{x.addSegment(0, 0)}
		x.layout(x.dir[0], nil, LeastSlots)
	}
	for {
		g := x.Segment(hash)
		if g.used < len(g.slots)-len(g.slots)/8 && g.insert(makeSlot(hash, r)) {
			return
		}
		x.grow(g)
	}
}

// Need returns by how many bytes the index grows at most when a hash is inserted.
func (x *Index) Need(hash uint32) int64 {
	g := x.Segment(hash)
	switch {
	case g == nil:
		return LeastSlots * 8
	case g.used+1 < len(g.slots)-len(g.slots)/8 && g.takes(hash, 1):
		return 0
	case len(g.slots) < x.Most:
		return int64(nextSize(len(g.slots))-len(g.slots)) * 8
	}
	return int64(x.Most) * splits
}

// Splits is what a segment of the greatest size grows by for each slot when it splits, and one of the halves once more.
const splits = 2 * 8

// takes reports whether the end of the segment leaves room for n more slots like that of a hash.
func (g *Segment) takes(hash uint32, n int) bool {
	for i := g.home(hash); i < len(g.slots) && n > 0; i++ {
		if g.slots[i] == 0 {
			n--
		}
	}
	return n == 0
}

// SplitsAtMost is how often segments split for one slot, which is less likely the more often.
const SplitsAtMost = 4

// Splits returns how many segments the insertion of a hash may take. A segment with its last slot, which may be removed
// first, counts as none.
func (x *Index) Splits(hash uint32) int {
	g := x.Segment(hash)
	switch {
	case g == nil || g.used <= 1:
		return 1
	case len(g.slots) < x.Most || g.used+1 < len(g.slots)-len(g.slots)/8:
		return 0
	}
	return SplitsAtMost
}

// Insert adds a slot, or returns false when the end of the segment leaves no room.
func (g *Segment) insert(s Slot) bool {
	i := g.home(s.Hash())
	for i < len(g.slots) && g.slots[i] != 0 && g.slots[i] < s {
		i++
	}
	end := i
	for end < len(g.slots) && g.slots[end] != 0 {
		end++
	}
	if end == len(g.slots) {
		return false
	}
	copy(g.slots[i+1:end+1], g.slots[i:end])
	g.slots[i] = s
	g.used++
	return true
}

// replace changes the ref of a slot.
func (x *Index) replace(hash uint32, old, r Ref) {
	g := x.Segment(hash)
	i := g.find(makeSlot(hash, old))
	// Slots of one hash are sorted by ref.
	s := makeSlot(hash, r)
	if x.recent != nil {
		x.recent.changed(makeSlot(hash, old), s)
	}
	for ; i > 0 && g.Has(i-1, hash) && g.slots[i-1] > s; i-- {
		g.slots[i] = g.slots[i-1]
	}
	for ; g.Has(i+1, hash) && g.slots[i+1] < s; i++ {
		g.slots[i] = g.slots[i+1]
	}
	g.slots[i] = s
}

// find returns where a slot is, which must be there.
func (g *Segment) find(s Slot) int {
	i := g.home(s.Hash())
	for g.slots[i] != s {
		i++
	}
	return i
}

// Remove removes a slot.
func (x *Index) Remove(hash uint32, r Ref) {
	g := x.Segment(hash)
	i := g.find(makeSlot(hash, r))
	if x.recent != nil {
		x.recent.changed(makeSlot(hash, r), 0)
	}
	end := i + 1
	for end < len(g.slots) && g.slots[end] != 0 && g.home(g.slots[end].Hash()) < end {
		end++
	}
	copy(g.slots[i:end-1], g.slots[i+1:end])
	g.slots[end-1] = 0
	g.used--
	if g.used < len(g.slots)/2 && (len(g.slots) > LeastSlots || g.depth > 0 || g.used == 0) {
		x.shrink(g)
	}
}

// nextSize returns the size after one of n slots.
func nextSize(n int) int {
	if n < stepSlots {
		return 2 * n
	}
	return n + stepSlots
}

// grow makes room in a segment, or splits it when it has its greatest size.
func (x *Index) grow(g *Segment) {
	if len(g.slots) < x.Most {
		x.layout(g, x.take(g), min(nextSize(len(g.slots)), x.Most))
		return
	}
	if g.depth == x.depth {
		x.double()
	}
	all := x.take(g)
	g.depth++
	bit := uint32(1) << (32 - g.depth)
	half := 0
	for half < len(all) && all[half].Hash()&bit == 0 {
		half++
	}
	upper := x.addSegment(g.prefix|bit, g.depth)
	first := x.place(upper)
	for i := range 1 << (x.depth - g.depth) {
		x.dir[first+i] = upper
	}
	x.layout(upper, all[half:], fitting(len(all)-half, x.Most))
	x.layout(g, all[:half], fitting(half, x.Most))
}

// fitting returns a size for n slots with room for more.
func fitting(n, most int) int {
	size := LeastSlots
	for size < most && n > size*3/4 {
		size = nextSize(size)
	}
	return min(size, most)
}

// double makes the directory twice as long.
func (x *Index) double() {
	if x.depth == 28 {
		panic("arena: hashes are not spread; the index cannot grow")
	}
	dir := make([]*Segment, 2*len(x.dir))
	for i := range dir {
		dir[i] = x.dir[i/2]
	}
	x.dir = dir
	x.depth++
}

// shrink makes a segment smaller, joins it with its other half when both are small, or frees the last one.
func (x *Index) shrink(g *Segment) {
	if x.Segments == 1 && g.used == 0 {
		x.dropSegment(g)
		x.dir, x.depth = nil, 0
		return
	}
	if g.depth > 0 {
		if other := x.buddy(g); other.depth == g.depth && x.joins(g.used, other.used) && x.join(&g, other) {
			x.shrink(g) // its own other half may have waited for this
			return
		}
	}
	if size := fitting(g.used, x.Most); size < len(g.slots) {
		x.layout(g, x.take(g), size)
	}
}

// joins reports whether two halves with so many slots are to be joined, now and then since it may be in vain.
func (x *Index) joins(used, other int) bool {
	return used+other < x.Most/2 && (used == 0 || (used+other)%16 == 0)
}

// place returns the directory's first element for a segment.
func (x *Index) place(g *Segment) int { return int(uint64(g.prefix) >> (32 - x.depth)) }

// buddy returns the segment, or one of those, with the hashes that differ in the last of g's bits.
func (x *Index) buddy(g *Segment) *Segment {
	return x.dir[uint64(g.prefix^1<<(32-g.depth))>>(32-x.depth)]
}

// join puts the slots of two halves into one segment, unless they would crowd at its end. Scans meet slots in the order
// of hashes, so removing what they find leaves only the last ones.
func (x *Index) join(half **Segment, other *Segment) bool {
	g := *half
	if g.prefix > other.prefix {
		g, other = other, g
	}
	first := x.place(other)
	all := append(x.take(g), other.packed()...)
	x.buffer = all[:0]
	if !spread(all, g.depth-1, x.Most) {
		return false
	}
	*half = g
	for i := range 1 << (x.depth - other.depth) {
		x.dir[first+i] = g
	}
	x.dropSegment(other)
	g.depth--
	x.layout(g, all, fitting(len(all), x.Most))
	x.halve()
	return true
}

// spread reports whether sorted slots fit into a segment of some depth and number of slots.
func spread(all []Slot, depth, slots int) bool {
	at := 0
	for _, s := range all {
		at = max(at, homeIn(s.Hash(), depth, slots)) + 1
	}
	return at <= slots
}

// halve makes the directory shorter where no segment needs its length.
func (x *Index) halve() {
	for x.depth > 0 {
		for i := 0; i < len(x.dir); i += 2 {
			if x.dir[i] != x.dir[i+1] {
				return
			}
		}
		dir := make([]*Segment, len(x.dir)/2)
		for i := range dir {
			dir[i] = x.dir[2*i]
		}
		x.dir = dir
		x.depth--
	}
}

// packed returns a copy of the slots in use.
func (g *Segment) packed() []Slot {
	var all []Slot
	for _, s := range g.slots {
		if s != 0 {
			all = append(all, s)
		}
	}
	return all
}

// take returns the slots in use, in a buffer that the next call uses again.
func (x *Index) take(g *Segment) []Slot {
	all := x.buffer[:0]
	for _, s := range g.slots {
		if s != 0 {
			all = append(all, s)
		}
	}
	x.buffer = all[:0]
	return all
}

// Layout gives a segment a size of at least size slots and the slots all, which are sorted.
func (x *Index) layout(g *Segment, all []Slot, size int) {
	before := len(g.slots)
	for {
		g.slots = unsafe.Slice((*Slot)(g.base), size)
		if g.place(all) {
			break
		}
		// So many of them crowd at the end that they do not fit.
		if size >= MostSlots {
			panic("arena: hashes are not spread; a segment cannot hold them")
		}
		size = min(nextSize(size), MostSlots)
	}
	x.Bytes += int64(size-before) * 8
	if size < before {
		discard(unsafe.Add(g.base, size*8), (before-size)*8)
	}
}

// place writes sorted slots to their places and empties the rest. It returns false when they do not fit.
func (g *Segment) place(all []Slot) bool {
	at := 0
	for _, s := range all {
		home := g.home(s.Hash())
		if home >= len(g.slots) || at >= len(g.slots) {
			return false
		}
		if home > at {
			clear(g.slots[at:home])
			at = home
		}
		g.slots[at] = s
		at++
	}
	clear(g.slots[at:])
	g.used = len(all)
	return true
}

func (x *Index) addSegment(prefix uint32, depth int) *Segment {
	x.Segments++
	return &Segment{base: x.Pages.get(SegmentPool), prefix: prefix, depth: depth}
}

func (x *Index) dropSegment(g *Segment) {
	x.Segments--
	x.Bytes -= int64(len(g.slots)) * 8
	x.Pages.put(SegmentPool, g.base)
	g.slots = nil
}

// FreeAll gives every segment back. The index is not used any more.
func (x *Index) FreeAll() {
	var before *Segment
	for _, g := range x.dir {
		if g != before {
			x.Pages.put(SegmentPool, g.base)
		}
		before = g
	}
}

// Next visits, in the order of hashes, the slots from a hash on until visit returns false, and then the others of that
// Slot's hash. It returns the hash to go on with, or false when there are no more.
func (x *Index) Next(hash uint32, visit func(Slot) (more bool)) (uint32, bool) {
	for x.dir != nil {
		g := x.Segment(hash)
		last, done := uint32(0), false
		for i := g.Seek(hash); i < len(g.slots); i++ {
			s := g.slots[i]
			if s == 0 {
				continue
			}
			if done && s.Hash() != last {
				return s.Hash(), true
			}
			done = !visit(s) || done
			last = s.Hash()
		}
		end := uint64(hash)&^(1<<(32-g.depth)-1) + 1<<(32-g.depth)
		if end>>32 != 0 {
			break
		}
		hash = uint32(end)
		if done {
			return hash, true
		}
	}
	return 0, false
}
