package memory

import (
	"errors"
	"math"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// Limits of a step of copying nodes.
const (
	nodesAtOnce  = 64
	copiesAtOnce = 32
	copiedAtOnce = 64 << 10 // bytes, before the last node
)

// transplant is a copy of a large collection in the shard of another key. It is made in steps, and a last one gives it
// that key.
type transplant struct {
	first byte    // of the entry
	views []*view // of its trees
	made  *stagedCollection
}

func (t *transplant) close() {
	if t == nil {
		return
	}
	for _, v := range t.views {
		v.close()
	}
	if t.made != nil {
		t.made.drop()
	}
}

// isOf reports whether what was copied is what the entry is now.
func (t *transplant) isOf(p *entryRef) bool {
	if p.ref == 0 || tag(p.entry) != tagCollection || !isLarge(p.entry) || p.entry[0]&collectionMask != t.first {
		return false
	}
	for i, v := range t.views {
		if !v.shows(rootsOf(p.entry)[i*rootSize:]) {
			return false
		}
	}
	return true
}

// errBeside says that what an operation takes long for is to be made before it locks anything.
var errBeside = errors.New("memory: a copy is to be made first")

// shouldTransplant reports whether it takes long to copy the entry to a shard.
func (p *entryRef) shouldTransplant(to *shard, o *store.TransferOptions) bool {
	if p.ref == 0 || p.tx != nil || tag(p.entry) != tagCollection || !isLarge(p.entry) || !o.Copies && p.shard == to {
		return false
	}
	nodes := 0
	for root := range slices.Chunk(rootsOf(p.entry), rootSize) {
		nodes += get32(root, rootNodes)
	}
	return nodes > min(nodesAtOnce, p.space.engine.longElements)
}

// transplant copies the nodes of a large collection for a transfer. It returns nil where that is not needed any more.
func (e *Engine) transplant(op store.Op, key []byte, o *store.TransferOptions) (*transplant, error) {
	there := there(op, o)
	t, err := e.viewTransfer(op, key, e.shardFor(there, o.Key), o)
	if t == nil || err != nil {
		return nil, err
	}
	t.made = e.newStaged(there, o.Key, t.first)
	over := int64(math.MaxInt64) // soon what has moved takes no more than before
	if o.Copies {
		over = 0
	}
	for root := range t.views {
		if err := t.copyTree(e, there, o.Key, root, over); err != nil {
			t.close()
			return nil, err
		}
	}
	return t, nil
}

// viewTransfer opens views of the collection, to copy it.
func (e *Engine) viewTransfer(op store.Op, key []byte, to *shard, o *store.TransferOptions) (*transplant, error) {
	h, err := e.lockKeys(op, [][]byte{key}, 1)
	if err != nil {
		return nil, err
	}
	defer h.unlock()
	p := h.find(key)
	if !p.shouldTransplant(to, o) {
		return nil, nil
	}
	t := &transplant{first: p.entry[0] & collectionMask}
	for i := range len(rootsOf(p.entry)) / rootSize {
		t.views = append(t.views, p.openView(i))
	}
	return t, nil
}

// nodeCopy is a node on its way.
type nodeCopy struct {
	number uint32
	level  int
	bytes  []byte
}

// copyTree copies all nodes of a tree. They may be over the limit of memory, by so many bytes in a step.
func (t *transplant) copyTree(e *Engine, there store.Op, key []byte, root int, over int64) error {
	v := t.views[root]
	of := v.tree()
	var todo []nodeCopy
	if n, ok := of.Root(); ok {
		todo = append(todo, nodeCopy{number: n})
	}
	for len(todo) > 0 {
		var some []nodeCopy
		some, todo = v.takeNodes(todo)
		if err := t.made.plant(e, there, key, root, some, over); err != nil {
			return err
		}
		giveWay()
	}
	return t.made.complete(root, v.state[:])
}

// takeNodes copies some nodes that are to be copied, and returns them and those that are left.
func (v *view) takeNodes(todo []nodeCopy) (some, left []nodeCopy) {
	s := v.lock()
	defer s.mu.Unlock()
	of := v.tree()
	for size := 0; len(todo) > 0 && len(some) < copiesAtOnce && size < copiedAtOnce; {
		one := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		of.Below(one.number, one.level, func(n uint32, level int) { todo = append(todo, nodeCopy{number: n, level: level}) })
		one.bytes = slices.Clone(v.Get(one.number))
		size += len(one.bytes)
		some = append(some, one)
	}
	return some, todo
}

// plant stores nodes of a tree that is not complete yet.
func (u *stagedCollection) plant(e *Engine, op store.Op, key []byte, root int, some []nodeCopy, over int64) error {
	_, err := withRoomOver(e, &op, over, func(claimed int64) (struct{}, shortage, error) {
		s, err := u.lock(e, op, key, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer s.unlock()
		need, token := int64(0), uint64(get64(u.roots[root*rootSize:], rootToken))
		for _, one := range some {
			hash := hashOfNode(token, one.number)
			need += int64(s.table.Room(nodeSize+len(one.bytes))) + s.table.Index.Need(hash)
		}
		if e.limits.Load().MaxMemory > 0 && !s.claim(need) {
			return struct{}{}, shortage{need: need}, store.ErrNoMemory
		}
		for _, one := range some {
			hash := hashOfNode(token, one.number)
			if !s.table.Reserve(hash, nodeSize+len(one.bytes)) {
				return struct{}{}, shortage{}, store.ErrNoMemory
			}
			_, entry := s.table.Add(hash, nodeSize+len(one.bytes))
			copy(entry[nodeSize:nodeSize+len(one.bytes)], one.bytes)
			entry[0] = tagNode
			set64(entry, nodeToken, int64(token))
			set32(entry, nodeNumber, int(one.number))
			u.loose = append(u.loose, looseNode{token, one.number})
			u.looseBytes += int64(len(one.bytes))
		}
		return struct{}{}, shortage{}, nil
	})
	return err
}

// looseNode is a node of a tree that is not complete yet.
type looseNode struct {
	token  uint64
	number uint32
}

// complete makes the nodes that were planted a tree of a state.
func (u *stagedCollection) complete(root int, state []byte) error {
	s := lockAt(&u.shard)
	defer s.mu.Unlock()
	if u.ended {
		return errChanged
	}
	body := u.roots[root*rootSize:]
	copy(body[rootState:rootState+tree.StateSize], state)
	tree.SetBytes(body[rootState:], u.looseBytes) // without those that were cut off
	set32(body, rootNodes, len(u.loose))
	next := uint32(0)
	for _, one := range u.loose {
		next = max(next, one.number)
	}
	set32(body, rootNext, int(next+1))
	u.loose, u.looseBytes = nil, 0
	return nil
}

// dropLoose frees some nodes of trees that are not complete, and reports whether there were any.
func (u *stagedCollection) dropLoose() bool {
	s := lockAt(&u.shard)
	defer s.unlock()
	if u.ended || len(u.loose) == 0 {
		return false
	}
	for range min(len(u.loose), sweepNodes) {
		last := u.loose[len(u.loose)-1]
		u.loose = u.loose[:len(u.loose)-1]
		nodes := treeNodes{shard: s, token: last.token}
		nodes.Free(last.number)
	}
	return true
}
