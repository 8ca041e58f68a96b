package tree

import (
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"
	"testing"
)

// slabNodes keeps nodes as the engine does: slots of sizes a few percent apart, without gaps, so that the last slot of a
// size moves where another one goes.
type slabNodes struct {
	refs    []slotRef // by number
	free    []uint32
	classes [128]slotClass
	moved   int
}

type slotRef struct{ class, slot uint32 }

type slotClass struct {
	slabs  [][]byte
	owners []uint32 // of slots
}

const slotsPerSlab = 32

// classOf returns the class for a size, and its slots' size.
func classOf(size int) (class, bytes int) {
	if size <= 320 {
		class = (size + 7) / 8
		return class, class * 8
	}
	bytes = 320
	for class = 40; bytes < size; class++ {
		bytes += max(8, bytes/25&^7)
	}
	return class, bytes
}

func (s *slabNodes) at(r slotRef, size int) []byte {
	slab := s.classes[r.class].slabs[r.slot/slotsPerSlab]
	from := int(r.slot%slotsPerSlab) * size
	return slab[from : from+size : from+size]
}

func (s *slabNodes) size(r slotRef) int {
	return len(s.classes[r.class].slabs[0]) / slotsPerSlab
}

func (s *slabNodes) alloc(n uint32, size int) (slotRef, []byte) {
	class, bytes := classOf(size)
	c := &s.classes[class]
	r := slotRef{uint32(class), uint32(len(c.owners))}
	if len(c.owners) == len(c.slabs)*slotsPerSlab {
		c.slabs = append(c.slabs, make([]byte, bytes*slotsPerSlab))
	}
	c.owners = append(c.owners, n)
	return r, s.at(r, bytes)
}

func (s *slabNodes) release(r slotRef) {
	c := &s.classes[r.class]
	last := slotRef{r.class, uint32(len(c.owners) - 1)}
	if last != r {
		size := s.size(r)
		copy(s.at(r, size), s.at(last, size))
		n := c.owners[last.slot]
		c.owners[r.slot], s.refs[n] = n, r
	}
	c.owners = c.owners[:last.slot]
}

func (s *slabNodes) Look(n uint32) []byte { return s.Get(n) }
func (s *slabNodes) Get(n uint32) []byte  { return s.at(s.refs[n], s.size(s.refs[n])) }

func (s *slabNodes) Put(n uint32, size int) []byte {
	old := s.refs[n]
	if class, bytes := classOf(size); class == int(old.class) {
		return s.at(old, bytes)
	}
	s.moved++
	to, b := s.alloc(n, size)
	copy(b, s.Get(n))
	s.refs[n] = to
	s.release(old)
	return s.Get(n)
}

func (s *slabNodes) New(size int) (n uint32, b []byte) {
	if last := len(s.free) - 1; last >= 0 {
		n, s.free = s.free[last], s.free[:last]
	} else {
		n, s.refs = uint32(len(s.refs)), append(s.refs, slotRef{})
	}
	s.refs[n], b = s.alloc(n, size)
	return n, b
}

func (s *slabNodes) Free(n uint32) {
	s.release(s.refs[n])
	s.free = append(s.free, n)
}

// bench is a tree of a million elements whose names, members and items have 10 bytes.
type bench struct {
	Tree
	nodes slabNodes
	seed  maphash.Seed
	name  [10]byte
	value [10]byte
}

const million = 1_000_000

// key returns the key of the i-th name.
func (b *bench) key(i int) Key {
	binary.BigEndian.PutUint64(b.name[2:], uint64(i)*0x9e3779b97f4a7c15)
	switch b.order {
	case Sorted:
		return Key{Score(float64(uint32(i) * 0x9e3779b1)), b.name[:]}
	case List:
		return Key{}
	}
	return Key{maphash.Bytes(b.seed, b.name[:]) >> 32, b.name[:]}
}

func newBench(b *testing.B, order Order) *bench {
	t := &bench{seed: maphash.MakeSeed()}
	t.Tree = New(&t.nodes, order)
	for i := range million {
		t.put(i)
	}
	b.ResetTimer()
	b.ReportAllocs()
	return t
}

// put adds the i-th element.
func (b *bench) put(i int) {
	if b.order == List {
		b.InsertAt(b.Len(), b.value[:])
		return
	}
	b.Set(b.key(i), b.value[:])
}

func BenchmarkTree(b *testing.B) {
	for name, order := range map[string]Order{"map": Map, "set": Set, "sorted": Sorted, "list": List} {
		b.Run(name, func(b *testing.B) {
			t := newBench(b, order)
			if order != List {
				benchKeys(b, t)
			} else {
				benchList(b, t)
			}
			benchPlaces(b, t)
		})
	}
}

// each runs a benchmark with random numbers below a million.
func each(b *testing.B, name string, run func(i int)) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			run(rand.IntN(million))
		}
	})
}

func benchKeys(b *testing.B, t *bench) {
	each(b, "get", func(i int) { t.Get(t.key(i)) })
	each(b, "set", func(i int) { t.put(i) })
	each(b, "rank", func(i int) { t.Rank(t.key(i)) })
	each(b, "delete+insert", func(i int) { t.Delete(t.key(i)); t.put(i) })
	next := million
	b.Run("insert", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			t.put(next)
			next++
		}
	})
	b.Run("delete", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if next > million {
				next--
			}
			t.Delete(t.key(next))
		}
	})
}

func benchList(b *testing.B, t *bench) {
	each(b, "insert+delete", func(i int) { t.InsertAt(i, t.value[:]); t.DeleteAt(i) })
	each(b, "set", func(i int) { t.SetAt(i, t.value[:]) })
	each(b, "push+pop", func(int) { t.InsertAt(t.Len(), t.value[:]); t.At(0); t.DeleteAt(0) })
	each(b, "push+pop left", func(int) { t.InsertAt(0, t.value[:]); t.At(t.Len() - 1); t.DeleteAt(t.Len() - 1) })
}

func benchPlaces(b *testing.B, t *bench) {
	each(b, "at", func(i int) { t.At(i) })
	each(b, "range 10", func(i int) {
		var c Cursor
		n := 0
		for ok := c.SeekAt(&t.Tree, i); ok && n < 10; ok = c.Next() {
			c.Item()
			n++
		}
	})
	each(b, "back 10", func(i int) {
		var c Cursor
		n := 0
		for ok := c.SeekAt(&t.Tree, i); ok && n < 10; ok = c.Prev() {
			c.Item()
			n++
		}
	})
}

// BenchmarkBytes reports the bytes of an element in a tree of a million: all nodes, and 10 for each in an index.
func BenchmarkBytes(b *testing.B) {
	for name, order := range map[string]Order{"map": Map, "set": Set, "sorted": Sorted, "list": List} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				t := newBench(b, order)
				nodes := len(t.nodes.refs) - len(t.nodes.free)
				b.ReportMetric(float64(t.Bytes()+int64(10*nodes))/million, "B/element")
				b.ReportMetric(million/float64(nodes), "elements/node")
				b.ReportMetric(float64(t.nodes.moved)/million, "moves/element")
				b.ReportMetric(float64(t.height), "levels")
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(0, "allocs/op")
			}
		})
	}
}
