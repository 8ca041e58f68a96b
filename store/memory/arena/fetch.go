package arena

import (
	"unsafe"

	"sessd/store/line"
)

// fetchedBytes is how much of an entry is fetched: the header, the id, and a small session's fields.
const fetchedBytes = 3 * line.Bytes

// PrefetchSlot fetches the place in the index where the slots of a hash begin.
func (x *Index) PrefetchSlot(hash uint32) {
	if g := x.Segment(hash); g != nil {
		line.Fetch(uintptr(g.base) + 8*uintptr(g.home(hash)))
	}
}

// PrefetchEntry fetches the beginning of the first entry of a hash.
func (t *Table) PrefetchEntry(hash uint32) {
	g := t.Segment(hash)
	if g == nil {
		return
	}
	i := g.Seek(hash)
	if !g.Has(i, hash) {
		return
	}
	t.prefetchEntry(g.slots[i].Ref())
}

// PrefetchNext fetches the beginnings of up to n entries that Next visits from a hash on, as far as they are in one segment.
func (t *Table) PrefetchNext(hash uint32, n int) {
	g := t.Segment(hash)
	if g == nil {
		return
	}
	for i := g.Seek(hash); i < len(g.slots) && n > 0; i++ {
		if s := g.slots[i]; s != 0 {
			t.prefetchEntry(s.Ref())
			n--
		}
	}
}

func (t *Table) prefetchEntry(r Ref) {
	entry := t.At(r)
	entry = entry[:min(len(entry), fetchedBytes)]
	line.FetchAll(uintptr(unsafe.Pointer(&entry[0])), len(entry))
}

// PrefetchRecent fetches the first n bytes of the entry of a hash that is kept at hand.
func (t *Table) PrefetchRecent(hash uint32, n int) {
	if r := t.Recent(hash); r != 0 {
		Fetch(t.At(r)[:n])
	}
}

// Fetch asks for the memory of some bytes, and does not wait for it.
func Fetch(b []byte) {
	if len(b) > 0 {
		line.FetchAll(uintptr(unsafe.Pointer(&b[0])), len(b))
	}
}
