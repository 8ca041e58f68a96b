package memory

import (
	"encoding/binary"
	"errors"

	"sessd/store"
	"sessd/store/memory/tree"
)

// listType is of lists. The body of a small one is as that of a set: the count of its elements, and each after its length.
type listType struct{ setType }

var tagList = collectionTag(3)

var errElements = errors.New("memory: a list has no elements")

func (listType) typ() store.Type    { return store.TypeList }
func (listType) orders() treeOrders { return treeOrders{tree.List} }

func (listType) appendTree(t *tree.Tree, dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(t.Len()))
	var c tree.Cursor
	for ok := c.SeekAt(t, 0); ok; ok = c.Next() {
		dst = appendBytes(dst, c.Value())
	}
	return dst
}

func (listType) check(_ *shard, body []byte, _ *contents) error {
	if membersOf(body).left == 0 {
		return errElements
	}
	return nil
}

// smallList is the elements of a small list, or of none, as they lie in its entry.
type smallList struct {
	count int
	all   []byte // each after its length
}

func (p *entryRef) smallList() smallList {
	if p.ref == 0 {
		return smallList{}
	}
	body := collectionBody(p.entry)
	m := membersOf(body)
	return smallList{m.left, body[len(body)-len(m.rest) : listType{}.size(p.shard, body)]}
}

// offset returns where the i-th element begins, or the end.
func (l smallList) offset(i int) int {
	rest := l.all
	for range i {
		_, rest = takeBytes(rest)
	}
	return len(l.all) - len(rest)
}

// elements returns the elements of some places.
func (l smallList) elements(from, to int) [][]byte {
	all, rest := make([][]byte, to-from), l.all[l.offset(from):]
	for i := range all {
		all[i], rest = takeBytes(rest)
	}
	return all
}

// listLength returns the number of elements, 0 where there is no list.
func (p *entryRef) listLength() int {
	switch {
	case p.ref == 0:
		return 0
	case isLarge(p.entry):
		return largeCount(p.entry)
	}
	return membersOf(collectionBody(p.entry)).left
}

// eachListed visits the elements of some places, from the last one on if backward, until visit returns false.
func (p *entryRef) eachListed(from, to int, backward bool, visit func(element []byte) bool) {
	switch {
	case from >= to:
	case !isLarge(p.entry):
		p.smallList().visit(from, to, backward, visit)
	case backward:
		var c tree.Cursor
		for i, ok := to, c.SeekAt(p.beginTree(), to-1); ok && i > from && visit(c.Value()); i-- {
			ok = c.Prev()
		}
	default:
		var c tree.Cursor
		for i, ok := from, c.SeekAt(p.beginTree(), from); ok && i < to && visit(c.Value()); i++ {
			ok = c.Next()
		}
	}
}

func (l smallList) visit(from, to int, backward bool, visit func(element []byte) bool) {
	if !backward {
		rest := l.all[l.offset(from):]
		for range to - from {
			var element []byte
			if element, rest = takeBytes(rest); !visit(element) {
				return
			}
		}
		return
	}
	all := l.elements(from, to)
	for i := len(all) - 1; i >= 0 && visit(all[i]); i-- {
	}
}

// elementAt returns the element at a place, which there must be.
func (p *entryRef) elementAt(i int) []byte {
	if isLarge(p.entry) {
		return p.beginTree().At(i).Value
	}
	l := p.smallList()
	element, _ := takeBytes(l.all[l.offset(i):])
	return element
}

// place returns the place of an index in a list of a size, and whether there is one.
func placeOf(index int64, size int) (int, bool) {
	if index < 0 {
		index += int64(size)
	}
	return int(index), index >= 0 && index < int64(size)
}

// spanOfList returns the places from one index to another in a list of a size, the second place excluded.
func spanOfList(start, stop int64, size int) (from, to int) {
	n := int64(size)
	if start < 0 {
		start = max(start+n, 0)
	}
	if stop < 0 {
		stop += n
	}
	stop = min(stop, n-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop + 1)
}
