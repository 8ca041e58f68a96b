package storetest

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"

	"sessd/store"
)

// modelHash is a hash.
type modelHash map[string]modelField

// modelField is the value of a field, and when it ends; 0: with its hash.
type modelField struct {
	value string
	until int64
}

// String implements fmt.Stringer.
func (f modelField) String() string { return fmt.Sprintf("%q until %d", f.value, f.until) }

func (modelHash) typ() store.Type { return store.TypeHash }

func (h modelHash) size() int64 {
	n := 0
	for name, f := range h {
		n += 10 + len(name) + len(f.value)
	}
	return int64(n)
}

func (h modelHash) clone() modelValue { return maps.Clone(h) }

// String implements fmt.Stringer.
func (h modelHash) String() string { return fmt.Sprintf("%v", map[string]modelField(h)) }

// hash returns the entry of a hash, nil when there is none.
func (k modelSpace) hash(key []byte) (*modelEntry, modelHash, error) {
	x := k.find(key)
	if x == nil {
		return nil, nil, nil
	}
	if x.kind() != store.TypeHash {
		return nil, nil, store.ErrWrongType
	}
	return x, x.other.(modelHash), nil
}

// setHash sets fields that end at a time, or as before where keep is true, and returns how many are new.
func (m *Model) setHash(k modelSpace, key []byte, x *modelEntry, h modelHash, until int64, keep bool, pairs ...string) (int, error) {
	after := modelHash{}
	maps.Copy(after, h)
	for i := 0; i < len(pairs); i += 2 {
		if keep {
			until = after[pairs[i]].until
		}
		after[pairs[i]] = modelField{pairs[i+1], until}
	}
	growth := after.size() - h.size()
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
	return len(after) - len(h), nil
}

// ReadHash implements store.Hashes.
func (m *Model) ReadHash(_ context.Context, op store.Op, key []byte, r store.HashRead, v store.HashVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, h, err := k.hash(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	v.Hash(len(h))
	switch {
	case r.Size:
	case r.Fields == nil:
		for name, f := range h {
			v.Field([]byte(name), []byte(f.value), true)
		}
	default:
		for _, name := range r.Fields {
			if f, found := h[string(name)]; found {
				v.Field(name, []byte(f.value), true)
			} else {
				v.Field(name, nil, false)
			}
		}
	}
	return nil
}

// SetHash implements store.Hashes.
func (m *Model) SetHash(_ context.Context, op store.Op, key []byte, pairs [][]byte, ifAbsent bool) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, h, err := k.hash(key)
	if err != nil {
		return 0, err
	}
	var texts []string
	for i, b := range pairs {
		texts = append(texts, string(b))
		if _, found := h[string(b)]; found && ifAbsent && i%2 == 0 {
			return 0, nil
		}
	}
	return m.setHash(k, key, x, h, 0, false, texts...)
}

// DeleteFields implements store.Hashes.
func (m *Model) DeleteFields(_ context.Context, op store.Op, key []byte, fields [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, h, err := k.hash(key)
	if x == nil {
		return 0, err
	}
	before := len(h)
	for _, name := range fields {
		delete(h, string(name))
	}
	if len(h) == 0 {
		m.remove(k, x, store.Destroyed)
	}
	return before - len(h), nil
}

// IncrField implements store.Hashes.
func (m *Model) IncrField(_ context.Context, op store.Op, key, field []byte, delta int64) (int64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, h, err := k.hash(key)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	if old, found := h[string(field)]; found {
		if n, err = strconv.ParseInt(old.value, 10, 64); err != nil || strconv.FormatInt(n, 10) != old.value {
			return 0, store.ErrNotInteger
		}
	}
	total := new(big.Int).Add(big.NewInt(n), big.NewInt(delta))
	if !total.IsInt64() {
		return 0, store.ErrOverflow
	}
	if _, err = m.setHash(k, key, x, h, 0, true, string(field), total.String()); err != nil {
		return 0, err
	}
	return total.Int64(), nil
}

// IncrFieldFloat implements store.Hashes.
func (m *Model) IncrFieldFloat(_ context.Context, op store.Op, key, field, delta []byte) ([]byte, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, h, err := k.hash(key)
	if err != nil {
		return nil, err
	}
	old, found := h[string(field)]
	if !found {
		old.value = "0"
	}
	total, err := store.AddFloat([]byte(old.value), delta)
	if err == nil {
		_, err = m.setHash(k, key, x, h, 0, true, string(field), string(total))
	}
	if err != nil {
		return nil, err
	}
	return total, nil
}

// ScanHash implements store.Hashes. It visits all fields at once.
func (m *Model) ScanHash(_ context.Context, op store.Op, key []byte, _ uint64, _ int, visit func(name, value []byte)) (uint64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, h, err := k.hash(key)
	for name, f := range h {
		visit([]byte(name), []byte(f.value))
	}
	return 0, err
}

// RandomFields implements store.Hashes.
func (m *Model) RandomFields(_ context.Context, op store.Op, key []byte, count int64, v store.HashVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, h, err := k.hash(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	names := slices.Collect(maps.Keys(h))
	n := min(int(count), len(names))
	if count < 0 && len(names) > 0 {
		n = int(-count)
	}
	n = max(n, 0)
	v.Hash(n)
	for i := range n {
		if count < 0 {
			i = rand.IntN(len(names))
		}
		v.Field([]byte(names[i]), []byte(h[names[i]].value), true)
	}
	return nil
}
