package memory

import (
	"sessd/store"
	"sessd/store/memory/tree"
)

// listEnd returns an end of a large list; nil of another entry, or where a view needs the nodes on the way.
func (p *entryRef) listEnd(at store.ListEnd) (end *keptEnd, root []byte) {
	if p.ref == 0 || !isLarge(p.entry) {
		return nil, nil
	}
	return p.keptEnd(at == store.ListTail)
}

// pushAtEnd adds an element at an end of a large list. It returns false, with nothing changed, where nodes have to move
// for that, or the list is not large.
func (p *entryRef) pushAtEnd(element []byte, at store.ListEnd) bool {
	end, root := p.listEnd(at)
	if end == nil || !end.Takes(element) {
		return false
	}
	if w := p.watchEnd(tree.List); w != nil {
		from, _ := p.endPlaces(0, at)
		w.Inserted(from, element)
	}
	end.Push(root[rootState:], element)
	return true
}

// popAtEnd shows the element at an end of a large list and removes it. It returns false, with nothing shown or changed,
// where nodes have to move for that, or the list is not large.
func (p *entryRef) popAtEnd(at store.ListEnd, v store.ListVisitor) bool {
	end, root := p.listEnd(at)
	if end == nil {
		return false
	}
	element, ok := end.Value()
	if !ok {
		return false
	}
	v.List(p.key, 1)
	v.Element(element)
	if w := p.watchEnd(tree.List); w != nil {
		from, _ := p.endPlaces(1, at)
		w.Cut(from, 1)
	}
	end.Pop(root[rootState:])
	p.useCollection()
	p.emit(popEvents[at])
	return true
}
