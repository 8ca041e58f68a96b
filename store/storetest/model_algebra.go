package storetest

import (
	"context"
	"math/rand/v2"
	"slices"

	"sessd/store"
)

// operands returns what is under keys as sorted sets.
func (m *Model) operands(k modelSpace, keys [][]byte, scores bool) (all []modelSorted, err error) {
	for _, key := range keys {
		z, x := modelSorted{}, m.read(k, key)
		switch {
		case x == nil:
		case x.kind() == store.TypeSet:
			for member := range x.other.(modelSet) {
				z[member] = 1
			}
		case x.kind() == store.TypeSortedSet && scores:
			z = x.other.(modelSorted)
		default:
			return nil, store.ErrWrongType
		}
		all = append(all, z)
	}
	return all, nil
}

// combineModel returns what operands combine to.
func combineModel(all []modelSorted, c store.Combination) modelSorted {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return len(all[i]) - len(all[j]) })
	weight := func(i int) float64 {
		if c.Weights == nil {
			return 1
		}
		return c.Weights[i]
	}
	result := modelSorted{}
	if c.How == store.Difference {
		for member, score := range all[0] {
			if !slices.ContainsFunc(all[1:], func(z modelSorted) bool { _, found := z[member]; return found }) {
				result[member] = score
			}
		}
		return result
	}
	in := map[string]int{}
	for _, i := range order {
		for member, score := range all[i] {
			score *= weight(i)
			if in[member]++; c.How == store.Union || in[member] == 1 {
				score = store.Number(score)
			}
			if in[member] > 1 {
				score = c.Aggregate.Of(result[member], score) // of an intersection with what is no number, as Redis has it
			}
			result[member] = score
		}
	}
	for member, n := range in {
		if c.How == store.Intersection && n < len(all) {
			delete(result, member)
		}
	}
	return result
}

// ReadCombined implements store.Algebra.
func (m *Model) ReadCombined(_ context.Context, op store.Op, keys [][]byte, c store.Combination, v store.SortedVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	all, err := m.operands(k, keys, c.Scores)
	if err != nil {
		return err
	}
	found := combineModel(all, c).inOrder()
	if c.Size {
		n := len(found)
		if c.Limit > 0 {
			n = int(min(int64(n), c.Limit))
		}
		v.Members(n)
		return nil
	}
	showModel(found, v)
	return nil
}

// StoreCombined implements store.Algebra.
func (m *Model) StoreCombined(_ context.Context, op store.Op, target []byte, keys [][]byte, c store.Combination) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	all, err := m.operands(k, keys, c.Scores)
	if err != nil {
		return 0, err
	}
	z := combineModel(all, c)
	var value modelValue = z
	if !c.Scores {
		s := modelSet{}
		for member := range z {
			s[member] = true
		}
		value = s
	}
	for member, score := range z {
		z[member] = score + 0
	}
	return len(z), m.overwrite(k, target, value, len(z))
}

// overwrite makes what is under a key a value with so many members, or ends it.
func (m *Model) overwrite(k modelSpace, key []byte, value modelValue, members int) error {
	x, own := k.entries[string(key)], int64(0)
	if x != nil {
		own = x.size()
	}
	growth := 100 + int64(len(key)) + value.size() - own
	if members > 0 && m.full(growth) {
		return store.ErrNoMemory
	}
	m.end(k, key)
	if members > 0 {
		m.add(k, key).other = value
		m.used()
	}
	return nil
}

// MoveMember implements store.Sets.
func (m *Model) MoveMember(_ context.Context, op store.Op, from, to, member []byte) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x := k.find(from)
	if x == nil {
		return false, nil
	}
	_, source, err := k.set(from)
	if err != nil {
		return false, err
	}
	y, target, err := k.set(to)
	switch {
	case err != nil:
		return false, err
	case !source[string(member)]:
		return false, nil
	case x == y:
		return true, nil
	}
	if y == nil {
		y, target = m.add(k, to), modelSet{}
		y.other = target
	}
	target[string(member)] = true
	delete(source, string(member))
	if len(source) == 0 {
		m.remove(k, x, store.Destroyed)
	}
	m.used()
	return true, nil
}

// PopFirst implements store.SortedSets.
func (m *Model) PopFirst(_ context.Context, op store.Op, keys [][]byte, count int64, fromEnd bool, begin func(int) store.SortedVisitor) error {
	k := m.begin(op)
	for i, key := range keys {
		x, _, err := k.sorted(key)
		if err != nil || x != nil {
			m.mu.Unlock()
			if err != nil {
				return err
			}
			return m.PopMembers(background, op, key, count, fromEnd, begin(i))
		}
	}
	m.mu.Unlock()
	return nil
}

// StoreRange implements store.SortedSets.
func (m *Model) StoreRange(_ context.Context, op store.Op, target, key []byte, r store.SortedRange) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, z, err := k.sorted(key)
	if err != nil {
		return 0, err
	}
	m.read(k, key)
	result := modelSorted{}
	for _, one := range z.within(r) {
		result[one.member] = one.score
	}
	return len(result), m.overwrite(k, target, result, len(result))
}

// RandomMembers implements store.SortedSets.
func (m *Model) RandomMembers(_ context.Context, op store.Op, key []byte, count int64, v store.SortedVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, z, err := k.sorted(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	all := z.inOrder()
	if count >= 0 || len(all) == 0 {
		showModel(all[:max(0, min(count, int64(len(all))))], v)
		return nil
	}
	v.Members(int(-count))
	for range -count {
		one := all[rand.IntN(len(all))]
		v.Member([]byte(one.member), one.score, true)
	}
	return nil
}
