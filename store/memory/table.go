package memory

import (
	"bytes"
	"math/bits"
)

// table finds the entries of a shard by key. An entry is in the slot that the leading bits of its hash name (those
// behind the bits that chose the shard), so slots are in the order of hashes whatever their number is.
type table struct {
	slots []*entry
	skip  int // leading bits of every hash that chose the shard
	count int
}

const minSlots = 8

func (t *table) slot(hash uint64) int {
	return int(hash << t.skip >> (64 - bits.Len(uint(len(t.slots)-1))))
}

// position returns the least hash whose entry is in a slot, without the leading bits that chose the shard.
func (t *table) position(slot int) uint64 {
	return uint64(slot) << (64 - bits.Len(uint(len(t.slots)-1))) >> t.skip
}

func (t *table) find(hash uint64, key []byte) *entry {
	if t.count == 0 {
		return nil
	}
	x := t.slots[t.slot(hash)]
	for x != nil && (x.hash != hash || !bytes.Equal(x.key, key)) {
		x = x.next
	}
	return x
}

// insert adds an entry whose key is not there.
func (t *table) insert(x *entry) {
	if t.count >= len(t.slots) {
		t.resize(max(2*len(t.slots), minSlots))
	}
	t.count++
	i := t.slot(x.hash)
	x.next, t.slots[i] = t.slots[i], x
}

// delete takes an entry out that is there.
func (t *table) delete(x *entry) {
	at := &t.slots[t.slot(x.hash)]
	for *at != x {
		at = &(*at).next
	}
	*at, x.next = x.next, nil
	t.count--
	switch {
	case t.count == 0:
		t.slots = nil
	case len(t.slots) > minSlots && t.count < len(t.slots)/8:
		t.resize(len(t.slots) / 4)
	}
}

// entries returns all entries.
func (t *table) entries() []*entry {
	all := make([]*entry, 0, t.count)
	for _, x := range t.slots {
		for ; x != nil; x = x.next {
			all = append(all, x)
		}
	}
	return all
}

func (t *table) resize(slots int) {
	old := t.slots
	t.slots = make([]*entry, slots)
	for _, x := range old {
		for x != nil {
			next := x.next
			i := t.slot(x.hash)
			x.next, t.slots[i] = t.slots[i], x
			x = next
		}
	}
}
