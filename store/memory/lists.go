package memory

import (
	"bytes"
	"context"

	"sessd/store"
	"sessd/store/memory/tree"
)

// PushList implements store.Lists.
func (e *Engine) PushList(ctx context.Context, op store.Op, key []byte, elements [][]byte, at store.ListEnd, ifPresent bool) (int, error) {
	if len(elements) > e.longElements {
		if n, done, err := e.pushMany(ctx, op, key, elements, at, ifPresent); done || err != nil {
			return n, err
		}
	}
	return withRoom(e, &op, func(claimed int64) (int, shortage, error) {
		var p entryRef
		if err := p.lockCollection(e, &op, key, tagList, claimed); err != nil {
			return 0, shortage{}, err
		}
		defer p.unlock()
		if p.ref == 0 && ifPresent {
			return 0, shortage{}, nil
		}
		if short, err := p.push(elements, at); err != nil {
			return 0, short, err
		}
		return p.listLength(), shortage{}, nil
	})
}

// ReplaceList implements store.Lists.
func (e *Engine) ReplaceList(_ context.Context, op store.Op, key []byte, elements [][]byte) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		h, err := e.lockKeysWith(op, [][]byte{key}, 1, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer h.unlock()
		p := h.own(key)
		short, err := h.overwrite(&p, len(elements), store.EventSortStore, func() (shortage, error) { return p.overwriteList(elements) })
		return struct{}{}, short, err
	})
	return err
}

// PopList implements store.Lists. Few elements are shown before the list changes, so it is whole if the visitor panics.
func (e *Engine) PopList(ctx context.Context, op store.Op, keys [][]byte, count int64, at store.ListEnd, v store.ListVisitor) (bool, error) {
	found, many, err := e.popList(ctx, op, keys, count, at, v)
	if many == nil {
		return found, err
	}
	defer many.close()
	many.each(many.from, many.to, at == store.ListTail, func(item tree.Item) bool {
		v.Element(item.Value)
		return true
	})
	return found, err
}

// poppedList is a view of a list before elements of some places were popped, which are still to be shown.
type poppedList struct {
	*view
	from, to int
}

// popList is PopList, and returns what is still to be shown where that takes long.
func (e *Engine) popList(ctx context.Context, op store.Op, keys [][]byte, count int64, at store.ListEnd, v store.ListVisitor) (found bool, many *poppedList, err error) {
	if len(keys) == 1 {
		var p entryRef
		if err := p.lockCollection(e, &op, keys[0], tagList, 0); err != nil {
			return false, nil, err
		}
		defer p.unlock()
		if p.ref == 0 {
			return false, nil, nil
		}
		many, err = p.pop(ctx, count, at, v)
		return true, many, err
	}
	h, err := e.lockKeys(op, keys, 1)
	if err != nil {
		return false, nil, err
	}
	defer h.unlock()
	for _, key := range keys {
		switch p := h.find(key); {
		case p.ref == 0:
		case !p.isCollection(tagList):
			return false, nil, store.ErrWrongType
		default:
			many, err = p.pop(ctx, count, at, v)
			return true, many, err
		}
	}
	return false, nil, nil
}

// pop shows up to count elements from an end and removes them. It returns what is still to be shown where that takes long.
func (p *entryRef) pop(ctx context.Context, count int64, at store.ListEnd, v store.ListVisitor) (many *poppedList, err error) {
	if count == 1 && p.popAtEnd(at, v) {
		return nil, nil
	}
	n := int(min(count, int64(p.listLength())))
	long := n > p.space.engine.longElements && isLarge(p.entry) && p.tx == nil
	if long && store.IsImmediate(ctx) {
		return nil, store.ErrLong
	}
	from, to := p.endPlaces(n, at)
	if long {
		return p.popLong(from, to, at, v)
	}
	if v.List(p.key, n); n == 0 {
		return nil, nil
	}
	p.eachListed(from, to, at == store.ListTail, func(element []byte) bool {
		v.Element(element)
		return true
	})
	return nil, p.dropElements(from, to, popEvents[at])
}

// popLong is pop for the elements of some places of a large list.
func (p *entryRef) popLong(from, to int, at store.ListEnd, v store.ListVisitor) (*poppedList, error) {
	if err := p.reserveChange(p.beginTree(), cutAtOnce); err != nil {
		return nil, err
	}
	many, size := &poppedList{p.openView(0), from, to}, p.listLength()
	v.List(p.key, to-from)
	if to-from < size {
		p.cut(from, to)
	}
	p.endDrop(size-(to-from), popEvents[at])
	return many, nil
}

// readListed locks the shard of a list for an operation that counts as a read.
func (e *Engine) readListed(op store.Op, key []byte) (entryRef, error) {
	p, err := e.lockCollection(op, key, tagList, 0)
	if err == nil && p.read() {
		p.useCollection()
	}
	return p, err
}

