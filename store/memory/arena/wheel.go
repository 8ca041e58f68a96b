package arena

import "math/bits"

// The wheel counts ticks of 64 ms. Level 0 has a bucket for each of 64 ticks, level 1 for each of 64 times as long, and
// so on. The last level reaches beyond the year 10000.
const (
	tickBits   = 6
	levelBits  = 6
	levels     = 7
	bucketMask = 1<<levelBits - 1
	lastTick   = 1<<(levels*levelBits) - 1
)

// wheel is a hierarchical timing wheel of slabs: each lies in the bucket of the earliest time at which an entry in it
// could expire. An entry that is touched expires later than its slab believes. The slab learns that when its time comes
// and its entries are looked at. So a touch costs nothing, and an entry nothing to keep. A slab is looked at no more
// often than its entries were touched or expired.
type wheel struct {
	now   int64                          // the tick up to which every bucket was emptied
	full  [levels]uint64                 // which buckets have slabs
	heads [levels][1 << levelBits]uint32 // first slab of each bucket
}

// tickOf returns the tick of a time, within what the wheel can hold.
func tickOf(ms int64) int64 { return min(max(ms, 0)>>tickBits, lastTick) }

// move puts a slab, which may be in the wheel already, into the bucket of a time.
func (w *wheel) move(info []wheelNode, num uint32, at int64) {
	s := &info[num]
	s.min = at
	level, i := w.bucket(at)
	b := uint16(level<<levelBits|i) + 1
	if at == NoDeadline {
		b = 0
	}
	if s.bucket == b {
		return
	}
	w.remove(info, num)
	if b == 0 {
		return
	}
	head := &w.heads[level][i]
	s.prev, s.next, s.bucket = 0, *head, b
	if *head != 0 {
		info[*head].prev = num
	}
	*head = num
	w.full[level] |= 1 << i
}

// bucket returns the bucket of a time: the level is that of the highest digit in which its tick and now differ.
func (w *wheel) bucket(at int64) (level, i int) {
	tick := max(tickOf(at), w.now)
	if d := tick ^ w.now; d != 0 {
		level = (bits.Len64(uint64(d)) - 1) / levelBits
	}
	return level, int(tick>>(level*levelBits)) & bucketMask
}

// Remove takes a slab out of the wheel.
func (w *wheel) remove(info []wheelNode, num uint32) {
	s := &info[num]
	if s.bucket == 0 {
		return
	}
	level, i := int(s.bucket-1)>>levelBits, int(s.bucket-1)&bucketMask
	if s.next != 0 {
		info[s.next].prev = s.prev
	}
	if s.prev != 0 {
		info[s.prev].next = s.next
	} else if w.heads[level][i] = s.next; s.next == 0 {
		w.full[level] &^= 1 << i
	}
	s.prev, s.next, s.bucket = 0, 0, 0
}

// Due returns a slab in which an entry may have expired by a time; 0 when there is none. The slab stays where it is
// until it is moved.
func (w *wheel) due(info []wheelNode, now int64) uint32 {
	target := tickOf(now)
	for w.now <= target {
		i := int(w.now) & bucketMask
		for num := w.heads[0][i]; num != 0; num = info[num].next {
			if info[num].min <= now {
				return num
			}
		}
		if w.now == target {
			break
		}
		w.turn(info, target)
	}
	return 0
}

// Next returns when to look for what is due once nothing is any more, in milliseconds since the Unix epoch; none when
// there are no slabs.
func (w *wheel) next() int64 {
	digit := int(w.now) & bucketMask
	if here := w.full[0] >> digit; here != 0 {
		return (w.now + int64(bits.TrailingZeros64(here)) + 1) << tickBits // the end of the bucket, to find all of it due
	}
	for level := 1; level < levels; level++ {
		if i, found := w.later(level); found {
			return w.begin(level, i) << tickBits
		}
	}
	return NoDeadline
}

// later returns the next bucket of a level that has slabs.
func (w *wheel) later(level int) (i int, found bool) {
	digit := int(w.now>>(level*levelBits)) & bucketMask
	later := w.full[level] >> digit >> 1 << 1 << digit
	return bits.TrailingZeros64(later), later != 0
}

// begin returns the tick with which a bucket begins.
func (w *wheel) begin(level, i int) int64 {
	shift := level * levelBits
	return (w.now>>shift>>levelBits<<levelBits | int64(i)) << shift
}

// turn goes on to the next bucket that has slabs, but not beyond a tick. It spreads those of a higher level over the
// levels below.
func (w *wheel) turn(info []wheelNode, target int64) {
	for level := range levels {
		i, found := w.later(level)
		if !found {
			continue
		}
		next := w.begin(level, i)
		if next > target {
			break
		}
		w.now = next
		if level > 0 {
			w.spread(info, level, i)
		}
		return
	}
	w.now = target
}

// spread puts the slabs of a bucket whose time has begun into the buckets they now belong to.
func (w *wheel) spread(info []wheelNode, level, i int) {
	for num := w.heads[level][i]; num != 0; {
		next := info[num].next
		w.move(info, num, info[num].min)
		num = next
	}
}
