package arena

import "unsafe"

// lineBytes is the size of what a processor fetches at once.
const lineBytes = 64

// fetchedBytes is how much of an entry is fetched: the header, the id, and a small session's fields.
const fetchedBytes = 3 * lineBytes

// PrefetchSlot fetches the place in the index where the slots of a hash begin.
func (x *Index) PrefetchSlot(hash uint32) {
	if g := x.Segment(hash); g != nil {
		prefetch(unsafe.Add(g.base, 8*g.home(hash)))
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
	for at := 0; at < len(entry); at += lineBytes {
		prefetch(unsafe.Pointer(&entry[at]))
	}
	prefetch(unsafe.Pointer(&entry[len(entry)-1])) // an entry begins anywhere in a line, so it may end in one more
}