// ReadList implements store.Lists.
func (e *Engine) ReadList(ctx context.Context, op store.Op, key []byte, start, stop int64, v store.ListVisitor) error {
	found, from, to, err := e.readList(ctx, op, key, start, stop, v)
	if found != nil {
		defer found.close()
		found.each(from, to, false, func(item tree.Item) bool {
			v.Element(item.Value)
			return true
		})
	}
	return err
}

// readList shows elements of a list, or returns the view in which those of some places are still to be shown.
func (e *Engine) readList(ctx context.Context, op store.Op, key []byte, start, stop int64, v store.ListVisitor) (found *view, from, to int, err error) {
	var p entryRef
	if err = p.lockCollection(e, &op, key, tagList, 0); err != nil {
		return nil, 0, 0, err
	}
	defer p.unlock()
	from, to = spanOfList(start, stop, p.listLength())
	if found, err = p.viewLong(ctx, 0, to-from); err != nil {
		return nil, 0, 0, err
	}
	if !p.read() {
		return nil, 0, 0, nil
	}
	p.useCollection()
	v.List(key, to-from)
	if found == nil {
		p.eachListed(from, to, false, func(element []byte) bool {
			v.Element(element)
			return true
		})
	}
	return found, from, to, nil
}

// ListLength implements store.Lists.
func (e *Engine) ListLength(_ context.Context, op store.Op, key []byte) (int, error) {
	p, err := e.readListed(op, key)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	return p.listLength(), nil
}

// SetElement implements store.Lists.
func (e *Engine) SetElement(_ context.Context, op store.Op, key []byte, index int64, value []byte) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		p, err := e.lockCollection(op, key, tagList, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer p.unlock()
		if p.ref == 0 {
			return struct{}{}, shortage{}, store.ErrNoList
		}
		i, ok := placeOf(index, p.listLength())
		if !ok {
			return struct{}{}, shortage{}, store.ErrIndex
		}
		short, err := p.spliceList(i, i+1, [][]byte{value})
		if err == nil {
			p.useCollection()
			p.emit(store.EventLSet)
		}
		return struct{}{}, short, err
	})
	return err
}

// TrimList implements store.Lists.
func (e *Engine) TrimList(_ context.Context, op store.Op, key []byte, start, stop int64) error {
	p, err := e.lockCollection(op, key, tagList, 0)
	if err != nil {
		return err
	}
	defer p.unlock()
	if p.ref == 0 {
		return nil
	}
	from, to := spanOfList(start, stop, p.listLength())
	if from == to {
		p.endDrop(0, store.EventLTrim)
		return nil
	}
	return p.trim(from, to)
}

// MoveElement implements store.Lists.
func (e *Engine) MoveElement(_ context.Context, op store.Op, from, to []byte, take, put store.ListEnd, show func(element []byte)) (bool, error) {
	return withRoom(e, &op, func(claimed int64) (bool, shortage, error) {
		h, err := e.lockKeysWith(op, [][]byte{from, to}, 1, claimed)
		if err != nil {
			return false, shortage{}, err
		}
		defer h.unlock()
		there := h.find(to) // first, since what has expired is removed, and other entries move with that
		wrong := there.ref != 0 && !there.isCollection(tagList)
		p := h.find(from)
		switch {
		case p.ref == 0:
			return false, shortage{}, nil
		case wrong || !p.isCollection(tagList):
			return false, shortage{}, store.ErrWrongType
		}
		there = h.find(to)
		there.claimed, h.claimed = h.claimed, 0
		short, err := moveElement(&h, &p, &there, take, put, show)
		h.claimed += there.claimed
		there.claimed = 0
		return err == nil, short, err
	})
}

// moveElement moves an element of a list. All memory is obtained before anything changes.
func moveElement(h *lockSet, from, to *entryRef, take, put store.ListEnd, show func(element []byte)) (shortage, error) {
	at, _ := from.endPlaces(1, take)
	element := bytes.Clone(from.elementAt(at))
	if from.shard == to.shard && from.ref == to.ref {
		short, err := from.rotate(element, take, put)
		if err == nil {
			show(element)
		}
		return short, err
	}
	if isLarge(from.entry) {
		if err := from.reserveChange(from.beginTree(), 1); err != nil {
			return shortage{}, err
		}
	}
	if short, err := to.push([][]byte{element}, put); err != nil {
		return short, err
	}
	rest := h.find(from.key) // what was stored may have moved it
	size := rest.listLength()
	switch at, _ = rest.endPlaces(1, take); {
	case size == 1:
	case isLarge(rest.entry):
		rest.cut(at, at+1)
	default:
		if _, err := rest.spliceSmall(at, at+1, nil); err != nil {
			return shortage{}, err
		}
	}
	rest.endDrop(size-1, popEvents[take])
	show(element)
	return shortage{}, nil
}
