package upstream

import (
	"iter"
	"sync/atomic"
	"unsafe"

	"sessd/store/line"
)

// index finds entries by the hash of their names. It is many small tables, since none is moved without holding up others.
// Its owner has a lock, but whoever only fetches lines looks at it without one: what it finds may be wrong then.
type index struct {
	tables []table
	count  int // of entries
	hand   hand
}

// table is a hash table with linear probing. A part of its slots, a power of two in number, is always free.
type table struct {
	slots atomic.Pointer[[]slot]
	used  int
}

// slot is free where it has no entry.
type slot struct {
	hash  atomic.Uint64
	entry atomic.Pointer[entry]
}

func (s *slot) set(hash uint64, e *entry) {
	s.hash.Store(hash)
	s.entry.Store(e)
}

const (
	leastSlots = 8
	tableSlots = 4096 // about as many as a full table of a full cache has
)

// hand is where the index was looked through last.
type hand struct{ table, slot int }

// makeIndex returns an index for up to so many entries, or more.
func makeIndex(most int64) index {
	tables := 1
	for int64(tables)*tableSlots/2 < most {
		tables *= 2
	}
	return index{tables: make([]table, tables)}
}

// table returns the one for a hash.
func (x *index) table(hash uint64) *table { return &x.tables[hash>>32&uint64(len(x.tables)-1)] }

// all returns the slots of a table.
func (t *table) all() []slot {
	if slots := t.slots.Load(); slots != nil {
		return *slots
	}
	return nil
}

// find returns the entry of a name, or nil.
func (x *index) find(hash uint64, name string) *entry {
	slots := x.table(hash).all()
	if len(slots) == 0 {
		return nil
	}
	for i := hash; ; i++ {
		one := &slots[i&uint64(len(slots)-1)]
		e := one.entry.Load()
		if e == nil || one.hash.Load() == hash && e.name == name {
			return e
		}
	}
}

// insert adds an entry, whose name has none.
func (x *index) insert(hash uint64, e *entry) {
	t := x.table(hash)
	if slots := t.all(); t.used >= len(slots)-len(slots)/4 {
		grown := make([]slot, max(leastSlots, 2*len(slots)))
		for i := range slots {
			if e := slots[i].entry.Load(); e != nil {
				place(grown, slots[i].hash.Load(), e)
			}
		}
		t.slots.Store(&grown)
	}
	place(t.all(), hash, e)
	t.used++
	x.count++
}

// place puts an entry into a free slot.
func place(slots []slot, hash uint64, e *entry) {
	i := hash
	for slots[i&uint64(len(slots)-1)].entry.Load() != nil {
		i++
	}
	slots[i&uint64(len(slots)-1)].set(hash, e)
}

// remove removes the entry of a name and returns it, or nil.
func (x *index) remove(hash uint64, name string) *entry {
	e := x.find(hash, name)
	if e == nil {
		return nil
	}
	t := x.table(hash)
	slots := t.all()
	mask := uint64(len(slots) - 1)
	free := hash & mask
	for slots[free].entry.Load() != e {
		free = (free + 1) & mask
	}
	for i := (free + 1) & mask; ; i = (i + 1) & mask { // an entry has no free slot before it, from its home on
		behind := slots[i].entry.Load()
		if behind == nil {
			break
		}
		home := slots[i].hash.Load() & mask
		if (i-home)&mask >= (i-free)&mask {
			slots[free].set(slots[i].hash.Load(), behind)
			free = i
		}
	}
	slots[free].set(0, nil)
	t.used--
	x.count--
	return e
}

// entries returns all entries with their hashes. The one that was returned last may be removed meanwhile.
func (x *index) entries() iter.Seq2[uint64, *entry] {
	return func(yield func(uint64, *entry) bool) {
		for i := range x.tables {
			slots := x.tables[i].all()
			for at := 0; at < len(slots); {
				e := slots[at].entry.Load()
				if e != nil && !yield(slots[at].hash.Load(), e) {
					return
				}
				if slots[at].entry.Load() == e { // else another is there now
					at++
				}
			}
		}
	}
}

// next returns another entry each time, all of them in turn. There is one.
func (x *index) next() (uint64, *entry) {
	for {
		slots := x.tables[x.hand.table].all()
		for x.hand.slot < len(slots) {
			one := &slots[x.hand.slot]
			x.hand.slot++
			if e := one.entry.Load(); e != nil {
				return one.hash.Load(), e
			}
		}
		x.hand = hand{table: (x.hand.table + 1) % len(x.tables)}
	}
}

// clear removes all entries.
func (x *index) clear() {
	for i := range x.tables {
		x.tables[i].slots.Store(nil)
		x.tables[i].used = 0
	}
	x.count = 0
}

// fetchSlot fetches the slots where the search for a hash begins.
func (x *index) fetchSlot(hash uint64) {
	if slots := x.table(hash).all(); len(slots) > 0 {
		line.Fetch(uintptr(unsafe.Pointer(&slots[hash&uint64(len(slots)-1)])))
	}
}

// guess returns the entry that a hash most likely has, or nil.
func (x *index) guess(hash uint64) *entry {
	slots := x.table(hash).all()
	for n := range min(len(slots), 8) {
		one := &slots[(hash+uint64(n))&uint64(len(slots)-1)]
		if e := one.entry.Load(); e == nil || one.hash.Load() == hash {
			return e
		}
	}
	return nil
}
