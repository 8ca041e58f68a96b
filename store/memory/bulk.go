package memory

import (
	"context"
	"encoding/binary"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// What follows does operations on very many elements of one collection by revisions. Each returns done as false, with
// nothing changed, where the operation is to be done under its lock.

// changeLong is revise for so many elements, whatever the collection.
func (e *Engine) changeLong(ctx context.Context, op store.Op, key []byte, first byte, elements int, change func(*revision) error, done func(*revision, *entryRef)) (bool, error) {
	return e.revise(ctx, op, key, &longChange{first: first, plan: func(*entryRef) int { return elements }, change: change, done: done})
}

// addManyToSet is AddToSet.
func (e *Engine) addManyToSet(ctx context.Context, op store.Op, key []byte, members [][]byte) (added int, done bool, err error) {
	done, err = e.changeLong(ctx, op, key, tagSet, len(members), func(r *revision) error {
		before := r.count()
		err := r.each(0, len(members), func(i int) (name, value int) { return len(members[i]), 0 },
			func(p *entryRef, t *tree.Tree, i int) { t.Set(p.fieldKey(members[i]), nil) })
		added = r.count() - before
		return err
	}, func(r *revision, p *entryRef) { p.emitAdded(r.isNew(), added) })
	return added, done, err
}

// removeNames removes elements by name from a tree.
func (r *revision) removeNames(root int, names [][]byte) error {
	return r.remove(root, len(names), func(p *entryRef, t *tree.Tree, i int) { t.Delete(p.fieldKey(names[i])) })
}

// removeManyFromSet is RemoveFromSet.
func (e *Engine) removeManyFromSet(ctx context.Context, op store.Op, key []byte, members [][]byte) (removed int, done bool, err error) {
	done, err = e.changeLong(ctx, op, key, tagSet, len(members), func(r *revision) error {
		before := r.count()
		err := r.removeNames(0, members)
		removed = before - r.count()
		return err
	}, func(r *revision, p *entryRef) {
		if p.ref != 0 {
			p.emitTaken(removed, r.count(), store.EventSRem)
		}
	})
	return removed, done, err
}

// popManyFromSet is PopFromSet for some, but not all, of the members.
func (e *Engine) popManyFromSet(ctx context.Context, op store.Op, key []byte, count int64, v store.SetVisitor) (done bool, err error) {
	var popped collected
	done, err = e.revise(ctx, op, key, &longChange{first: tagSet, plan: func(p *entryRef) int {
		if int64(p.elementCount()) <= count {
			return 0
		}
		return int(count)
	}, change: func(r *revision) error {
		at := places(int(count), r.count())
		popped = newCollected(len(at))
		slices.Reverse(at)
		return r.remove(0, len(at), func(_ *entryRef, t *tree.Tree, i int) {
			popped.add(t.At(at[i]).Name, 0)
			t.DeleteAt(at[i])
		})
	}, done: func(r *revision, p *entryRef) { p.emitTaken(int(count), r.count(), store.EventSPop) }})
	if !done {
		return done, err
	}
	v.Set(len(popped.all))
	slices.Reverse(popped.all)
	popped.each(op, func(one *store.Scored) { v.Member(one.Member, true) })
	return true, nil
}

// setManyFields is SetHash.
func (e *Engine) setManyFields(ctx context.Context, op store.Op, key []byte, pairs [][]byte) (added int, done bool, err error) {
	done, err = e.changeLong(ctx, op, key, tagHash, len(pairs)/2, func(r *revision) error {
		before := r.count()
		err := r.each(0, len(pairs)/2, func(i int) (name, value int) { return len(pairs[2*i]), len(pairs[2*i+1]) },
			func(p *entryRef, t *tree.Tree, i int) { t.Set(p.fieldKey(pairs[2*i]), pairs[2*i+1]) })
		if added = r.count() - before; err != nil {
			return err
		}
		return r.endWithHash(pairs, 2)
	}, func(r *revision, p *entryRef) { p.emitSet(r.isNew(), store.EventHSet) })
	return added, done, err
}

// deleteManyFields is DeleteFields.
func (e *Engine) deleteManyFields(ctx context.Context, op store.Op, key []byte, fields [][]byte) (deleted int, done bool, err error) {
	done, err = e.changeLong(ctx, op, key, tagHash, len(fields), func(r *revision) error {
		before := r.count()
		err := r.removeNames(0, fields)
		if deleted = before - r.count(); err != nil {
			return err
		}
		return r.endWithHash(fields, 1)
	}, func(r *revision, p *entryRef) {
		if p.ref != 0 {
			p.emitDeleted(deleted, r.count())
		}
	})
	return deleted, done, err
}

// pushMany is PushList.
func (e *Engine) pushMany(ctx context.Context, op store.Op, key []byte, elements [][]byte, at store.ListEnd, ifPresent bool) (length int, done bool, err error) {
	done, err = e.changeLong(ctx, op, key, tagList, len(elements), func(r *revision) error {
		if r.isNew() && ifPresent {
			return errAtOnce
		}
		err := r.each(0, len(elements), func(i int) (name, value int) { return 0, len(elements[i]) },
			func(_ *entryRef, t *tree.Tree, i int) {
				place := 0
				if at == store.ListTail {
					place = t.Len()
				}
				t.InsertAt(place, elements[i])
			})
		length = r.count()
		return err
	}, func(r *revision, p *entryRef) { p.emitPushed(r.isNew(), at) })
	return length, done, err
}

// rescored is a member that gets a score, and the one that it had.
type rescored struct {
	store.Scored
	old   float64
	found bool
}

// addManyScores is AddScores.
func (e *Engine) addManyScores(ctx context.Context, op store.Op, key []byte, members []store.Scored, o store.ScoreOptions) (result store.ScoreResult, done bool, err error) {
	done, err = e.changeLong(ctx, op, key, tagSorted, len(members), func(r *revision) error {
		if r.isNew() && o.IfPresent {
			return errAtOnce
		}
		all, err := r.setScores(members, o, &result)
		if err != nil {
			return err
		}
		return r.each(orderTree, len(all), func(i int) (name, value int) { return len(all[i].Member), 8 },
			func(_ *entryRef, t *tree.Tree, i int) {
				if one := &all[i]; one.found {
					t.Delete(scoreKey(one.old, one.Member))
				}
				t.Set(scoreKey(all[i].Score, all[i].Member), nil)
			})
	}, func(r *revision, p *entryRef) { p.emitScored(r.isNew(), &result, o) })
	if !done {
		result = store.ScoreResult{}
	}
	return result, done, err
}

// setScores gives members scores in the tree of scores. It returns those whose score changes.
func (r *revision) setScores(members []store.Scored, o store.ScoreOptions, result *store.ScoreResult) (all []rescored, err error) {
	*result, all = store.ScoreResult{}, make([]rescored, 0, len(members)) // none grows while a shard is locked
	var refused error
	err = r.each(scoreTree, len(members), func(i int) (name, value int) { return len(members[i].Member), 8 },
		func(p *entryRef, t *tree.Tree, i int) {
			m := members[i]
			value, found := t.Get(p.fieldKey(m.Member))
			var old float64
			if found {
				old = tree.ScoreOf(binary.LittleEndian.Uint64(value))
			}
			score, does, err := decideScore(m, old, found, o)
			switch {
			case err != nil:
				refused = err
			case note(result, score, old, found, does):
				p.setScore(t, scoreKey(score, m.Member))
				all = append(all, rescored{store.Scored{Member: m.Member, Score: score}, old, found})
			}
		})
	if err == nil {
		err = refused
	}
	return all, err
}

// removeManyMembers is RemoveMembers.
func (e *Engine) removeManyMembers(ctx context.Context, op store.Op, key []byte, members [][]byte) (removed int, done bool, err error) {
	done, err = e.changeLong(ctx, op, key, tagSorted, len(members), func(r *revision) error {
		all := make([]tree.Key, 0, len(members)) // none grows while a shard is locked
		err := r.remove(scoreTree, len(members), func(p *entryRef, t *tree.Tree, i int) {
			k := p.fieldKey(members[i])
			if value, found := t.Get(k); found {
				all = append(all, tree.Key{Prefix: binary.LittleEndian.Uint64(value), Name: members[i]})
				t.Delete(k)
			}
		})
		if err != nil {
			return err
		}
		removed = len(all)
		return r.remove(orderTree, len(all), func(_ *entryRef, t *tree.Tree, i int) { t.Delete(all[i]) })
	}, func(r *revision, p *entryRef) {
		if p.ref != 0 {
			p.endRemoval(removed, r.count(), store.EventZRem)
		}
	})
	return removed, done, err
}

// removeManyRanks removes the members of some ranks, but not all members, and returns them.
func (e *Engine) removeManyRanks(ctx context.Context, op store.Op, key []byte, span func(p *entryRef) (from, to int), event store.Event, absent ...[]byte) (removed []store.Scored, done bool, err error) {
	var from, to int
	var all collected
	c := longChange{first: tagSorted, absent: absent, plan: func(p *entryRef) int {
		if from, to = span(p); to-from == p.sortedSize() {
			return 0
		}
		return to - from
	}, change: func(r *revision) error {
		all = newCollected(to - from)
		if err := r.cutRanks(from, to, &all); err != nil {
			return err
		}
		return r.remove(scoreTree, len(all.all), func(p *entryRef, t *tree.Tree, i int) { t.Delete(p.fieldKey(all.all[i].Member)) })
	}, done: func(r *revision, p *entryRef) { p.endRemoval(to-from, r.count(), event) }}
	done, err = e.revise(ctx, op, key, &c)
	return all.all, done, err
}

// popManyMembers is PopMembers of some, but not all, of the members, if some keys are not there. begin returns the visitor.
func (e *Engine) popManyMembers(ctx context.Context, op store.Op, key []byte, absent [][]byte, count int64, fromEnd bool, begin func() store.SortedVisitor) (done bool, err error) {
	event := store.EventZPopMin
	if fromEnd {
		event = store.EventZPopMax
	}
	popped, done, err := e.removeManyRanks(ctx, op, key, func(p *entryRef) (from, to int) {
		size := p.sortedSize()
		n := int(min(count, int64(size)))
		if fromEnd {
			return size - n, size
		}
		return 0, n
	}, event, absent...)
	if !done {
		return done, err
	}
	if fromEnd {
		slices.Reverse(popped)
	}
	v := begin()
	v.Members(len(popped))
	all := collected{all: popped}
	all.each(op, func(one *store.Scored) { v.Member(one.Member, one.Score, true) })
	return true, nil
}

// cutRanks removes the members of some ranks from the tree in order, and adds them to those removed.
func (r *revision) cutRanks(from, to int, removed *collected) error {
	for left := to - from; left > 0; {
		n := min(left, stepElements)
		err := r.step(orderTree, n, func(_ *entryRef, t *tree.Tree) {
			var c tree.Cursor
			for i, ok := 0, c.SeekAt(t, from); ok && i < n; i++ {
				item := c.Item()
				removed.add(item.Name, tree.ScoreOf(item.Prefix))
				ok = c.Next()
			}
			for cut := 0; cut < n; {
				cut += t.DeleteSome(from, n-cut)
			}
		})
		if err != nil {
			return err
		}
		left -= n
		giveWay()
	}
	return nil
}
