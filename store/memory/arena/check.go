package arena

import (
	"fmt"
	"math/bits"
)

// Check compares the slabs to the entries that the index knows.
func (s *Slabs) Check(known map[Ref]bool, deadline func([]byte) int64) error {
	bytes, n := int64(0), 0
	for num := uint32(1); num < uint32(len(s.slabRefs)); num++ {
		f, first := s.slabRefs[num], int64(NoDeadline)
		if f.base == nil {
			continue
		}
		for i := range s.Slots(num) {
			r := s.Slot(num, i)
			if !known[r] {
				return fmt.Errorf("entry %x is not in the index", r)
			}
			bytes += int64(f.size)
			n++
			first = min(first, deadline(s.At(r)))
		}
		x := s.nodes[num]
		if x.min > first || (x.bucket == 0) != (x.min == NoDeadline) {
			return fmt.Errorf("slab %d is due at %d in bucket %d, but its first entry expires at %d", num, x.min, x.bucket, first)
		}
	}
	if n != len(known) || bytes != s.Bytes {
		return fmt.Errorf("%d entries of %d bytes are in slabs, %d in the index and %d bytes counted", n, bytes, len(known), s.Bytes)
	}
	return s.wheel.check(s.nodes)
}

// Check compares the wheel's buckets to what the slabs say.
func (w *wheel) check(info []wheelNode) error {
	for level := range w.heads {
		for i, head := range w.heads[level] {
			if (head != 0) != (w.full[level]&(1<<i) != 0) {
				return fmt.Errorf("bucket %d of level %d of the wheel is not marked as it is", i, level)
			}
			prev := uint32(0)
			for num := head; num != 0; num = info[num].next {
				x := info[num]
				if l, b := w.bucket(x.min); l != level || b != i || x.prev != prev || int(x.bucket) != level<<levelBits|i+1 {
					return fmt.Errorf("slab %d, due at %d, is in bucket %d of level %d", num, x.min, i, level)
				}
				prev = num
			}
		}
	}
	return nil
}

// Held returns the bytes of the slabs, segments and mappings of a table.
func (t *Table) Held() int64 {
	n := int64(t.Segments) * SegmentBytes
	for _, f := range t.slabRefs {
		switch {
		case f.base == nil:
		case f.class == ClassLarge:
			n += int64(f.size)
		default:
			n += int64(SlabBytes(t.Sizes.Classes[f.class].Pool))
		}
	}
	if d := len(t.dir); d > 0 && bits.OnesCount(uint(d)) != 1 {
		return -1
	}
	return n
}

// Check returns an error unless the slots are in their places and in order, and visit accepts each of them.
func (x *Index) Check(visit func(hash uint32, r Ref) error) error {
	used, last := 0, Slot(0)
	for i, g := range x.dir {
		if i > 0 && g == x.dir[i-1] {
			continue
		}
		n := 0
		for at, s := range g.slots {
			if s == 0 {
				continue
			}
			n++
			hash := s.Hash()
			if s <= last && used+n > 1 {
				return fmt.Errorf("slot %x of the index comes after %x", s, last)
			}
			if hash>>1>>(31-g.depth) != g.prefix>>1>>(31-g.depth) || g.home(hash) > at || g.Seek(hash) > at {
				return fmt.Errorf("slot %x of the index is not where it belongs", s)
			}
			if err := visit(hash, s.Ref()); err != nil {
				return err
			}
			last = s
		}
		if n != g.used {
			return fmt.Errorf("a segment has %d slots, not %d", n, g.used)
		}
		used += n
	}
	if x.recent != nil {
		for _, s := range x.recent {
			if s != 0 && !x.Contains(s.Hash(), s.Ref()) {
				return fmt.Errorf("slot %x is kept at hand, and not in the index", s)
			}
		}
	}
	return nil
}

// Untouched returns the bytes of whole pages behind the last slots of slabs and segments.
func (t *Table) Untouched() int64 {
	const page = 4096
	n := int64(0)
	for _, c := range t.classes {
		if c != nil && len(c.slabs) > 0 {
			n += int64((SlabBytes(c.Pool) - c.tail*int(c.bytes)) / page * page)
		}
	}
	for x, g := range t.dir {
		if x == 0 || g != t.dir[x-1] {
			n += int64((SegmentBytes - 8*len(g.slots)) / page * page)
		}
	}
	return n
}

// PushedBack returns by how many slots those of an index are from their places on average, and the most.
func (x *Index) PushedBack() (mean float64, most int) {
	sum, n := 0, 0
	for i, g := range x.dir {
		if i > 0 && g == x.dir[i-1] {
			continue
		}
		for at, s := range g.slots {
			if s != 0 {
				d := at - g.home(s.Hash())
				sum, n, most = sum+d, n+1, max(most, d)
			}
		}
	}
	return float64(sum) / float64(n), most
}
