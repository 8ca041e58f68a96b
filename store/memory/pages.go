package memory

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Pools of slabs: one per size of slab for entries, and one for the segments of the index.
const (
	entryPools  = 4
	segmentPool = entryPools
	pools       = entryPools + 1
)

const (
	regionBytes  = 4 << 20  // what is asked from the system at once
	segmentBytes = 32 << 10 // room of one segment of the index
)

// slabBytes is the size of the slabs of a pool: 16 KiB, 64 KiB, 256 KiB, 1 MiB for entries.
func slabBytes(pool uint8) int {
	if pool == segmentPool {
		return segmentBytes
	}
	return 16 << 10 << (2 * pool)
}

// mapper is the system calls for memory.
type mapper struct {
	mapMemory   func(n int) ([]byte, error)
	unmapMemory func([]byte) error
}

// slabCounts is numbers of slabs by pool.
type slabCounts [pools]int

// segmentReserve is how many segments are promised to nobody: an index whose hashes crowd splits unforeseen.
const segmentReserve = 16

// pages hands out slabs. A slab that comes back stays resident for a moment, since the next one is asked for soon, and
// is then discarded: its addresses stay, its memory returns to the system.
//
// An operation has the slabs that it may take promised before it changes anything, so no refusal of the system meets it
// half way. What is promised is free slabs and regions that nothing was cut from, which hold no memory.
type pages struct {
	mapper
	waker    *waker // is set when there are many to discard
	mu       sync.Mutex
	regions  [][]byte                // of which slabs were cut
	spare    [][]byte                // of which none was
	kept     [][]byte                // mappings of one entry that the system did not take back, discarded
	resident [pools][]unsafe.Pointer // free, and may still hold memory
	empty    [pools][]unsafe.Pointer // free and discarded
	promised slabCounts              // to operations under way, with what they have taken already
	idle     int                     // bytes of the resident ones
	held     atomic.Int64            // bytes handed out
}

func (p *pages) init(w *waker, m *mapper) {
	p.waker, p.mapper = w, mapper{mapMemory, unmapMemory}
	if m != nil {
		p.mapper = *m
	}
	p.promised[segmentPool] = segmentReserve
}

// free returns the number of free slabs in a pool.
func (p *pages) free(pool uint8) int { return len(p.resident[pool]) + len(p.empty[pool]) }

// reserve promises slabs until release is called with the same counts. It returns false, having promised nothing, when the
// system refuses the memory.
func (p *pages) reserve(want slabCounts) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	need := 0
	for pool := range uint8(pools) {
		if n := p.promised[pool] + want[pool] - p.free(pool); n > 0 {
			each := regionBytes / slabBytes(pool)
			need += (n + each - 1) / each
		}
	}
	for len(p.spare) < need {
		region, err := p.mapMemory(regionBytes)
		if err != nil {
			return false
		}
		p.spare = append(p.spare, region)
	}
	for pool, n := range want {
		p.promised[pool] += n
	}
	return true
}

func (p *pages) release(want slabCounts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for pool, n := range want {
		p.promised[pool] -= n
	}
}

// get returns a slab with any contents, which was promised.
func (p *pages) get(pool uint8) unsafe.Pointer {
	n := slabBytes(pool)
	p.held.Add(int64(n))
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := pop(&p.resident[pool]); ok {
		p.idle -= n
		return s
	}
	if s, ok := pop(&p.empty[pool]); ok {
		return s
	}
	region, ok := pop(&p.spare)
	if !ok {
		var err error
		if region, err = p.mapMemory(regionBytes); err != nil {
			panic("memory: a slab that was not promised is refused: " + err.Error())
		}
	}
	p.regions = append(p.regions, region)
	base := unsafe.Pointer(unsafe.SliceData(region))
	for off := regionBytes - n; off > 0; off -= n {
		p.empty[pool] = append(p.empty[pool], unsafe.Add(base, off))
	}
	return base
}

// put takes a slab back.
func (p *pages) put(pool uint8, s unsafe.Pointer) {
	n := slabBytes(pool)
	p.held.Add(int64(-n))
	p.mu.Lock()
	p.resident[pool] = append(p.resident[pool], s)
	p.idle += n
	many := p.idle > keepIdle
	p.mu.Unlock()
	if many {
		p.waker.set(immediately)
	}
}

// large returns n bytes, with any contents, for one entry that fits no slab, or nil when the system refuses them.
func (p *pages) large(n int) []byte {
	p.mu.Lock()
	i := slices.IndexFunc(p.kept, func(b []byte) bool { return len(b) == n })
	var b []byte
	if i >= 0 {
		b = p.kept[i]
		p.kept = slices.Delete(p.kept, i, i+1)
	}
	p.mu.Unlock()
	if b == nil {
		var err error
		if b, err = p.mapMemory(n); err != nil {
			return nil
		}
	}
	p.held.Add(int64(n))
	return b
}

// freeLarge takes back what large returned. What the system refuses to take is discarded, and kept for another entry.
func (p *pages) freeLarge(b []byte) {
	p.held.Add(int64(-len(b)))
	p.unmap(b)
}

func (p *pages) unmap(b []byte) (ok bool) {
	if p.unmapMemory(b) == nil {
		return true
	}
	discard(unsafe.Pointer(unsafe.SliceData(b)), len(b))
	p.mu.Lock()
	p.kept = append(p.kept, b)
	p.mu.Unlock()
	return false
}

// retry offers the system again what it refused to take back, until it refuses once more.
func (p *pages) retry() {
	for {
		p.mu.Lock()
		b, ok := pop(&p.kept)
		p.mu.Unlock()
		if !ok || !p.unmap(b) {
			return
		}
	}
}

// trim discards free slabs until at most keep bytes of them are resident. The lock is not held while the system works.
func (p *pages) trim(keep int) {
	for pool := range uint8(pools) {
		for {
			p.mu.Lock()
			s, ok := unsafe.Pointer(nil), false
			if p.idle > keep && p.free(pool) > p.promised[pool] {
				s, ok = pop(&p.resident[pool])
			}
			if !ok {
				p.mu.Unlock()
				break
			}
			p.idle -= slabBytes(pool)
			p.mu.Unlock()
			discard(s, slabBytes(pool))
			p.mu.Lock()
			p.empty[pool] = append(p.empty[pool], s)
			p.mu.Unlock()
		}
	}
}

// close gives everything back to the system, as far as it takes it.
func (p *pages) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range [][][]byte{p.regions, p.spare, p.kept} {
		for _, b := range list {
			_ = p.unmapMemory(b)
		}
	}
	p.regions, p.spare, p.kept = nil, nil, nil
	p.resident, p.empty, p.idle = [pools][]unsafe.Pointer{}, [pools][]unsafe.Pointer{}, 0
}

// pop removes the last element of a list.
func pop[T any](list *[]T) (last T, ok bool) {
	n := len(*list)
	if n == 0 {
		return last, false
	}
	last = (*list)[n-1]
	*list = (*list)[:n-1]
	return last, true
}
