package memory

import (
	"context"
	"encoding/binary"

	"sessd/store"
	"sessd/store/memory/tree"
)

// lockSorted locks the shard of a key, which must not hold an entry of another type.
func (e *Engine) lockSorted(op store.Op, key []byte, claimed int64) (p entryRef, err error) {
	err = p.lockSorted(e, op, key, claimed)
	return p, err
}

// lockSorted is Engine.lockSorted into p.
func (p *entryRef) lockSorted(e *Engine, op store.Op, key []byte, claimed int64) error {
	if err := p.lockInWith(e, &op, key, claimed); err != nil {
		return err
	}
	if err := p.isSorted(); err != nil {
		p.unlock()
		return err
	}
	return nil
}

// readSorted is lockSorted for an operation that counts as a read.
func (e *Engine) readSorted(op store.Op, key []byte) (entryRef, error) {
	p, err := e.lockSorted(op, key, 0)
	if err == nil && p.read() {
		p.useCollection()
	}
	return p, err
}

// AddScores implements store.SortedSets.
func (e *Engine) AddScores(ctx context.Context, op store.Op, key []byte, members []store.Scored, o store.ScoreOptions) (store.ScoreResult, error) {
	if len(members) > e.longElements {
		if r, done, err := e.addManyScores(ctx, op, key, members, o); done || err != nil {
			return r, err
		}
	}
	return withRoom(e, &op, func(claimed int64) (store.ScoreResult, shortage, error) {
		var p entryRef
		if err := p.lockSorted(e, op, key, claimed); err != nil {
			return store.ScoreResult{}, shortage{}, err
		}
		defer p.unlock()
		return p.addScores(members, o)
	})
}

