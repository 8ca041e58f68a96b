package memory

import (
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

// pages hands out slabs. A slab that comes back stays resident for a moment, since the next one is asked for soon, and
// is then discarded: its addresses stay, its memory returns to the system.
type pages struct {
	waker    *waker // is set when there are many to discard
	mu       sync.Mutex
	regions  [][]byte
	resident [pools][]unsafe.Pointer // free, and may still hold memory
	empty    [pools][]unsafe.Pointer // free and discarded
	idle     int                     // bytes of the resident ones
	held     atomic.Int64            // bytes handed out
}

// get returns a slab with any contents.
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
	region := mapMemory(regionBytes)
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

// large returns n bytes for one entry that fits no slab.
func (p *pages) large(n int) unsafe.Pointer {
	p.held.Add(int64(n))
	return unsafe.Pointer(unsafe.SliceData(mapMemory(n)))
}

// freeLarge takes back what large returned.
func (p *pages) freeLarge(s unsafe.Pointer, n int) {
	p.held.Add(int64(-n))
	unmapMemory(unsafe.Slice((*byte)(s), n))
}

// trim discards free slabs until at most keep bytes of them are resident. The lock is not held while the system works.
func (p *pages) trim(keep int) {
	for pool := range uint8(pools) {
		for {
			p.mu.Lock()
			s, ok := unsafe.Pointer(nil), false
			if p.idle > keep {
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

// close gives everything back to the system.
func (p *pages) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.regions {
		unmapMemory(r)
	}
	p.regions, p.resident, p.empty, p.idle = nil, [pools][]unsafe.Pointer{}, [pools][]unsafe.Pointer{}, 0
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
