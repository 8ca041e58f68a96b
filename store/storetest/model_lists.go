package storetest

import (
	"context"
	"fmt"
	"slices"

	"sessd/store"
)

// modelList is a list.
type modelList []string

func (modelList) typ() store.Type { return store.TypeList }

func (l modelList) size() int64 {
	n := 0
	for _, element := range l {
		n += 10 + len(element)
	}
	return int64(n)
}

func (l modelList) clone() modelValue { return slices.Clone(l) }

// String implements fmt.Stringer.
func (l modelList) String() string { return fmt.Sprintf("%q", []string(l)) }

// list returns the entry of a list, nil when there is none.
func (k modelSpace) list(key []byte) (*modelEntry, modelList, error) {
	x := k.find(key)
	if x == nil {
		return nil, nil, nil
	}
	if x.kind() != store.TypeList {
		return nil, nil, store.ErrWrongType
	}
	return x, x.other.(modelList), nil
}

// setList stores a list under a key, whose entry is x or none, unless it takes too much.
func (m *Model) setList(k modelSpace, key []byte, x *modelEntry, after modelList) error {
	growth := after.size()
	if x == nil {
		growth += 100 + int64(len(key))
	} else {
		growth -= x.other.size()
	}
	switch {
	case m.full(growth):
		return store.ErrNoMemory
	case len(after) == 0:
		m.remove(k, x, store.Destroyed)
		return nil
	case x == nil:
		x = m.add(k, key)
	}
	x.other = after
	m.used()
	return nil
}

// pushed returns a list with one more element at an end.
func (l modelList) pushed(element []byte, at store.ListEnd) modelList {
	if at == store.ListHead {
		return slices.Insert(slices.Clone(l), 0, string(element))
	}
	return append(slices.Clone(l), string(element))
}

// popped returns an element at an end of a list, and the list without it.
func (l modelList) popped(at store.ListEnd) (string, modelList) {
	if at == store.ListHead {
		return l[0], slices.Clone(l[1:])
	}
	return l[len(l)-1], slices.Clone(l[:len(l)-1])
}

// PushList implements store.Lists.
func (m *Model) PushList(_ context.Context, op store.Op, key []byte, elements [][]byte, at store.ListEnd, ifPresent bool) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, l, err := k.list(key)
	if err != nil || x == nil && ifPresent {
		return 0, err
	}
	for _, element := range elements {
		l = l.pushed(element, at)
	}
	if err := m.setList(k, key, x, l); err != nil {
		return 0, err
	}
	return len(l), nil
}

// ReplaceList implements store.Lists.
func (m *Model) ReplaceList(_ context.Context, op store.Op, key []byte, elements [][]byte) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	l := modelList{}
	for _, element := range elements {
		l = append(l, string(element))
	}
	return m.overwrite(k, key, l, len(l))
}

// PopList implements store.Lists.
func (m *Model) PopList(_ context.Context, op store.Op, keys [][]byte, count int64, at store.ListEnd, v store.ListVisitor) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	for _, key := range keys {
		x, l, err := k.list(key)
		if err != nil {
			return false, err
		}
		if x == nil {
			continue
		}
		n := int(min(count, int64(len(l))))
		v.List(key, n)
		for range n {
			var element string
			element, l = l.popped(at)
			v.Element([]byte(element))
		}
		return true, m.setList(k, key, x, l)
	}
	return false, nil
}

// between returns the elements from one index to another.
func (l modelList) between(start, stop int64) modelList {
	n := int64(len(l))
	if start < 0 {
		start = max(0, start+n)
	}
	if stop < 0 {
		stop += n
	}
	if stop = min(stop, n-1); start > stop {
		return nil
	}
	return l[start : stop+1]
}

// ReadList implements store.Lists.
func (m *Model) ReadList(_ context.Context, op store.Op, key []byte, start, stop int64, v store.ListVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, l, err := k.list(key)
	if err != nil {
		return err
	}
	if m.read(k, key); x != nil {
		l = l.between(start, stop)
		v.List(key, len(l))
		for _, element := range l {
			v.Element([]byte(element))
		}
	}
	return nil
}

