package memory

import (
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// keptEnd is an end of the first tree of a large list or sorted set. A shard keeps those of the one that was pushed or popped
// last, since who uses it as a queue or a stack comes again. It is the collection's as long as no entry of the shard has moved
// and the tree has its nodes.
type keptEnd struct {
	ref   arena.Ref
	token uint64 // of the tree's nodes
	moves uint64 // of the table
	tree.End
}

// keptEnd returns an end of the first tree of a large collection; nil where a view needs the nodes on the way.
func (p *entryRef) keptEnd(last bool) (end *keptEnd, root []byte) {
	root = collectionBody(p.entry)
	token := uint64(get64(root, rootToken))
	if p.views != nil && p.views[token] != nil {
		return nil, nil
	}
	if p.ends == nil {
		p.ends = new([2]keptEnd)
	}
	end = &p.ends[0]
	if last {
		end = &p.ends[1]
	}
	if end.ref != p.ref || end.token != token || end.moves != p.table.Moves || !end.Is(root[rootState:]) {
		end.ref, end.token, end.moves = p.ref, token, p.table.Moves
		end.Find(p.beginTree(), root[rootState:], last)
	}
	return end, root
}

// watchEnd returns who is told of changes at the ends of the first tree, of an order; nil: nobody is.
func (p *entryRef) watchEnd(order tree.Order) *treeWatch {
	if p.recorder == nil {
		return nil
	}
	w := &p.open[0].watched
	*w = treeWatch{p.shard, p.hash, p.key, 0, order, p.partOf(), nil}
	return w
}
