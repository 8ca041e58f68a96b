package memory

import (
	"context"
	"encoding/binary"

	"sessd/store"
	"sessd/store/memory/tree"
)

// lockSorted locks the shard of a key, which must not hold an entry of another type.
func (e *Engine) lockSorted(op store.Op, key []byte, claimed int64) (entryRef, error) {
	p, err := e.lockEntryWith(op, key, claimed)
	if err != nil {
		return p, err
	}
	if err := p.isSorted(); err != nil {
		p.unlock()
		return entryRef{}, err
	}
	return p, nil
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
func (e *Engine) AddScores(_ context.Context, op store.Op, key []byte, members []store.Scored, o store.ScoreOptions) (store.ScoreResult, error) {
	return withRoom(e, op, func(claimed int64) (store.ScoreResult, shortage, error) {
		p, err := e.lockSorted(op, key, claimed)
		if err != nil {
			return store.ScoreResult{}, shortage{}, err
		}
		defer p.unlock()
		return p.addScores(members, o)
	})
}

// RemoveMembers implements store.SortedSets.
func (e *Engine) RemoveMembers(_ context.Context, op store.Op, key []byte, members [][]byte) (int, error) {
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
func (e *Engine) RemoveRange(_ context.Context, op store.Op, key []byte, r store.SortedRange) (int, error) {
	p, err := e.lockSorted(op, key, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	from, to := p.spanOf(&r)
	if from == to {
		return 0, nil
	}
	if err := p.removeRanks(from, to, removalEvents[r.By]); err != nil {
		return 0, err
	}
	return to - from, nil
}

// PopMembers implements store.SortedSets.
func (e *Engine) PopMembers(_ context.Context, op store.Op, key []byte, count int64, fromEnd bool, v store.SortedVisitor) error {
	p, err := e.lockSorted(op, key, 0)
	if err != nil {
		return err
	}
	defer p.unlock()
	size := p.sortedSize()
	n := int(min(count, int64(size)))
	if n <= 0 {
		v.Members(0)
		return nil
	}
	from, event := 0, store.EventZPopMin
	if fromEnd {
		from, event = size-n, store.EventZPopMax
	}
	if isLarge(p.entry) {
		if err := p.reserveRemoval(n); err != nil {
			return err
		}
	}
	v.Members(n)
	p.showMembers(from, from+n, fromEnd, v)
	return p.removeRanks(from, from+n, event)
}

// showMembers shows the members of some ranks.
func (p *entryRef) showMembers(from, to int, fromEnd bool, v store.SortedVisitor) {
	p.eachMember(from, to, fromEnd, func(k tree.Key) { v.Member(k.Name, tree.ScoreOf(k.Prefix), true) })
}

// ReadMembers implements store.SortedSets.
func (e *Engine) ReadMembers(_ context.Context, op store.Op, key []byte, members [][]byte, v store.SortedVisitor) error {
	p, err := e.readSorted(op, key)
	if err != nil {
		return err
	}
	defer p.unlock()
	v.Members(p.sortedSize())
	for _, member := range members {
		score, found := p.scoreOf(member)
		v.Member(member, score, found)
	}
	return nil
}

// RankOf implements store.SortedSets.
func (e *Engine) RankOf(_ context.Context, op store.Op, key, member []byte, fromEnd bool) (int, bool, error) {
	p, err := e.readSorted(op, key)
	if err != nil {
		return 0, false, err
	}
	defer p.unlock()
	score, found := p.scoreOf(member)
	if !found {
		return 0, false, nil
	}
	rank := p.rankOf(scoreKey(score, member))
	if fromEnd {
		rank = p.sortedSize() - 1 - rank
	}
	return rank, true, nil
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
func (e *Engine) ReadRange(_ context.Context, op store.Op, key []byte, r store.SortedRange, v store.SortedVisitor) error {
	p, err := e.readSorted(op, key)
	if err != nil {
		return err
	}
	defer p.unlock()
	from, to := p.spanOf(&r)
	v.Members(to - from)
	p.showMembers(from, to, r.FromEnd, v)
	return nil
}

// ScanMembers implements store.SortedSets.
func (e *Engine) ScanMembers(_ context.Context, op store.Op, key []byte, cursor uint64, count int, visit func([]byte, float64)) (uint64, error) {
	for left := max(count, 1); ; left -= elementsAtOnce {
		next, err := e.scanMembers(op, key, cursor, min(left, elementsAtOnce), visit)
		if err != nil || next == 0 || left <= elementsAtOnce {
			return next, err
		}
		cursor = next
	}
}

func (e *Engine) scanMembers(op store.Op, key []byte, cursor uint64, count int, visit func([]byte, float64)) (uint64, error) {
	p, err := e.lockSorted(op, key, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	switch {
	case p.ref == 0:
		return 0, nil
	case !isLarge(p.entry):
		p.eachMember(0, p.sortedSize(), false, func(k tree.Key) { visit(k.Name, tree.ScoreOf(k.Prefix)) })
		return 0, nil
	}
	return p.beginTreeAt(scoreTree).Scan(cursor, count, func(item tree.Item) {
		visit(item.Name, tree.ScoreOf(binary.LittleEndian.Uint64(item.Value)))
	}), nil
}
