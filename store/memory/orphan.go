package memory

import (
	"bytes"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// orphan is a tree whose nodes wait to be freed: that of a collection that is gone, or a part that was cut off one.
// Nodes of a part count for its collection.
type orphan struct {
	token uint64
	nodes int // counted here; where a part was cut off a collection that is gone now, its record has those of both
	state [tree.StateSize]byte
	key   []byte // of the collection that a part was cut off; nil: that is gone
}

// orphanBytes is what an orphan is counted for beside its nodes.
const orphanBytes = 32

// addOrphan leaves the nodes of a collection that ends to the background.
func (s *shard) addOrphan(body []byte) {
	a := orphan{token: uint64(get64(body, rootToken)), nodes: get32(body, rootNodes)}
	s.views[a.token].change()
	delete(s.hints, a.token)
	if a.nodes == 0 {
		return
	}
	s.eachCut(a.token, func(part *orphan) {
		part.key = nil
		s.cuts--
	})
	copy(a.state[:], body[rootState:])
	s.leaveToSweep(a)
}

// leaveToSweep leaves an orphan to the background.
func (s *shard) leaveToSweep(a orphan) {
	s.orphans = append(s.orphans, a)
	s.trees.Add(1)
	s.space.trees.Add(1)
	s.space.engine.waker.set(immediately)
}

// eachCut visits the parts that were cut off a collection, which is there.
func (s *shard) eachCut(token uint64, visit func(part *orphan)) {
	if s.cuts == 0 {
		return
	}
	for i := range s.orphans {
		if a := &s.orphans[i]; a.token == token && a.key != nil {
			visit(a)
		}
	}
}

// cutEnd removes the elements of a large collection with one tree before a place, or from it on, and leaves them to the
// background. The memory is obtained.
func (p *entryRef) cutEnd(i int, after bool) {
	s, key, t := p.shard, bytes.Clone(p.key), p.beginTree()
	token := p.open[0].nodes.token
	t.CutEnd(i, after, func(part tree.Tree) {
		a := orphan{token: token, key: key}
		part.AppendTo(a.state[:0])
		s.leaveToSweep(a)
		s.cuts++
	})
	p.endTree()
	s.ends = nil // whose places may be of the parts
}

// settleCut takes nodes that were freed of a part from what its collection counts.
func (s *shard) settleCut(a *orphan, nodes int, bytes int64) {
	_, entry := lookup(&s.table, uint32(s.space.hash(a.key)), a.key)
	for root := range slices.Chunk(rootsOf(entry), rootSize) {
		if uint64(get64(root, rootToken)) == a.token {
			s.tally(entry, -1)
			set32(root, rootNodes, get32(root, rootNodes)-nodes)
			tree.Discount(root[rootState:], bytes)
			s.tally(entry, 1)
			return
		}
	}
	panic("memory: a part was cut off no collection")
}

// forgetOrphans forgets orphans, whose nodes are gone with the table.
func (s *shard) forgetOrphans() {
	n := int32(len(s.orphans))
	s.trees.Add(-n)
	s.space.trees.Add(-int64(n))
	s.orphans, s.cuts = nil, 0
}

// sweepNodes is how many nodes are freed under one lock.
const sweepNodes = 64

// sweepTree frees some nodes of an orphan, and reports whether there was one.
func (k *keyspace) sweepTree(op store.Op) bool {
	if k.trees.Load() == 0 {
		return false
	}
	for i := range k.shards {
		if s := &k.shards[i]; s.trees.Load() > 0 {
			s.lock(op)
			done := s.sweepTree()
			s.unlock()
			if done {
				return true
			}
		}
	}
	return false
}

func (s *shard) sweepTree() bool {
	last := len(s.orphans) - 1
	i := last
	for i >= 0 && s.views[s.orphans[i].token] != nil {
		i--
	}
	if i < 0 {
		return false
	}
	s.orphans[i], s.orphans[last] = s.orphans[last], s.orphans[i]
	a := &s.orphans[last]
	nodes := treeNodes{shard: s, token: a.token, count: a.nodes}
	t := tree.Open(&nodes, a.state[:])
	before := t.Bytes()
	empty := t.FreeSome(sweepNodes)
	if a.key != nil {
		s.settleCut(a, a.nodes-nodes.count, before-t.Bytes())
		nodes.count = a.nodes
	}
	if empty {
		if a.key != nil {
			s.cuts--
		}
		s.carryOver(a.token, nodes.count)
		s.orphans = s.orphans[:len(s.orphans)-1]
		s.trees.Add(-1)
		s.space.trees.Add(-1)
		if len(s.orphans) == 0 {
			s.orphans = nil
		}
		return true
	}
	a.nodes = nodes.count
	t.AppendTo(a.state[:0])
	return true
}

// carryOver adds nodes, of the last orphan, to those counted for another one of the same collection.
func (s *shard) carryOver(token uint64, nodes int) {
	if nodes == 0 {
		return
	}
	for i := range len(s.orphans) - 1 {
		if a := &s.orphans[i]; a.token == token {
			a.nodes += nodes
			return
		}
	}
}

// addOrphans adds the nodes of orphans.
func (c *contents) addOrphans(s *shard) error {
	if n := int(s.trees.Load()); n != len(s.orphans) {
		return errNodes
	}
	for _, a := range s.orphans {
		c.reached += a.nodes
	}
	return nil
}
