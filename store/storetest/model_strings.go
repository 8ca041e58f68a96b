package storetest

import (
	"bytes"
	"context"
	"math/big"
	"strconv"

	"sessd/store"
)

// text returns the entry of a string, nil when there is none.
func (k modelSpace) text(key []byte) (*modelEntry, error) {
	x := k.find(key)
	if x != nil && x.kind() != store.TypeString {
		return nil, store.ErrWrongType
	}
	return x, nil
}

// readText is text for operations that count as reads.
func (m *Model) readText(k modelSpace, key []byte) (*modelEntry, error) {
	m.read(k, key)
	return k.text(key)
}

func showText(x *modelEntry, v store.ValueVisitor) {
	if x == nil {
		v.Value(nil, false)
	} else {
		v.Value(x.value, true)
	}
}

// growth returns how much more is counted when a value is stored under a key itself.
func (m *Model) growth(k modelSpace, key []byte, value int) int64 {
	n := int64(100 + len(key) + value)
	if x := k.entries[string(key)]; x != nil {
		n -= x.size()
	}
	if k.aliases[string(key)] != nil {
		n -= 100 + int64(len(key))
	}
	return n
}

// put stores a value over whatever is under the key itself.
func (m *Model) put(k modelSpace, key, value []byte, expireAt int64) {
	delete(k.aliases, string(key))
	x := k.entries[string(key)]
	if x != nil && x.kind() != store.TypeString {
		m.remove(k, x, store.Destroyed)
		x = nil
	}
	if x == nil {
		x = m.add(k, key)
	}
	x.value, x.expireAt = bytes.Clone(value), expireAt
	m.used()
}

// GetString implements store.Strings.
func (m *Model) GetString(_ context.Context, op store.Op, key []byte, v store.ValueVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.readText(k, key)
	if err != nil {
		return err
	}
	showText(x, v)
	return nil
}

// GetStrings implements store.Strings.
func (m *Model) GetStrings(_ context.Context, op store.Op, keys [][]byte, v store.ValueVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	for _, key := range keys {
		x, _ := m.readText(k, key)
		showText(x, v)
	}
	return nil
}

// GetStringExpire implements store.Strings.
func (m *Model) GetStringExpire(_ context.Context, op store.Op, key []byte, at int64, v store.ValueVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.readText(k, key)
	if err != nil {
		return err
	}
	showText(x, v)
	if x == nil {
		return nil
	}
	if x.expireAt = at; isPast(at, op.Now) {
		m.remove(k, x, store.Destroyed)
	}
	return nil
}

// DeleteString implements store.Strings.
func (m *Model) DeleteString(_ context.Context, op store.Op, key []byte, v store.ValueVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.readText(k, key)
	if err != nil {
		return err
	}
	showText(x, v)
	if x != nil {
		m.remove(k, x, store.Destroyed)
	}
	return nil
}

// SetString implements store.Strings.
func (m *Model) SetString(_ context.Context, op store.Op, key, value []byte, s store.SetOptions) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x := k.find(key)
	if s.Previous != nil && x != nil && x.kind() != store.TypeString {
		return false, store.ErrWrongType
	}
	stores := !(s.IfAbsent && x != nil) && !(s.IfPresent && x == nil)
	at := s.ExpireAt
	if s.KeepTTL {
		at = store.Never
		if x != nil {
			at = x.expiry()
		}
	}
	if stores && !isPast(at, op.Now) && m.full(m.growth(k, key, len(value))) {
		return false, store.ErrNoMemory
	}
	if s.Previous != nil {
		showText(x, s.Previous)
	}
	if !stores {
		return false, nil
	}
	if !isPast(at, op.Now) {
		m.put(k, key, value, at)
	} else if k.aliases[string(key)] != nil {
		delete(k.aliases, string(key))
	} else if x != nil {
		m.remove(k, x, store.Destroyed)
	}
	return true, nil
}

// SetStrings implements store.Strings.
func (m *Model) SetStrings(_ context.Context, op store.Op, pairs [][]byte, ifNone bool) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	growth := int64(0)
	for i := 0; i < len(pairs); i += 2 {
		if ifNone && k.find(pairs[i]) != nil {
			return false, nil
		}
		growth += m.growth(k, pairs[i], len(pairs[i+1]))
	}
	if m.full(growth) {
		return false, store.ErrNoMemory
	}
	for i := 0; i < len(pairs); i += 2 {
		m.put(k, pairs[i], pairs[i+1], store.Never)
	}
	return true, nil
}

// replace stores a value that was made from that of x, whose expiry it keeps.
func (m *Model) replace(k modelSpace, x *modelEntry, key, value []byte) error {
	if m.full(m.growth(k, key, len(value))) {
		return store.ErrNoMemory
	}
	at := store.Never
	if x != nil {
		at = x.expireAt
	}
	m.put(k, key, value, at)
	return nil
}

// IncrString implements store.Strings.
func (m *Model) IncrString(_ context.Context, op store.Op, key []byte, delta int64) (int64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := k.text(key)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	if x != nil {
		if n, err = strconv.ParseInt(string(x.value), 10, 64); err != nil || strconv.FormatInt(n, 10) != string(x.value) {
			return 0, store.ErrNotInteger
		}
	}
	total := new(big.Int).Add(big.NewInt(n), big.NewInt(delta))
	if !total.IsInt64() {
		return 0, store.ErrOverflow
	}
	return total.Int64(), m.replace(k, x, key, []byte(total.String()))
}

// IncrStringFloat implements store.Strings.
func (m *Model) IncrStringFloat(_ context.Context, op store.Op, key, delta []byte) ([]byte, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := k.text(key)
	if err != nil {
		return nil, err
	}
	old := []byte("0")
	if x != nil {
		old = x.value
	}
	total, err := store.AddFloat(old, delta)
	if err != nil {
		return nil, err
	}
	return total, m.replace(k, x, key, total)
}

// AppendString implements store.Strings.
func (m *Model) AppendString(_ context.Context, op store.Op, key, tail []byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := k.text(key)
	if err != nil {
		return 0, err
	}
	var value []byte
	if x != nil {
		value = bytes.Clone(x.value)
	}
	value = append(value, tail...)
	if m.limits.StringBytes > 0 && int64(len(value)) > m.limits.StringBytes {
		return 0, store.ErrStringTooLong
	}
	return len(value), m.replace(k, x, key, value)
}

// SetStringRange implements store.Strings.
func (m *Model) SetStringRange(_ context.Context, op store.Op, key []byte, offset int64, part []byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := k.text(key)
	if err != nil {
		return 0, err
	}
	var value []byte
	if x != nil {
		value = bytes.Clone(x.value)
	}
	if len(part) == 0 {
		return len(value), nil
	}
	// Longer than 4 GiB is too long for the model even where there is no limit.
	if end := sum(offset, int64(len(part))); end > 1<<32 || m.limits.StringBytes > 0 && end > m.limits.StringBytes {
		return 0, store.ErrStringTooLong
	}
	if m.full(m.growth(k, key, max(len(value), int(offset)+len(part)))) {
		return 0, store.ErrNoMemory
	}
	if missing := int(offset) + len(part) - len(value); missing > 0 {
		value = append(value, make([]byte, missing)...)
	}
	copy(value[offset:], part)
	return len(value), m.replace(k, x, key, value)
}
