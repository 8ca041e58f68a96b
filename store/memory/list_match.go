package memory

import (
	"bytes"
	"context"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// matchedPerShown is how many elements of a list are compared in the time in which one is shown.
const matchedPerShown = 16

// isLongMatch reports whether it takes long to compare n elements of a list.
func (p *entryRef) isLongMatch(ctx context.Context, n int) bool {
	return n/matchedPerShown > p.space.engine.longElements && p.tx == nil && !isAtOnce(ctx) && isLarge(p.entry)
}

// match visits the places of equal elements, as tree.Match does, in steps.
func (v *view) match(e *Engine, value []byte, from, n int, backward bool, visit func(i int) bool) {
	for step, more := matchedPerShown*e.longElements, n > 0; more; n -= step {
		if step = min(step, n); !v.matchSome(value, from, step, backward, visit) {
			return
		}
		if backward {
			from -= step
		} else {
			from += step
		}
		if more = n > step; more {
			giveWay()
		}
	}
}

// matchSome does a step of match, and reports whether visit has returned true always.
func (v *view) matchSome(value []byte, from, n int, backward bool, visit func(i int) bool) (more bool) {
	s := v.lock()
	defer s.mu.Unlock()
	more = true
	t := v.tree()
	t.Match(value, from, n, backward, func(i int) bool {
		more = visit(i)
		return more
	})
	return more
}

// FindElements implements store.Lists.
func (e *Engine) FindElements(ctx context.Context, op store.Op, key, value []byte, s store.ListSearch, visit func(index int)) error {
	found, err := e.findElements(ctx, op, key, value, s, visit)
	if found != nil {
		defer found.close()
		eachEqual(found.size(), s, visit, func(from, n int, backward bool, visit func(i int) bool) {
			found.match(e, value, from, n, backward, visit)
		})
	}
	return err
}

// findElements is FindElements, and returns the view in which it is still to search where that takes long.
func (e *Engine) findElements(ctx context.Context, op store.Op, key, value []byte, s store.ListSearch, visit func(index int)) (*view, error) {
	p, err := e.lockCollection(op, key, tagList, 0)
	if err != nil {
		return nil, err
	}
	defer p.unlock()
	if long := p.ref != 0 && p.isLongMatch(ctx, p.listLength()); long && store.IsImmediate(ctx) {
		return nil, store.ErrLong
	} else if !p.read() {
		return nil, nil
	} else if p.useCollection(); long {
		return p.openView(0), nil
	}
	eachEqual(p.listLength(), s, visit, func(from, n int, backward bool, visit func(i int) bool) {
		p.match(value, from, n, backward, visit)
	})
	return nil, nil
}

// eachEqual visits the places that match visits in a list of a size, as a search says.
func eachEqual(size int, s store.ListSearch, visit func(i int), match func(from, n int, backward bool, visit func(i int) bool)) {
	from, backward, skip, n := 0, false, uint64(s.Rank)-1, size
	if s.Rank < 0 {
		from, backward, skip = size-1, true, -uint64(s.Rank)-1
	}
	if s.MaxSeen > 0 {
		n = int(min(s.MaxSeen, int64(size)))
	}
	found := int64(0)
	match(from, n, backward, func(i int) bool {
		if skip > 0 {
			skip--
			return true
		}
		visit(i)
		found++
		return s.Count <= 0 || found < s.Count
	})
}

// match visits the places of equal elements, as tree.Match does.
func (p *entryRef) match(value []byte, from, n int, backward bool, visit func(i int) bool) {
	if isLarge(p.entry) {
		p.beginTree().Match(value, from, n, backward, visit)
		return
	}
	low, high, by := from, from+n, 1
	if backward {
		low, high, by = from+1-n, from+1, -1
	}
	i := from
	p.smallList().visit(low, high, backward, func(element []byte) bool {
		at := i
		i += by
		return !bytes.Equal(element, value) || visit(at)
	})
}

// findElement returns the place of the first element that is equal to one, -1 where there is none.
func (p *entryRef) findElement(value []byte) int {
	at := -1
	p.match(value, 0, p.listLength(), false, func(i int) bool {
		at = i
		return false
	})
	return at
}

// foundElement is a view in which an element is to be found, and its place; -1: it is not there.
type foundElement struct {
	*view
	at int
}

// InsertElement implements store.Lists.
func (e *Engine) InsertElement(ctx context.Context, op store.Op, key, pivot, value []byte, after bool) (int, error) {
	var found *foundElement
	for try := 0; ; try++ {
		if try > tries {
			ctx = atOnce{ctx}
		}
		n, long, err := e.insertElement(ctx, op, key, pivot, value, after, found)
		if found != nil {
			found.close()
		}
		if err != errChanged && long == nil {
			return n, err
		}
		if found = long; found != nil {
			found.match(e, pivot, 0, found.size(), false, func(i int) bool {
				found.at = i
				return false
			})
		}
	}
}

// insertElement is InsertElement. It returns a view where it takes long to find the pivot. If that was found before and
// the list is another one since, it returns errChanged, with nothing changed.
func (e *Engine) insertElement(ctx context.Context, op store.Op, key, pivot, value []byte, after bool, found *foundElement) (n int, long *foundElement, err error) {
	n, err = withRoom(e, &op, func(claimed int64) (int, shortage, error) {
		p, err := e.lockCollection(op, key, tagList, claimed)
		if err != nil {
			return 0, shortage{}, err
		}
		defer p.unlock()
		i := -1
		switch {
		case found != nil && !found.isOfList(&p):
			return 0, shortage{}, errChanged
		case found != nil:
			i = found.at
		case p.ref == 0:
			return 0, shortage{}, nil
		case p.isLongMatch(ctx, p.listLength()):
			if store.IsImmediate(ctx) {
				return 0, shortage{}, store.ErrLong
			}
			long = &foundElement{p.openView(0), -1}
			return 0, shortage{}, nil
		default:
			i = p.findElement(pivot)
		}
		if i < 0 {
			return -1, shortage{}, nil
		}
		if after {
			i++
		}
		if short, err := p.spliceList(i, i, [][]byte{value}); err != nil {
			return 0, short, err
		}
		p.useCollection()
		p.emit(store.EventLInsert)
		return p.listLength(), shortage{}, nil
	})
	return n, long, err
}

// isOfList reports whether the view shows what the entry is now: a list.
func (v *view) isOfList(p *entryRef) bool {
	return p.ref != 0 && p.isCollection(tagList) && isLarge(p.entry) && v.isOf(p, false)
}

// RemoveElements implements store.Lists.
func (e *Engine) RemoveElements(ctx context.Context, op store.Op, key, value []byte, count int64) (int, error) {
	for try := 0; ; try++ {
		if try > tries {
			ctx = atOnce{ctx}
		}
		n, long, err := e.removeElements(ctx, op, key, value, count)
		if long == nil {
			return n, err
		}
		if n, err = e.removeFound(op, key, value, count, long); err == errAtOnce {
			try = tries
		} else if err != errChanged {
			return n, err
		}
	}
}

// removeElements is RemoveElements. It returns a view where that takes long.
func (e *Engine) removeElements(ctx context.Context, op store.Op, key, value []byte, count int64) (int, *view, error) {
	p, err := e.lockCollection(op, key, tagList, 0)
	if err != nil {
		return 0, nil, err
	}
	defer p.unlock()
	switch {
	case p.ref == 0:
		return 0, nil, nil
	case !p.isLongMatch(ctx, p.listLength()):
		n, err := p.removeEqual(value, count)
		return n, nil, err
	case store.IsImmediate(ctx):
		return 0, nil, store.ErrLong
	}
	return 0, p.openView(0), nil
}

// placesOf returns the places of the elements that RemoveElements removes, in order.
func (v *view) placesOf(e *Engine, value []byte, count int64) (places []int) {
	size, backward := v.size(), count < 0
	from, limit := 0, int64(size)
	if backward {
		from = size - 1
	}
	if count != 0 && count > -limit && count < limit {
		limit = max(count, -count)
	}
	v.match(e, value, from, size, backward, func(i int) bool {
		places = append(places, i)
		return int64(len(places)) < limit
	})
	if backward {
		slices.Reverse(places)
	}
	return places
}

// removeFound removes elements that are found in a view, which it closes. It returns errChanged, with nothing changed, where
// the list is another one then, and errAtOnce where it is to be done under the lock.
func (e *Engine) removeFound(op store.Op, key, value []byte, count int64, found *view) (int, error) {
	defer found.close()
	places := found.placesOf(e, value, count)
	switch n := len(places); {
	case n == 0:
		return 0, nil
	case n > e.longElements && n < found.size():
		return e.removeManyPlaces(op, key, value, count)
	}
	p, err := e.lockCollection(op, key, tagList, 0)
	if err == store.ErrWrongType {
		return 0, errChanged
	} else if err != nil {
		return 0, err
	}
	defer p.unlock()
	if !found.isOfList(&p) {
		return 0, errChanged
	}
	left := found.size() - len(places)
	if left > 0 {
		t := p.beginTree()
		if err := p.reserveChange(t, len(places)); err != nil {
			return 0, err
		}
		for _, i := range slices.Backward(places) {
			t.DeleteAt(i)
		}
		p.endTree()
	}
	p.endDrop(left, store.EventLRem)
	return len(places), nil
}

// removeManyPlaces is RemoveElements by a revision.
func (e *Engine) removeManyPlaces(op store.Op, key, value []byte, count int64) (removed int, err error) {
	err = e.tryRevision(op, key, &longChange{first: tagList, plan: (*entryRef).listLength, change: func(r *revision) error {
		if r.isNew() {
			return errChanged
		}
		places := r.views[0].placesOf(e, value, count)
		slices.Reverse(places)
		removed = len(places)
		return r.remove(0, removed, func(_ *entryRef, t *tree.Tree, i int) { t.DeleteAt(places[i]) })
	}, done: func(r *revision, p *entryRef) {
		if removed > 0 {
			p.endDrop(r.count(), store.EventLRem)
		}
	}})
	if err == store.ErrNoMemory || err == store.ErrWrongType {
		err = errAtOnce
	}
	return removed, err
}

// removeEqual removes elements that are equal to one, as RemoveElements says, and returns how many.
func (p *entryRef) removeEqual(value []byte, count int64) (n int, err error) {
	size := p.listLength()
	limit := size
	if count != 0 && count > -int64(size) && count < int64(size) {
		limit = int(max(count, -count))
	}
	switch {
	case limit == size && p.isAll(value, size):
		n = size
	case isLarge(p.entry):
		if err := p.reserveChange(p.beginTree(), min(limit, cutAtOnce)); err != nil {
			return 0, err
		}
		n = p.beginTree().DeleteEqual(value, limit, count < 0)
		p.endTree()
	default:
		if n, err = p.removeSmall(value, limit, count < 0); err != nil {
			return 0, err
		}
	}
	if n > 0 {
		p.endDrop(size-n, store.EventLRem)
	}
	return n, nil
}

// isAll reports whether all elements are equal to one, so that the list ends at once.
func (p *entryRef) isAll(value []byte, size int) bool {
	for _, i := range [...]int{0, size / 2, size - 1} { // mostly one of these tells
		if !bytes.Equal(p.elementAt(i), value) {
			return false
		}
	}
	n := 0
	p.match(value, 0, size, false, func(i int) bool {
		n++
		return i == n-1
	})
	return n == size
}

// removeSmall is removeEqual for a small list, of which some elements stay.
func (p *entryRef) removeSmall(value []byte, limit int, backward bool) (n int, err error) {
	all := p.smallList().elements(0, p.listLength())
	if backward {
		slices.Reverse(all)
	}
	all = slices.DeleteFunc(all, func(element []byte) bool {
		if n == limit || !bytes.Equal(element, value) {
			return false
		}
		n++
		return true
	})
	if backward {
		slices.Reverse(all)
	}
	if n == 0 {
		return n, nil
	}
	p.writeSmall(all)
	_, err = p.storeSmall(true)
	return n, err
}
