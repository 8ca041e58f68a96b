package storetest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"sessd/store"
)

// modelSorted is a sorted set: scores by member.
type modelSorted map[string]float64

func (modelSorted) typ() store.Type { return store.TypeSortedSet }

func (z modelSorted) size() int64 {
	n := 0
	for member := range z {
		n += 20 + len(member)
	}
	return int64(n)
}

func (z modelSorted) clone() modelValue { return maps.Clone(z) }

// String implements fmt.Stringer.
func (z modelSorted) String() string { return fmt.Sprint(z.inOrder()) }

// modelMember is a member with its score.
type modelMember struct {
	member string
	score  float64
}

// inOrder returns the members from the least to the greatest.
func (z modelSorted) inOrder() []modelMember {
	all := []modelMember{}
	for member, score := range z {
		all = append(all, modelMember{member, score})
	}
	slices.SortFunc(all, func(a, b modelMember) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.member, b.member))
	})
	return all
}

// sorted returns the entry of a sorted set, nil when there is none.
func (k modelSpace) sorted(key []byte) (*modelEntry, modelSorted, error) {
	x := k.find(key)
	if x == nil {
		return nil, nil, nil
	}
	if x.kind() != store.TypeSortedSet {
		return nil, nil, store.ErrWrongType
	}
	return x, x.other.(modelSorted), nil
}

// AddScores implements store.SortedSets.
func (m *Model) AddScores(_ context.Context, op store.Op, key []byte, members []store.Scored, o store.ScoreOptions) (r store.ScoreResult, err error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, z, err := k.sorted(key)
	if err != nil || x == nil && o.IfPresent {
		return r, err
	}
	after := modelSorted{}
	maps.Copy(after, z)
	for _, one := range members {
		score, done, err := after.decide(one, o)
		if err != nil {
			return store.ScoreResult{}, err
		}
		if r.Score, r.Done = score, done; !done {
			continue
		}
		old, found := after[string(one.Member)]
		switch {
		case !found:
			r.Added++
		case old != score:
			r.Changed++
		}
		after[string(one.Member)] = score + 0
	}
	growth := after.size() - z.size()
	if x == nil {
		growth += 100 + int64(len(key))
	}
	if m.full(growth) {
		return store.ScoreResult{}, store.ErrNoMemory
	}
	if x == nil {
		x = m.add(k, key)
	}
	x.other = after
	m.used()
	return r, nil
}

// decide returns the score that a member gets, and whether it gets one.
func (z modelSorted) decide(one store.Scored, o store.ScoreOptions) (score float64, done bool, err error) {
	old, found := z[string(one.Member)]
	score = one.Score
	if found && o.IfAbsent || !found && o.IfPresent {
		if !found {
			return score, false, nil
		}
		return 0, false, nil
	}
	if found && o.Add {
		if score += old; math.IsNaN(score) {
			return 0, false, store.ErrNaN
		}
	}
	if found && (o.IfGreater && score <= old || o.IfLess && score >= old) {
		return score, false, nil
	}
	return score, true, nil
}

// drop removes members, and the entry with its last one.
func (m *Model) drop(k modelSpace, x *modelEntry, members []modelMember) int {
	z := x.other.(modelSorted)
	for _, one := range members {
		delete(z, one.member)
	}
	if len(z) == 0 {
		m.remove(k, x, store.Destroyed)
	}
	return len(members)
}

// RemoveMembers implements store.SortedSets.
func (m *Model) RemoveMembers(_ context.Context, op store.Op, key []byte, members [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, z, err := k.sorted(key)
	if x == nil {
		return 0, err
	}
	before := len(z)
	for _, member := range members {
		delete(z, string(member))
	}
	n := before - len(z)
	m.drop(k, x, nil)
	return n, nil
}

// RemoveRange implements store.SortedSets.
func (m *Model) RemoveRange(_ context.Context, op store.Op, key []byte, r store.SortedRange) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, z, err := k.sorted(key)
	if x == nil {
		return 0, err
	}
	return m.drop(k, x, z.within(r)), nil
}