// RemoveMembers implements store.SortedSets.
func (e *Engine) RemoveMembers(ctx context.Context, op store.Op, key []byte, members [][]byte) (int, error) {
	if len(members) > e.longElements {
		if n, done, err := e.removeManyMembers(ctx, op, key, members); done || err != nil {
			return n, err
		}
	}
	p, err := e.lockSorted(op, key, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	if p.ref == 0 {
		return 0, nil
	}
	return p.removeMembers(members, store.EventZRem)
}

// removalEvents are the events of removing a range.
var removalEvents = [...]store.Event{
	store.ByRank: store.EventZRemByRank, store.ByScore: store.EventZRemByScore, store.ByLex: store.EventZRemByLex,
}

// RemoveRange implements store.SortedSets.
func (e *Engine) RemoveRange(ctx context.Context, op store.Op, key []byte, r store.SortedRange) (int, error) {
	n, err := e.removeRange(ctx, op, key, &r)
	if err != errBeside {
		return n, err
	}
	removed, done, err := e.removeManyRanks(ctx, op, key, func(p *entryRef) (from, to int) { return p.spanOf(&r) }, removalEvents[r.By])
	if done || err != nil {
		return len(removed), err
	}
	return e.removeRange(atOnce{ctx}, op, key, &r)
}

// removeRange removes a range, or returns errBeside where that is long.
func (e *Engine) removeRange(ctx context.Context, op store.Op, key []byte, r *store.SortedRange) (int, error) {
	p, err := e.lockSorted(op, key, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	from, to := p.spanOf(r)
	if from == to {
		return 0, nil
	}
	if p.shouldRevise(ctx, to-from) {
		return 0, errBeside
	}
	if err := p.removeRanks(from, to, removalEvents[r.By]); err != nil {
		return 0, err
	}
	return to - from, nil
}

// shouldRevise reports whether it takes long to remove n members, but not all.
func (p *entryRef) shouldRevise(ctx context.Context, n int) bool {
	return p.isLong(orderTree, n) && n < p.sortedSize() && n > p.space.engine.longElements && !isAtOnce(ctx)
}

// PopMembers implements store.SortedSets.
func (e *Engine) PopMembers(ctx context.Context, op store.Op, key []byte, count int64, fromEnd bool, v store.SortedVisitor) error {
	all, err := e.popSorted(ctx, op, key, count, fromEnd, v)
	if all != nil {
		all.showScored(fromEnd, v)
	}
	if err != errBeside {
		return err
	}
	done, err := e.popManyMembers(ctx, op, key, nil, count, fromEnd, func() store.SortedVisitor { return v })
	if done || err != nil {
		return err
	}
	return e.PopMembers(atOnce{ctx}, op, key, count, fromEnd, v)
}

func (e *Engine) popSorted(ctx context.Context, op store.Op, key []byte, count int64, fromEnd bool, v store.SortedVisitor) (all *view, err error) {
	var p entryRef
	if err = p.lockSorted(e, op, key, 0); err != nil {
		return nil, err
	}
	defer p.unlock()
	if err := p.mayPop(ctx, count); err != nil {
		return nil, err
	}
	return p.popMembers(count, fromEnd, v)
}

// PopFirst implements store.SortedSets.
func (e *Engine) PopFirst(ctx context.Context, op store.Op, keys [][]byte, count int64, fromEnd bool, begin func(at int) store.SortedVisitor) error {
	var v store.SortedVisitor
	all, at, err := e.popFirst(ctx, op, keys, count, fromEnd, func(at int) store.SortedVisitor {
		v = begin(at)
		return v
	})
	if all != nil {
		all.showScored(fromEnd, v)
	}
	if err != errBeside {
		return err
	}
	done, err := e.popManyMembers(ctx, op, keys[at], keys[:at], count, fromEnd, func() store.SortedVisitor { return begin(at) })
	if done || err != nil {
		return err
	}
	return e.PopFirst(atOnce{ctx}, op, keys, count, fromEnd, begin)
}

// popFirst pops members of the sorted set that comes first, or returns the view in which all are still to be shown. at is
// its position.
func (e *Engine) popFirst(ctx context.Context, op store.Op, keys [][]byte, count int64, fromEnd bool, begin func(at int) store.SortedVisitor) (all *view, at int, err error) {
	h, err := e.lockKeys(op, keys, 1)
	if err != nil {
		return nil, 0, err
	}
	defer h.unlock()
	for i, key := range keys {
		p := h.find(key)
		if err := p.isSorted(); err != nil {
			return nil, 0, err
		}
		if p.ref != 0 {
			if err := p.mayPop(ctx, count); err != nil {
				return nil, i, err
			}
			all, err = p.popMembers(count, fromEnd, begin(i))
			return all, i, err
		}
	}
	return nil, 0, nil
}

// mayPop returns errBeside where it takes long to remove so many members, and ErrLong where it does to show all.
func (p *entryRef) mayPop(ctx context.Context, count int64) error {
	size := p.sortedSize()
	n := int(min(count, int64(size)))
	switch {
	case n == 1 && size > 1:
	case p.shouldRevise(ctx, n):
		return errBeside
	case n == size && store.IsImmediate(ctx) && p.isLong(orderTree, n):
		return store.ErrLong
	}
	return nil
}

// popMembers shows members of a sorted set, or of none, and removes them. It returns the view in which all are still to be
// shown where that takes long.
func (p *entryRef) popMembers(count int64, fromEnd bool, v store.SortedVisitor) (all *view, err error) {
	size := p.sortedSize()
	n := int(min(count, int64(size)))
	if n <= 0 {
		v.Members(0)
		return nil, nil
	}
	from, event := 0, store.EventZPopMin
	if fromEnd {
		from, event = size-n, store.EventZPopMax
	}
	switch {
	case n == size && p.isLong(orderTree, n):
		all = p.openView(orderTree)
	case n == 1 && size > 1 && isLarge(p.entry):
		if done, err := p.popMemberAtEnd(fromEnd, event, v); done || err != nil {
			return nil, err
		}
		fallthrough
	case isLarge(p.entry):
		if err := p.reserveRemoval(n); err != nil {
			return nil, err
		}
	}
	v.Members(n)
	if all == nil {
		p.showMembers(from, from+n, fromEnd, v)
	}
	return all, p.removeRanks(from, from+n, event)
}

// showScored shows all members of a view, which it closes.
func (v *view) showScored(fromEnd bool, to store.SortedVisitor) {
	defer v.close()
	v.each(0, v.size(), fromEnd, func(item tree.Item) bool {
		to.Member(item.Name, tree.ScoreOf(item.Prefix), true)
		return true
	})
}

// showMembers shows the members of some ranks.
func (p *entryRef) showMembers(from, to int, fromEnd bool, v store.SortedVisitor) {
	p.eachMember(from, to, fromEnd, func(k tree.Key) { v.Member(k.Name, tree.ScoreOf(k.Prefix), true) })
}

// ReadMembers implements store.SortedSets.
func (e *Engine) ReadMembers(ctx context.Context, op store.Op, key []byte, members [][]byte, v store.SortedVisitor) error {
	all, err := e.readMembers(ctx, op, key, members, v)
	if all != nil {
		all.lookUp(members, func(member, value []byte, found bool) {
			score := 0.0
			if found {
				score = tree.ScoreOf(binary.LittleEndian.Uint64(value))
			}
			v.Member(member, score, found)
		})
	}
	return err
}

// readMembers shows scores, or returns the view in which they are still to be looked up.
func (e *Engine) readMembers(ctx context.Context, op store.Op, key []byte, members [][]byte, v store.SortedVisitor) (all *view, err error) {
	p, err := e.lockSorted(op, key, 0)
	if err != nil {
		return nil, err
	}
	defer p.unlock()
	if all, err = p.viewNames(ctx, scoreTree, len(members)); err != nil {
		return nil, err
	}
	if p.read() {
		p.useCollection()
	}
	v.Members(p.sortedSize())
	if all != nil {
		return all, nil
	}
	for _, member := range members {
		score, found := p.scoreOf(member)
		v.Member(member, score, found)
	}
	return nil, nil
}

// RankOf implements store.SortedSets.
func (e *Engine) RankOf(_ context.Context, op store.Op, key, member []byte, fromEnd bool) (int, float64, bool, error) {
	p, err := e.readSorted(op, key)
	if err != nil {
		return 0, 0, false, err
	}
	defer p.unlock()
	score, found := p.scoreOf(member)
	if !found {
		return 0, 0, false, nil
	}
	rank := p.rankOf(scoreKey(score, member))
	if fromEnd {
		rank = p.sortedSize() - 1 - rank
	}
	return rank, score, true, nil
}

// CountRange implements store.SortedSets.
func (e *Engine) CountRange(_ context.Context, op store.Op, key []byte, r store.SortedRange) (int, error) {
	p, err := e.readSorted(op, key)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	from, to := p.spanOf(&r)
	return to - from, nil
}

// ReadRange implements store.SortedSets.
func (e *Engine) ReadRange(ctx context.Context, op store.Op, key []byte, r store.SortedRange, v store.SortedVisitor) error {
	found, from, to, err := e.readRange(ctx, op, key, &r, v)
	if found != nil {
		defer found.close()
		found.each(from, to, r.FromEnd, func(item tree.Item) bool {
			v.Member(item.Name, tree.ScoreOf(item.Prefix), true)
			return true
		})
	}
	return err
}

// readRange shows a range, or returns the view in which the members of some ranks are still to be shown.
func (e *Engine) readRange(ctx context.Context, op store.Op, key []byte, r *store.SortedRange, v store.SortedVisitor) (found *view, from, to int, err error) {
	var p entryRef
	if err = p.lockSorted(e, op, key, 0); err != nil {
		return nil, 0, 0, err
	}
	defer p.unlock()
	if p.ref != 0 && isLarge(p.entry) && r.By == store.ByScore && !r.FromEnd && r.Offset == 0 && p.showFew(r, v) {
		p.read()
		p.useCollection()
		return nil, 0, 0, nil
	}
	from, to = p.spanOf(r)
	if found, err = p.viewLong(ctx, orderTree, to-from); err != nil {
		return nil, 0, 0, err
	}
	if p.read() {
		p.useCollection()
	}
	v.Members(to - from)
	if found == nil {
		p.showMembers(from, to, r.FromEnd, v)
	}
	return found, from, to, nil
}

// fewMembers is up to how many members are collected before they are shown.
const fewMembers = 16

// showFew shows a range by score of a large sorted set, or returns false where that has many members. It goes to the first
// one only, where spanOf goes to both ends and showMembers to the first.
func (p *entryRef) showFew(r *store.SortedRange, v store.SortedVisitor) bool {
	var keys [fewMembers]tree.Key
	c := &p.open[0].cursor
	n, end := 0, boundKey(&r.Max, true).Prefix
	for ok := c.Seek(p.beginTree(), boundKey(&r.Min, false)); ok && n != int(r.Count); ok = c.Next() {
		k := c.Key()
		if k.Prefix >= end {
			break
		}
		if n == fewMembers {
			return false
		}
		keys[n] = k
		n++
	}
	v.Members(n)
	for _, k := range keys[:n] {
		v.Member(k.Name, tree.ScoreOf(k.Prefix), true)
	}
	return true
}

// StoreRange implements store.SortedSets.
func (e *Engine) StoreRange(ctx context.Context, op store.Op, target, key []byte, r store.SortedRange) (n int, err error) {
	words := [][]byte{target, key}
	for try := 0; ; try++ {
		if try > tries {
			ctx = atOnce{ctx}
		}
		var found *foundRange
		n, err = withRoom(e, &op, func(claimed int64) (n int, short shortage, err error) {
			found, n, short, err = e.storeRange(ctx, op, words, &r, nil, claimed)
			return n, short, err
		})
		if err != nil || found == nil {
			return n, err
		}
		if n, err = e.storeRangeBeside(ctx, op, words, &r, found); err != errChanged {
			return n, err
		}
	}
}

// foundRange is a long range that is to be stored: a view of the sorted set, and the ranks.
type foundRange struct {
	view     *view
	from, to int
	members  collected
	made     *stagedCollection
}

// storeRangeBeside stores a long range, which is made while nothing is locked. It returns errChanged, with nothing changed,
// where the sorted set is another one then.
func (e *Engine) storeRangeBeside(ctx context.Context, op store.Op, words [][]byte, r *store.SortedRange, found *foundRange) (int, error) {
	defer found.view.close()
	found.members = newCollected(found.to - found.from)
	found.view.each(found.from, found.to, false, func(item tree.Item) bool {
		return found.members.add(item.Name, tree.ScoreOf(item.Prefix))
	})
	if found.members.isLarge(e) {
		var err error
		if found.made, err = e.makeSorted(op, words[0], found.members.all); err != nil {
			return 0, err
		}
		defer found.made.drop()
	}
	return withRoom(e, &op, func(claimed int64) (int, shortage, error) {
		_, n, short, err := e.storeRange(ctx, op, words, r, found, claimed)
		return n, short, err
	})
}

// storeRange stores a range, or returns it where it is long. One that was found before is stored if it is the same still.
func (e *Engine) storeRange(ctx context.Context, op store.Op, words [][]byte, r *store.SortedRange, found *foundRange, claimed int64) (long *foundRange, n int, short shortage, err error) {
	h, err := e.lockKeysWith(op, words, 1, claimed)
	if err != nil {
		return nil, 0, shortage{}, err
	}
	defer h.unlock()
	h.own(words[0]) // first, since what has expired is removed, and other entries move with that
	from := h.find(words[1])
	if err := from.isSorted(); err != nil {
		return nil, 0, shortage{}, err
	}
	if found == nil {
		found = &foundRange{}
		if found.from, found.to = from.spanOf(r); from.isLong(orderTree, found.to-found.from) && !isAtOnce(ctx) {
			if found.view, err = from.viewLong(ctx, orderTree, found.to-found.from); err != nil {
				return nil, 0, shortage{}, err
			}
			long = found
		}
		if from.read() {
			from.useCollection()
		}
		if long != nil {
			return long, 0, shortage{}, nil
		}
		from.eachMember(found.from, found.to, false, func(k tree.Key) { found.members.add(k.Name, tree.ScoreOf(k.Prefix)) })
	} else if from.ref == 0 || !isLarge(from.entry) || !found.view.isOf(&from, false) {
		return nil, 0, shortage{}, errChanged
	}
	p := h.own(words[0])
	n = len(found.members.all)
	short, err = h.overwrite(&p, n, store.EventZRangeStore, func() (shortage, error) {
		if found.made != nil {
			return p.overwriteStaged(found.made)
		}
		return p.overwriteSorted(&found.members)
	})
	return nil, n, short, err
}

// RandomMembers implements store.SortedSets.
func (e *Engine) RandomMembers(ctx context.Context, op store.Op, key []byte, count int64, v store.SortedVisitor) error {
	return e.randomElements(ctx, op, key, tagSorted, count, scoreVisitor{v})
}

// scoreVisitor shows elements as members with scores.
type scoreVisitor struct{ store.SortedVisitor }

func (v scoreVisitor) begin(count int) { v.Members(count) }
func (v scoreVisitor) element(member, score []byte) {
	v.Member(member, tree.ScoreOf(binary.LittleEndian.Uint64(score)), true)
}

// ScanMembers implements store.SortedSets.
func (e *Engine) ScanMembers(_ context.Context, op store.Op, key []byte, cursor uint64, count int, visit func(member []byte, score float64)) (uint64, error) {
	return e.scanElements(op, key, tagSorted, cursor, count, func(member, score []byte) {
		visit(member, tree.ScoreOf(binary.LittleEndian.Uint64(score)))
	})
}
