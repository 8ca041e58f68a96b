package memory

import (
	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// listEnd is an end of a large list. A shard keeps those of the list that was pushed or popped last, since who uses a list
// as a queue or a stack comes again. It is the list's as long as no entry of the shard has moved and the tree has its nodes.
type listEnd struct {
	ref   arena.Ref
	token uint64 // of the list's nodes
	moves uint64 // of the table
	tree.End
}

// listEnd returns an end of a large list; nil of another entry, or where a view needs the nodes on the way.
func (p *entryRef) listEnd(at store.ListEnd) (end *listEnd, root []byte) {
	if p.ref == 0 || !isLarge(p.entry) {
		return nil, nil
	}
	root = collectionBody(p.entry)
	token := uint64(get64(root, rootToken))
	if p.views != nil && p.views[token] != nil {
		return nil, nil
	}
	if p.ends == nil {
		p.ends = new([2]listEnd)
	}
	end = &p.ends[at]
	if end.ref != p.ref || end.token != token || end.moves != p.table.Moves || !end.Is(root[rootState:]) {
		end.ref, end.token, end.moves = p.ref, token, p.table.Moves
		end.Find(p.beginTree(), root[rootState:], at == store.ListTail)
	}
	return end, root
}

// watchEnd returns who is told of changes at the ends of a list; nil: nobody is.
func (p *entryRef) watchEnd() *treeWatch {
	if p.recorder == nil {
		return nil
	}
	w := &p.open[0].watched
	*w = treeWatch{p.shard, p.hash, p.key, 0, tree.List, p.partOf(), nil}
	return w
}

// pushAtEnd adds an element at an end of a large list. It returns false, with nothing changed, where nodes have to move
// for that, or the list is not large.
func (p *entryRef) pushAtEnd(element []byte, at store.ListEnd) bool {
	end, root := p.listEnd(at)
	if end == nil || !end.Takes(element) {
		return false
	}
	if w := p.watchEnd(); w != nil {
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
	if w := p.watchEnd(); w != nil {
		from, _ := p.endPlaces(1, at)
		w.Cut(from, 1)
	}
	end.Pop(root[rootState:])
	p.useCollection()
	p.emit(popEvents[at])
	return true
}
