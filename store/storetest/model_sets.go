package storetest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"sessd/store"
)

// modelSet is a set.
type modelSet map[string]bool

func (modelSet) typ() store.Type { return store.TypeSet }

func (s modelSet) size() int64 {
	n := 0
	for member := range s {
		n += 10 + len(member)
	}
	return int64(n)
}

func (s modelSet) clone() modelValue { return maps.Clone(s) }

// String implements fmt.Stringer.
func (s modelSet) String() string { return fmt.Sprintf("%q", slices.Sorted(maps.Keys(s))) }

// set returns the entry of a set, nil when there is none.
func (k modelSpace) set(key []byte) (*modelEntry, modelSet, error) {
	x := k.find(key)
	if x == nil {
		return nil, nil, nil
	}
	if x.kind() != store.TypeSet {
		return nil, nil, store.ErrWrongType
	}
	return x, x.other.(modelSet), nil
}

// ReadSet implements store.Sets.
func (m *Model) ReadSet(_ context.Context, op store.Op, key []byte, r store.SetRead, v store.SetVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, s, err := k.set(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	v.Set(len(s))
	switch {
	case r.Size:
	case r.Members == nil:
		for member := range s {
			v.Member([]byte(member), true)
		}
	default:
		for _, member := range r.Members {
			v.Member(member, s[string(member)])
		}
	}
	return nil
}

// AddToSet implements store.Sets.
func (m *Model) AddToSet(_ context.Context, op store.Op, key []byte, members [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, s, err := k.set(key)
	if err != nil {
		return 0, err
	}
	after := modelSet{}
	maps.Copy(after, s)
	for _, member := range members {
		after[string(member)] = true
	}
	growth := after.size() - s.size()
	if x == nil {
		growth += 100 + int64(len(key))
	}
	if m.full(growth) {
		return 0, store.ErrNoMemory
	}
	if x == nil {
		x = m.add(k, key)
	}
	x.other = after
	m.used()
	return len(after) - len(s), nil
}

// RemoveFromSet implements store.Sets.
func (m *Model) RemoveFromSet(_ context.Context, op store.Op, key []byte, members [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, s, err := k.set(key)
	if x == nil {
		return 0, err
	}
	before := len(s)
	for _, member := range members {
		delete(s, string(member))
	}
	if len(s) == 0 {
		m.remove(k, x, store.Destroyed)
	}
	return before - len(s), nil
}

// PopFromSet implements store.Sets.
func (m *Model) PopFromSet(_ context.Context, op store.Op, key []byte, count int64, v store.SetVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, s, err := k.set(key)
	if err != nil {
		return err
	}
	members := slices.Collect(maps.Keys(s))
	members = members[:min(count, int64(len(members)))]
	v.Set(len(members))
	for _, member := range members {
		v.Member([]byte(member), true)
		delete(s, member)
	}
	if x != nil && len(s) == 0 {
		m.remove(k, x, store.Destroyed)
	}
	return nil
}

// ScanSet implements store.Sets. It visits all members at once.
func (m *Model) ScanSet(_ context.Context, op store.Op, key []byte, _ uint64, _ int, visit func(member []byte)) (uint64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, s, err := k.set(key)
	for member := range s {
		visit([]byte(member))
	}
	return 0, err
}

// RandomFromSet implements store.Sets.
func (m *Model) RandomFromSet(_ context.Context, op store.Op, key []byte, count int64, v store.SetVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, s, err := k.set(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	members := slices.Collect(maps.Keys(s))
	n := min(int(count), len(members))
	if count < 0 && len(members) > 0 {
		n = int(-count)
	}
	n = max(n, 0)
	v.Set(n)
	for i := range n {
		if count < 0 {
			i = rand.IntN(len(members))
		}
		v.Member([]byte(members[i]), true)
	}
	return nil
}