// ListLength implements store.Lists.
func (m *Model) ListLength(_ context.Context, op store.Op, key []byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, l, err := k.list(key)
	if err == nil {
		m.read(k, key)
	}
	return len(l), err
}

// SetElement implements store.Lists.
func (m *Model) SetElement(_ context.Context, op store.Op, key []byte, index int64, value []byte) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, l, err := k.list(key)
	switch {
	case err != nil:
		return err
	case x == nil:
		return store.ErrNoList
	}
	if index < 0 {
		index += int64(len(l))
	}
	if index < 0 || index >= int64(len(l)) {
		return store.ErrIndex
	}
	l = slices.Clone(l)
	l[index] = string(value)
	return m.setList(k, key, x, l)
}

// InsertElement implements store.Lists.
func (m *Model) InsertElement(_ context.Context, op store.Op, key, pivot, value []byte, after bool) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, l, err := k.list(key)
	if x == nil {
		return 0, err
	}
	i := slices.Index(l, string(pivot))
	if i < 0 {
		return -1, nil
	}
	if after {
		i++
	}
	l = slices.Insert(slices.Clone(l), i, string(value))
	if err := m.setList(k, key, x, l); err != nil {
		return 0, err
	}
	return len(l), nil
}

// RemoveElements implements store.Lists.
func (m *Model) RemoveElements(_ context.Context, op store.Op, key, value []byte, count int64) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, l, err := k.list(key)
	if x == nil {
		return 0, err
	}
	before, after := len(l), slices.Clone(l)
	if count < 0 {
		slices.Reverse(after)
	}
	left := uint64(count)
	if count < 0 {
		left = -left
	}
	after = slices.DeleteFunc(after, func(element string) bool {
		if element != string(value) || count != 0 && left == 0 {
			return false
		}
		left--
		return true
	})
	if count < 0 {
		slices.Reverse(after)
	}
	if len(after) == before {
		return 0, nil
	}
	return before - len(after), m.setList(k, key, x, after)
}

// TrimList implements store.Lists.
func (m *Model) TrimList(_ context.Context, op store.Op, key []byte, start, stop int64) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, l, err := k.list(key)
	if x == nil {
		return err
	}
	l = l.between(start, stop)
	return m.setList(k, key, x, slices.Clone(l))
}

// FindElements implements store.Lists.
func (m *Model) FindElements(_ context.Context, op store.Op, key, value []byte, s store.ListSearch, visit func(index int)) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, l, err := k.list(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	var equal []int
	for i := range l {
		at := i
		if s.Rank < 0 {
			at = len(l) - 1 - i
		}
		if s.MaxSeen != 0 && int64(i) >= s.MaxSeen {
			break
		}
		if l[at] == string(value) {
			equal = append(equal, at)
		}
	}
	skip := s.Rank - 1
	if s.Rank < 0 {
		skip = -(s.Rank + 1)
	}
	equal = equal[min(skip, int64(len(equal))):]
	if s.Count != 0 {
		equal = equal[:min(s.Count, int64(len(equal)))]
	}
	for _, i := range equal {
		visit(i)
	}
	return nil
}

// MoveElement implements store.Lists.
func (m *Model) MoveElement(_ context.Context, op store.Op, from, to []byte, take, put store.ListEnd, show func(element []byte)) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, l, err := k.list(from)
	if x == nil {
		return false, err
	}
	there, target, err := k.list(to)
	if err != nil {
		return false, err
	}
	element, rest := l.popped(take)
	if there == x {
		x.other = rest.pushed([]byte(element), put)
		show([]byte(element))
		return true, nil
	}
	if err := m.setList(k, to, there, target.pushed([]byte(element), put)); err != nil {
		return false, err
	}
	show([]byte(element))
	return true, m.setList(k, from, x, rest)
}
