package arena

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Pools of slabs: one per size of slab for entries, and one for the segments of the index.
const (
	EntryPools  = 4
	SegmentPool = EntryPools
	pools       = EntryPools + 1
)

const (
	regionBytes  = 4 << 20  // what is asked from the system at once
	SegmentBytes = 32 << 10 // room of one segment of the index
)

// SlabBytes is the size of the slabs of a pool: 16 KiB, 64 KiB, 256 KiB, 1 MiB for entries.
func SlabBytes(pool uint8) int {
	if pool == SegmentPool {
		return SegmentBytes
	}
	return 16 << 10 << (2 * pool)
}

// Mapper is the system calls for memory.
type Mapper struct {
	MapMemory   func(n int) ([]byte, error)
	UnmapMemory func([]byte) error
}

// SlabCounts is numbers of slabs by pool.
type SlabCounts [pools]int

// segmentReserve is how many segments are promised to nobody: an index whose hashes crowd splits unforeseen.
const segmentReserve = 16

// KeepIdle is the bytes of free slabs that stay resident.
const KeepIdle = 1 << 20

// SystemMapper returns the system's own calls.
func SystemMapper() Mapper { return Mapper{mapMemory, unmapMemory} }

// Pages hands out slabs. A slab that comes back stays resident for a moment, since the next one is asked for soon. Then
// it is discarded: its addresses stay, its memory returns to the system.
//
// An operation has the slabs that it may take promised before it changes anything, so no refusal of the system meets it
// half way. What is promised is free slabs and regions that nothing was cut from, which hold no memory.
type Pages struct {
	Mapper
	wake     func() // makes the owner call trim soon
	mu       sync.Mutex
	regions  [][]byte                // of which slabs were cut
	spare    [][]byte                // of which none was
	kept     [][]byte                // mappings of one entry that the system did not take back, discarded
	resident [pools][]unsafe.Pointer // free, and may still hold memory
	empty    [pools][]unsafe.Pointer // free and discarded
	promised SlabCounts              // to operations under way, with what they have taken already
	idle     int                     // bytes of the resident ones
	Held     atomic.Int64            // bytes handed out
	poison   *poison                 // nil: as in production
}

// Init makes the pages ready for use. They call wake when more than KeepIdle bytes lie idle, and obtain memory by m; nil:
// from the system.
func (p *Pages) Init(wake func(), m *Mapper) {
	p.wake, p.Mapper = wake, SystemMapper()
	if m != nil {
		p.Mapper = *m
	}
	p.promised[SegmentPool] = segmentReserve
}

// IdleBytes returns the bytes of free slabs that may hold memory.
func (p *Pages) IdleBytes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.idle
}

// KeptMappings returns how many mappings the system did not take back.
func (p *Pages) KeptMappings() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.kept)
}

// free returns the number of free slabs in a pool.
func (p *Pages) free(pool uint8) int { return len(p.resident[pool]) + len(p.empty[pool]) }

// Reserve promises slabs until release is called with the same counts. It returns false, having promised nothing, when the
// system refuses the memory.
func (p *Pages) Reserve(want SlabCounts) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	need := 0
	for pool := range uint8(pools) {
		if n := p.promised[pool] + want[pool] - p.free(pool); n > 0 {
			each := regionBytes / SlabBytes(pool)
			need += (n + each - 1) / each
		}
	}
	for len(p.spare) < need {
		region, err := p.MapMemory(regionBytes)
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

// Release gives back a promise of slabs, once the operation that asked for it has ended.
func (p *Pages) Release(want SlabCounts) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for pool, n := range want {
		p.promised[pool] -= n
	}
}

// get returns a slab with any contents, which was promised.
func (p *Pages) get(pool uint8) unsafe.Pointer {
	n := SlabBytes(pool)
	p.Held.Add(int64(n))
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
		if region, err = p.MapMemory(regionBytes); err != nil {
			panic("arena: a slab that was not promised is refused: " + err.Error())
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
func (p *Pages) put(pool uint8, s unsafe.Pointer) {
	n := SlabBytes(pool)
	p.Held.Add(int64(-n))
	p.spoilSlab(pool, s)
	p.mu.Lock()
	p.resident[pool] = append(p.resident[pool], s)
	p.idle += n
	many := p.idle > KeepIdle
	p.mu.Unlock()
	if many {
		p.wake()
	}
}

// large returns n bytes, with any contents, for one entry that fits no slab, or nil when the system refuses them.
func (p *Pages) large(n int) []byte {
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
		if b, err = p.MapMemory(n); err != nil {
			return nil
		}
	}
	p.Held.Add(int64(n))
	return b
}

// Large returns a mapping for a large entry of n bytes; nil where the system refuses it. It is to be given to a table
// or to FreeLarge.
func (p *Pages) Large(n int) []byte { return p.large(LargeSize(n)) }

// FreeLarge takes back what Large returned.
func (p *Pages) FreeLarge(b []byte) { p.freeLarge(b) }

// freeLarge takes back what large returned. What the system refuses to take is discarded, and kept for another entry.
func (p *Pages) freeLarge(b []byte) {
	p.Held.Add(int64(-len(b)))
	if p.poison != nil {
		if b = p.poison.keep(b); b == nil {
			return
		}
	}
	p.unmap(b)
}

func (p *Pages) unmap(b []byte) (ok bool) {
	if p.UnmapMemory(b) == nil {
		return true
	}
	discard(unsafe.Pointer(unsafe.SliceData(b)), len(b))
	p.mu.Lock()
	p.kept = append(p.kept, b)
	p.mu.Unlock()
	return false
}

// Retry offers the system again what it refused to take back, until it refuses once more.
func (p *Pages) Retry() {
	for {
		p.mu.Lock()
		b, ok := pop(&p.kept)
		p.mu.Unlock()
		if !ok || !p.unmap(b) {
			return
		}
	}
}

// Trim discards free slabs until at most keep bytes of them are resident. The lock is not held while the system works.
func (p *Pages) Trim(keep int) {
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
			p.idle -= SlabBytes(pool)
			p.mu.Unlock()
			discard(s, SlabBytes(pool))
			p.mu.Lock()
			p.empty[pool] = append(p.empty[pool], s)
			p.mu.Unlock()
		}
	}
}

// Close gives everything back to the system, as far as it takes it.
func (p *Pages) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range [][][]byte{p.regions, p.spare, p.kept} {
		for _, b := range list {
			_ = p.UnmapMemory(b)
		}
	}
	p.regions, p.spare, p.kept = nil, nil, nil
	if p.poison != nil {
		p.poison.close(p.UnmapMemory)
	}
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
