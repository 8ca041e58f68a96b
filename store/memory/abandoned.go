package memory

import (
	"bytes"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// abandoned is a tree whose nodes wait for being freed: that of a collection that is gone, or a part that was cut off one.
// Nodes of a part count for its collection.
type abandoned struct {
	token uint64
	nodes int // counted here; where a part was cut off a collection that is gone now, its record has those of both
	state [tree.StateSize]byte
	key   []byte // of the collection that a part was cut off; nil: that is gone
}

// abandonedBytes is what an abandoned tree is counted for beside its nodes.
const abandonedBytes = 32

// abandon leaves the nodes of a collection that ends to the background.
func (s *shard) abandon(body []byte) {
	a := abandoned{token: uint64(get64(body, rootToken)), nodes: get32(body, rootNodes)}
	s.views[a.token].change()
	delete(s.hints, a.token)
	if a.nodes == 0 {
		return
	}
	s.eachCut(a.token, func(part *abandoned) {
		part.key = nil
		s.cuts--
	})
	copy(a.state[:], body[rootState:])
	s.leaveToSweep(a)
}

// leaveToSweep leaves an abandoned tree to the background.
func (s *shard) leaveToSweep(a abandoned) {
	s.abandoned = append(s.abandoned, a)
	s.trees.Add(1)
	s.space.trees.Add(1)
	s.space.engine.waker.set(immediately)
}

// eachCut visits the parts that were cut off a collection, which is there.
func (s *shard) eachCut(token uint64, visit func(part *abandoned)) {
	if s.cuts == 0 {
		return
	}
	for i := range s.abandoned {
		if a := &s.abandoned[i]; a.token == token && a.key != nil {
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
		a := abandoned{token: token, key: key}
		part.AppendTo(a.state[:0])
		s.leaveToSweep(a)
		s.cuts++
	})
	p.endTree()
	s.ends = nil // whose places may be of the parts
}

// settleCut takes nodes that were freed of a part from what its collection counts.
func (s *shard) settleCut(a *abandoned, nodes int, bytes int64) {
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

// forgetAbandoned forgets abandoned trees, whose nodes are gone with the table.
func (s *shard) forgetAbandoned() {
	n := int32(len(s.abandoned))
	s.trees.Add(-n)
	s.space.trees.Add(-int64(n))
	s.abandoned, s.cuts = nil, 0
}

// sweepNodes is how many nodes are freed under one lock.
const sweepNodes = 64

// sweepTree frees some nodes of an abandoned tree, and reports whether there was one.
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
	last := len(s.abandoned) - 1
	i := last
	for i >= 0 && s.views[s.abandoned[i].token] != nil {
		i--
	}
	if i < 0 {
		return false
	}
	s.abandoned[i], s.abandoned[last] = s.abandoned[last], s.abandoned[i]
	a := &s.abandoned[last]
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
		s.abandoned = s.abandoned[:len(s.abandoned)-1]
		s.trees.Add(-1)
		s.space.trees.Add(-1)
		if len(s.abandoned) == 0 {
			s.abandoned = nil
		}
		return true
	}
	a.nodes = nodes.count
	t.AppendTo(a.state[:0])
	return true
}

// carryOver adds nodes, of the last abandoned tree, to those counted for another one of the same collection.
func (s *shard) carryOver(token uint64, nodes int) {
	if nodes == 0 {
		return
	}
	for i := range len(s.abandoned) - 1 {
		if a := &s.abandoned[i]; a.token == token {
			a.nodes += nodes
			return
		}
	}
}

// addAbandoned adds the nodes of abandoned trees.
func (c *contents) addAbandoned(s *shard) error {
	if n := int(s.trees.Load()); n != len(s.abandoned) {
		return errNodes
	}
	for _, a := range s.abandoned {
		c.reached += a.nodes
	}
	return nil
}