// PopMembers implements store.SortedSets.
func (m *Model) PopMembers(_ context.Context, op store.Op, key []byte, count int64, fromEnd bool, v store.SortedVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, z, err := k.sorted(key)
	if err != nil {
		return err
	}
	all := z.inOrder()
	if fromEnd {
		slices.Reverse(all)
	}
	all = all[:max(0, min(count, int64(len(all))))]
	showModel(all, v)
	if x != nil {
		m.drop(k, x, all)
	}
	return nil
}

func showModel(all []modelMember, v store.SortedVisitor) {
	v.Members(len(all))
	for _, one := range all {
		v.Member([]byte(one.member), one.score, true)
	}
}

// ReadMembers implements store.SortedSets.
func (m *Model) ReadMembers(_ context.Context, op store.Op, key []byte, members [][]byte, v store.SortedVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, z, err := k.sorted(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	v.Members(len(z))
	for _, member := range members {
		score, found := z[string(member)]
		v.Member(member, score, found)
	}
	return nil
}

// RankOf implements store.SortedSets.
func (m *Model) RankOf(_ context.Context, op store.Op, key, member []byte, fromEnd bool) (int, float64, bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, z, err := k.sorted(key)
	if err != nil {
		return 0, 0, false, err
	}
	m.read(k, key)
	all := z.inOrder()
	if fromEnd {
		slices.Reverse(all)
	}
	rank := slices.IndexFunc(all, func(one modelMember) bool { return one.member == string(member) })
	return max(rank, 0), z[string(member)], rank >= 0, nil
}

// CountRange implements store.SortedSets.
func (m *Model) CountRange(_ context.Context, op store.Op, key []byte, r store.SortedRange) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, z, err := k.sorted(key)
	if err != nil {
		return 0, err
	}
	m.read(k, key)
	return len(z.within(r)), nil
}

// ReadRange implements store.SortedSets.
func (m *Model) ReadRange(_ context.Context, op store.Op, key []byte, r store.SortedRange, v store.SortedVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, z, err := k.sorted(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	showModel(z.within(r), v)
	return nil
}

// ScanMembers implements store.SortedSets. It visits all members at once.
func (m *Model) ScanMembers(_ context.Context, op store.Op, key []byte, _ uint64, _ int, visit func(member []byte, score float64)) (uint64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, z, err := k.sorted(key)
	for member, score := range z {
		visit([]byte(member), score)
	}
	return 0, err
}

// within returns the members of a range, in its order.
func (z modelSorted) within(r store.SortedRange) []modelMember {
	all := z.inOrder()
	if r.By == store.ByRank {
		if r.FromEnd {
			slices.Reverse(all)
		}
		size := int64(len(all))
		start, stop := r.Start, r.Stop
		if start < 0 {
			start = max(0, start+size)
		}
		if stop < 0 {
			stop += size
		}
		stop = min(stop, size-1)
		if start > stop {
			return nil
		}
		return all[start : stop+1]
	}
	all = slices.DeleteFunc(all, func(one modelMember) bool {
		return !admits(r.By, r.Min, one, 1) || !admits(r.By, r.Max, one, -1)
	})
	if r.FromEnd {
		slices.Reverse(all)
	}
	if r.Offset < 0 || r.Offset >= int64(len(all)) {
		return nil
	}
	all = all[r.Offset:]
	if r.Count >= 0 {
		all = all[:min(r.Count, int64(len(all)))]
	}
	return all
}

// admits reports whether a bound lets a member in: one after it (side is 1) or before it (side is -1).
func admits(by store.RangeBy, b store.SortedBound, one modelMember, side int) bool {
	order := cmp.Compare(one.score, b.Score)
	if by == store.ByLex {
		order = cmp.Compare(one.member, string(b.Member))
		if b.Infinite != 0 {
			order = -b.Infinite
		}
	}
	return order == side || order == 0 && !b.Exclusive
}
