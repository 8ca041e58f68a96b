package memory

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync/atomic"

	"sessd/store"
	"sessd/store/memory/tree"
)

// stagedCollection is a large collection that is made in steps, each of which holds the lock of its shard for a short
// time. Nobody finds it before it gets a key, which takes one step.
type stagedCollection struct {
	shard atomic.Pointer[shard] // which changes when keyspaces are swapped
	first byte                  // of its entry
	roots []byte                // as in its entry
	loose []looseNode           // of a tree that is not complete, whose root is empty
	ended bool                  // it has a key, or its keyspace was flushed

	looseBytes int64 // of the loose nodes

	redo   redo // of what its steps have done
	untold bool // some of that is not in the redo, since nobody recorded then
}

// errChanged says that what is made beside is not what it was to be any more.
var errChanged = errors.New("memory: what an operation began with has changed")

// tries is how often an operation is prepared beside the locks when what it needs changes meanwhile. Then it holds them.
const tries = 3

// shardFor returns the shard where a key belongs.
func (e *Engine) shardFor(op store.Op, key []byte) *shard {
	k := e.spaceOf(op)
	return &k.shards[k.shardOf(k.hash(key))]
}

// newStaged returns an empty collection in the shard where a key belongs. It has to be dropped, or to get a key.
func (e *Engine) newStaged(op store.Op, key []byte, first byte) *stagedCollection {
	s := e.shardFor(op, key)
	u := &stagedCollection{first: first, roots: kinds[first].(collectionKind).appendRoots(nil, e)}
	u.shard.Store(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.staged = append(s.staged, u)
	return u
}

// drop ends a collection that got no key.
func (u *stagedCollection) drop() {
	for u.dropLoose() {
	}
	s := lockAt(&u.shard)
	defer s.unlock()
	if !u.ended {
		u.leave(s)
		for root := range slices.Chunk(u.roots, rootSize) {
			s.addOrphan(root)
		}
	}
}

// leave takes the collection off the list of those without a key.
func (u *stagedCollection) leave(s *shard) {
	u.ended = true
	if i := slices.Index(s.staged, u); i >= 0 {
		s.staged = slices.Delete(s.staged, i, i+1)
	}
	if len(s.staged) == 0 {
		s.staged = nil
	}
}

// lock locks the shard of the collection for a step that has claimed so much memory. It returns errChanged where the collection is not
// where the key belongs any more.
func (u *stagedCollection) lock(e *Engine, op store.Op, key []byte, claimed int64) (*shard, error) {
	s := e.shardFor(op, key)
	s.mu.Lock()
	s.claimed = claimed
	if u.ended || u.shard.Load() != s {
		s.unlock()
		return nil, errChanged
	}
	return s, nil
}

// step does a step in a tree of the collection: demand says what it needs, and set does it.
func (u *stagedCollection) step(e *Engine, op store.Op, key []byte, root int, demand func(*treeDemand), set func(p *entryRef, t *tree.Tree)) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		s, err := u.lock(e, op, key, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer s.unlock()
		p := entryRef{shard: s, now: op.Now, key: key}
		body := u.roots[root*rootSize:][:rootSize]
		var d treeDemand
		t := tree.Open(nil, body[rootState:])
		d.limit = t.TextLimit()
		demand(&d)
		if short, err := d.room(&p, body, 0); err != nil {
			return struct{}{}, short, err
		}
		o := &s.open[root]
		o.open(s, body)
		if s.recorder == nil {
			u.untold = true
		} else {
			o.watched = treeWatch{s, 0, key, root, o.tree.Order(), nil, &u.redo}
			o.tree.Watch(&o.watched)
		}
		set(&p, &o.tree)
		o.keep(body)
		return struct{}{}, shortage{}, nil
	})
	return err
}

// each calls step for some of n elements at a time.
func (u *stagedCollection) each(e *Engine, op store.Op, key []byte, root, n int, size func(i int) (name, value int), set func(p *entryRef, t *tree.Tree, i int)) error {
	return u.eachDemanding(e, op, key, root, n, stepElements, size, func(d *treeDemand, i int) { d.add(size(i)) }, set)
}

