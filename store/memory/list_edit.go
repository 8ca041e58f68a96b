package memory

import (
	"bytes"
	"encoding/binary"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// spliceList replaces the elements of some places by others: removes some, or adds some, or replaces one by one. Not all
// are removed. It makes a list if there is none.
func (p *entryRef) spliceList(from, to int, in [][]byte) (shortage, error) {
	switch {
	case p.ref == 0 || !isLarge(p.entry):
		return p.spliceSmall(from, to, in)
	case len(in) == 0:
		return shortage{}, p.cutTree(from, to)
	case len(in) == 1 && p.editInPlace(from, to > from, in[0]):
		return shortage{}, nil
	}
	return p.growTree(func(d *treeDemand) { d.addElements(in) }, func(t *tree.Tree) {
		if to > from {
			t.SetAt(from, in[0])
		} else {
			insertAll(t, from, in)
		}
	})
}

// editInPlace inserts an element into a large list, or replaces one. It returns false, with nothing changed, where nodes have
// to move for that.
func (p *entryRef) editInPlace(at int, replaces bool, element []byte) bool {
	var c tree.InPlace
	c.FindAt(p.beginTree(), at)
	if replaces && !c.Set(element) || !replaces && !c.Insert(element) {
		return false
	}
	c.Do()
	p.endInPlace(0)
	return true
}

// insertAll inserts elements at a place. At the beginning the last one goes first, so that full leaves are left behind.
func insertAll(t *tree.Tree, at int, in [][]byte) {
	if at == 0 {
		for _, element := range slices.Backward(in) {
			t.InsertAt(0, element)
		}
		return
	}
	for i, element := range in {
		t.InsertAt(at+i, element)
	}
}

func (d *treeDemand) addElements(all [][]byte) {
	for _, element := range all {
		d.add(0, len(element))
	}
}

// spliceSmall is spliceList for a small list, or none, which becomes large where it is too long for a small one.
func (p *entryRef) spliceSmall(from, to int, in [][]byte) (shortage, error) {
	l := p.smallList()
	count, size := l.count-(to-from)+len(in), 2+len(l.all)
	for _, element := range in {
		size += len(element) + 1
	}
	if len(in) > 0 && (size > p.space.engine.smallBytes || count > smallElements) {
		old := l.elements(0, l.count)
		for i := range old { // the entry goes before they are set
			old[i] = bytes.Clone(old[i])
		}
		return p.makeListLarge(slices.Replace(old, from, to, in...))
	}
	a, b := l.offset(from), l.offset(to)
	p.beginSmall(count)
	p.scratch = append(p.scratch, l.all[:a]...)
	for _, element := range in {
		p.scratch = appendBytes(p.scratch, element)
	}
	p.scratch = append(p.scratch, l.all[b:]...)
	return p.storeSmall(len(in) == 0)
}

// beginSmall writes the beginning of a small list into the scratch.
func (p *entryRef) beginSmall(count int) {
	h := newCollection(tagList, p.now)
	if p.ref != 0 {
		h = headOfCollection(p.entry)
		h.first &^= flagLarge
	}
	p.scratch = binary.AppendUvarint(h.append(p.scratch[:0], p.key), uint64(count))
}

// storeSmall stores the small list in the scratch. One that shrinks can always be stored: where the system refuses memory,
// it stays in its slot.
func (p *entryRef) storeSmall(shrinks bool) (shortage, error) {
	if !shrinks {
		if short, err := p.room(len(p.scratch), 0); err != nil {
			return short, err
		}
	} else if p.reserve(len(p.scratch)) != nil {
		p.scratch = append(p.scratch, make([]byte, len(p.entry)-len(p.scratch))...)
	}
	p.commit()
	return shortage{}, nil
}

// makeListLarge stores elements in the large form. They must not lie in the shard.
func (p *entryRef) makeListLarge(all [][]byte) (shortage, error) {
	h := newCollection(tagList, p.now)
	if p.ref != 0 {
		h = headOfCollection(p.entry)
	}
	var d treeDemand
	return p.makeLarge(collectionKind{listType{}}, h, func(d *treeDemand) { d.addElements(all) }, &d, func(_ int, t *tree.Tree) {
		for i, element := range all {
			t.InsertAt(i, element)
		}
	})
}

// cutAtOnce is how many elements the memory is obtained for when a range is removed: leaves go whole, and few are changed.
const cutAtOnce = 64

// cutTree removes the elements of some places of a large list.
func (p *entryRef) cutTree(from, to int) error {
	if to == from+1 {
		var c tree.InPlace
		if c.FindAt(p.beginTree(), from); c.Delete() {
			c.Do()
			p.endInPlace(0)
			return nil
		}
	}
	if err := p.reserveChange(p.beginTree(), min(to-from, cutAtOnce)); err != nil {
		return err
	}
	p.cut(from, to)
	return nil
}

// cut is cutTree once the memory is obtained. A long range at an end is cut off.
func (p *entryRef) cut(from, to int) {
	if long := to-from > p.space.engine.longElements; long && from == 0 {
		p.cutEnd(to, false)
		return
	} else if long && to == p.listLength() {
		p.cutEnd(from, true)
		return
	}
	t := p.beginTree()
	for left := to - from; left > 0; {
		left -= t.DeleteSome(from, left)
	}
	p.endTree()
}

// dropElements removes the elements of some places, and the list with its last one.
func (p *entryRef) dropElements(from, to int, event store.Event) error {
	size := p.listLength()
	if to-from < size {
		if _, err := p.spliceList(from, to, nil); err != nil {
			return err
		}
	}
	p.endDrop(size-(to-from), event)
	return nil
}

// endDrop reports that elements were removed, and removes the list when none is left.
func (p *entryRef) endDrop(left int, event store.Event) {
	p.useCollection()
	p.emit(event)
	if left == 0 {
		p.remove(store.Destroyed)
	}
}

// pushEvents and popEvents are the events by the end of the list.
var (
	pushEvents = [...]store.Event{store.ListHead: store.EventLPush, store.ListTail: store.EventRPush}
	popEvents  = [...]store.Event{store.ListHead: store.EventLPop, store.ListTail: store.EventRPop}
)

// push adds elements at an end, one after the other, and makes the list if there is none.
func (p *entryRef) push(elements [][]byte, at store.ListEnd) (shortage, error) {
	if len(elements) == 1 && p.pushAtEnd(elements[0], at) {
		p.emitPushed(false, at)
		return shortage{}, nil
	}
	isNew, place := p.ref == 0, p.listLength()
	if at == store.ListHead {
		place = 0
		if len(elements) > 1 {
			elements = slices.Clone(elements)
			slices.Reverse(elements)
		}
	}
	if short, err := p.spliceList(place, place, elements); err != nil {
		return short, err
	}
	p.emitPushed(isNew, at)
	return shortage{}, nil
}

// emitPushed reports that elements were pushed to a list that may be new.
func (p *entryRef) emitPushed(isNew bool, at store.ListEnd) {
	if isNew {
		p.emit(store.EventNew)
	}
	p.useCollection()
	p.emit(pushEvents[at])
}

// endPlaces returns the places of n elements at an end.
func (p *entryRef) endPlaces(n int, at store.ListEnd) (from, to int) {
	if at == store.ListHead {
		return 0, n
	}
	size := p.listLength()
	return size - n, size
}

// rotate moves an element from an end of a list to one of the same list.
func (p *entryRef) rotate(element []byte, take, put store.ListEnd) (shortage, error) {
	size := p.listLength()
	from, _ := p.endPlaces(1, take)
	to := 0
	if put == store.ListTail {
		to = size - 1 // without the element
	}
	switch {
	case take == put:
	case isLarge(p.entry):
		if short, err := p.growTree(func(d *treeDemand) { d.addElements([][]byte{element, element}) }, func(t *tree.Tree) {
			t.DeleteAt(from)
			t.InsertAt(to, element)
		}); err != nil {
			return short, err
		}
	default:
		all := p.smallList().elements(0, size)
		all = slices.Insert(slices.Delete(all, from, from+1), to, element)
		p.writeSmall(all)
		if short, err := p.storeSmall(true); err != nil {
			return short, err
		}
	}
	p.useCollection()
	p.emit(pushEvents[put])
	p.emit(popEvents[take])
	return shortage{}, nil
}

// writeSmall writes a small list into the scratch.
func (p *entryRef) writeSmall(all [][]byte) {
	p.beginSmall(len(all))
	for _, element := range all {
		p.scratch = appendBytes(p.scratch, element)
	}
}

// trim removes the elements that are not in some places, of which there is at least one.
func (p *entryRef) trim(from, to int) error {
	size := p.listLength()
	switch {
	case to-from == size:
	case !isLarge(p.entry):
		l := p.smallList()
		kept := l.all[l.offset(from):l.offset(to)]
		p.beginSmall(to - from)
		p.scratch = append(p.scratch, kept...)
		if _, err := p.storeSmall(true); err != nil {
			return err
		}
	case to-from < min(size/rebuilt, smallElements, p.space.engine.longElements) && p.rebuild(from, to):
	default:
		if err := p.reserveChange(p.beginTree(), min(size-(to-from), 2*cutAtOnce)); err != nil {
			return err
		}
		if to < size {
			p.cut(to, size)
		}
		if from > 0 {
			p.cut(0, from)
		}
	}
	p.endDrop(to-from, store.EventLTrim)
	return nil
}

// rebuilt is how many times as many elements a list has to lose as it keeps to be made anew. What it loses then ends in
// steps.
const rebuilt = 16

// rebuild makes a large list anew from the elements of some places. It returns false, with nothing changed, where there is
// no memory for that.
func (p *entryRef) rebuild(from, to int) bool {
	var all [][]byte
	size := 2
	p.eachListed(from, to, false, func(element []byte) bool {
		all = append(all, bytes.Clone(element))
		size += len(element) + 1
		return true
	})
	root := bytes.Clone(rootsOf(p.entry))
	var err error
	if size > p.space.engine.smallBytes || len(all) > smallElements {
		_, err = p.makeListLarge(all)
	} else {
		p.writeSmall(all)
		_, err = p.storeSmall(false)
	}
	if err != nil {
		return false
	}
	p.shard.addOrphan(root)
	return true
}
