package memory

import (
	"sessd/store"
	"sessd/store/memory/tree"
)

// popMemberAtEnd shows the member at an end of a large sorted set that has others, and removes it. It returns done as false, with
// nothing shown or changed, where the end is not to be kept or the name has a node of its own.
func (p *entryRef) popMemberAtEnd(last bool, event store.Event, v store.SortedVisitor) (done bool, err error) {
	end, root := p.keptEnd(last)
	if end == nil {
		return false, nil
	}
	k, ok := end.Key()
	if !ok {
		return false, nil
	}
	p.scratch = append(p.scratch[:0], k.Name...) // nodes may move
	k.Name = p.scratch
	c := &p.open[scoreTree].change
	if !c.Find(p.beginTreeAt(scoreTree), p.fieldKey(k.Name)) {
		return false, nil
	}
	inOrder, inScores := end.Pops(), c.Delete()
	if !inOrder || !inScores {
		if err := p.reserveRemoval(1); err != nil {
			return true, err
		}
	}
	v.Members(1)
	v.Member(k.Name, tree.ScoreOf(k.Prefix), true)
	if inOrder {
		if w := p.watchEnd(tree.Sorted); w != nil {
			w.Deleted(k)
		}
		end.Pop(root[rootState:])
	}
	if inScores {
		c.Do()
		p.endInPlace(scoreTree)
	} else {
		p.beginTreeAt(scoreTree)
		c.Remove()
		p.endTree()
	}
	if !inOrder {
		p.beginTree().Delete(k)
		p.endTree()
	}
	p.endRemoval(1, p.sortedSize(), event)
	return true, nil
}