// eachDemanding is each for up to most elements at a time, where one needs what demand adds.
func (u *stagedCollection) eachDemanding(e *Engine, op store.Op, key []byte, root, n, most int, size func(i int) (name, value int), demand func(d *treeDemand, i int), set func(p *entryRef, t *tree.Tree, i int)) error {
	for from := 0; from < n; {
		to, bytes := from, 0
		for ; to < n && to-from < most && bytes < stepElements<<10; to++ {
			name, value := size(to)
			bytes += name + value
		}
		err := u.step(e, op, key, root, func(d *treeDemand) {
			for i := from; i < to; i++ {
				demand(d, i)
			}
		}, func(p *entryRef, t *tree.Tree) {
			for i := from; i < to; i++ {
				set(p, t, i)
			}
		})
		if err != nil {
			return err
		}
		from = to
		u.redo.makeRoom()
		giveWay()
	}
	return nil
}

// appendBody appends the body of the collection.
func (u *stagedCollection) appendBody(dst []byte, s *shard) []byte {
	dst = append(dst, u.roots...)
	if u.first == tagTimedHash {
		root := u.roots[rootSize:]
		ends := tree.Open(s.nodesOf(root), root[rootState:])
		dst = binary.LittleEndian.AppendUint64(dst, uint64(firstEnd(&ends)))
	}
	return dst
}

// overwriteStaged makes the collection the entry, over what was there.
func (p *entryRef) overwriteStaged(u *stagedCollection) (shortage, error) {
	if u.ended || u.shard.Load() != p.shard {
		return shortage{}, errChanged
	}
	h := newCollection(u.first, p.now)
	h.first |= flagLarge
	p.scratch = u.appendBody(h.append(p.scratch[:0], p.key), p.shard)
	if short, err := p.overwriteSmall(); err != nil {
		return short, err
	}
	u.leave(p.shard)
	if p.recorder != nil && !p.tellChanges(u) {
		p.eachLargeElement(func(w *treeWatch, i int, item tree.Item) { w.tellOf(i, item) })
	}
	return shortage{}, nil
}

// makeSet makes a set.
func (e *Engine) makeSet(op store.Op, key []byte, all []store.Scored) (*stagedCollection, error) {
	u := e.newStaged(op, key, tagSet)
	err := u.each(e, op, key, 0, len(all), func(i int) (name, value int) { return len(all[i].Member), 0 },
		func(p *entryRef, t *tree.Tree, i int) { t.Set(p.fieldKey(all[i].Member), nil) })
	return u.made(err)
}

// makeSorted makes a sorted set.
func (e *Engine) makeSorted(op store.Op, key []byte, all []store.Scored) (*stagedCollection, error) {
	u := e.newStaged(op, key, tagSorted)
	ordered := make([]store.Scored, 0, len(all))
	for some := range slices.Chunk(all, stepElements) { // the collector stops everybody for as long as one copy takes
		ordered = append(ordered, some...)
	}
	sortScored(op, ordered)
	err := u.each(e, op, key, orderTree, len(all), func(i int) (name, value int) { return len(ordered[i].Member), 0 },
		func(_ *entryRef, t *tree.Tree, i int) { t.Set(scoreKey(ordered[i].Score, ordered[i].Member), nil) })
	if err == nil {
		err = u.each(e, op, key, scoreTree, len(all), func(i int) (name, value int) { return len(all[i].Member), 8 },
			func(p *entryRef, t *tree.Tree, i int) { p.setScore(t, scoreKey(all[i].Score, all[i].Member)) })
	}
	return u.made(err)
}

// made returns the collection, or drops it with an error.
func (u *stagedCollection) made(err error) (*stagedCollection, error) {
	if err != nil {
		u.drop()
		return nil, err
	}
	return u, nil
}

// addStaged adds the nodes of collections without a key.
func (c *contents) addStaged(s *shard) error {
	for _, u := range s.staged {
		c.reached += len(u.loose)
		for root := range slices.Chunk(u.roots, rootSize) {
			if err := c.addTree(s, root); err != nil {
				return err
			}
		}
	}
	return nil
}

// endStaged ends the collections without a key of a shard that is emptied.
func (s *shard) endStaged() {
	for _, u := range s.staged {
		u.ended = true
	}
	s.staged = nil
}

// takeStaged says that the collections without a key of a shard are of this one now.
func (s *shard) takeStaged() {
	for _, u := range s.staged {
		u.shard.Store(s)
	}
}
