package sorting

import (
	"errors"
	"math"
	"slices"

	"sessd/commands"
	"sessd/store"
)

// attempts is how often elements are read whose type changes between the look at it and the read.
const attempts = 8

// elements returns the elements under the key in their own order, and their type. Where that order is asked for, it returns
// those within the limit alone.
func (f *family) elements(c *commands.Call, op store.Op, q *query) (all [][]byte, t store.Type, err error) {
	for range attempts {
		if t, err = f.keys.KeyType(c.Context, op, c.Args[0]); err != nil {
			return nil, t, err
		}
		var read collector
		err = f.read(c, op, q, t, &read)
		if all = read.all(); q.unsorted && q.descending && t == store.TypeList {
			slices.Reverse(all)
		}
		if !errors.Is(err, store.ErrWrongType) || !f.sorts(t) {
			break
		}
	}
	return all, t, err
}

// sorts reports whether entries of a type can be sorted.
func (f *family) sorts(t store.Type) bool {
	return t == store.TypeList && f.lists != nil || t == store.TypeSet && f.sets != nil || t == store.TypeSortedSet && f.sortedSets != nil
}

func (f *family) read(c *commands.Call, op store.Op, q *query, t store.Type, v *collector) error {
	start, stop, key := int64(0), int64(-1), c.Args[0]
	if q.unsorted {
		if start = max(q.offset, 0); q.count >= 0 {
			stop = start + min(q.count, math.MaxInt64-start) - 1
		}
		if q.count == 0 {
			start, stop = 1, 0 // nothing
		}
	}
	switch {
	case t == store.TypeNone:
		return nil
	case !f.sorts(t):
		return store.ErrWrongType
	case t == store.TypeSet:
		return f.sets.ReadSet(c.Context, op, key, store.SetRead{}, setCollector{v})
	case t == store.TypeSortedSet:
		return f.sortedSets.ReadRange(c.Context, op, key, store.SortedRange{Start: start, Stop: stop, FromEnd: q.unsorted && q.descending}, sortedCollector{v})
	case q.unsorted && q.descending:
		if stop >= 0 {
			start, stop = -1-stop, -1-start
		} else {
			start, stop = 0, -1-start
		}
	}
	return f.lists.ReadList(c.Context, op, key, start, stop, v)
}

// Sizes of what a collector allocates at once. It copies while a shard is locked, so nothing large is made or moved there.
const (
	collectedAtOnce = 1 << 10
	collectedBytes  = 32 << 10
)

// collector copies elements.
type collector struct {
	full  [][][]byte // before last
	last  [][]byte
	bytes []byte // where elements are copied to
}

func (v *collector) add(element []byte) {
	if len(v.last) == cap(v.last) {
		if v.last != nil {
			v.full = append(v.full, v.last)
		}
		v.last = make([][]byte, 0, collectedAtOnce)
	}
	if v.bytes == nil || len(element) > cap(v.bytes)-len(v.bytes) { // an empty element is not nil, which stands for none
		v.bytes = make([]byte, 0, max(collectedBytes, len(element)))
	}
	at := len(v.bytes)
	v.bytes = append(v.bytes, element...)
	v.last = append(v.last, v.bytes[at:len(v.bytes):len(v.bytes)])
}

// all returns the elements.
func (v *collector) all() [][]byte {
	if v.full == nil {
		return v.last
	}
	all := make([][]byte, 0, len(v.full)*collectedAtOnce+len(v.last))
	for _, some := range v.full {
		all = append(all, some...)
	}
	return append(all, v.last...)
}

// List implements store.ListVisitor.
func (*collector) List([]byte, int) {}

// Element implements store.ListVisitor.
func (v *collector) Element(element []byte) { v.add(element) }

// setCollector copies members of sets.
type setCollector struct{ to *collector }

// Set implements store.SetVisitor.
func (setCollector) Set(int) {}

// Member implements store.SetVisitor.
func (v setCollector) Member(member []byte, _ bool) { v.to.add(member) }

// sortedCollector copies members of sorted sets.
type sortedCollector struct{ to *collector }

// Members implements store.SortedVisitor.
func (sortedCollector) Members(int) {}

// Member implements store.SortedVisitor.
func (v sortedCollector) Member(member []byte, _ float64, _ bool) { v.to.add(member) }
