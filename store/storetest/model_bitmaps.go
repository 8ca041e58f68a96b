package storetest

import (
	"bytes"
	"context"

	"sessd/store"
)

// edit returns a copy of the value under a key, as long as asked for at least, with its entry.
func (m *Model) edit(k modelSpace, key []byte, least int64) (value []byte, x *modelEntry, err error) {
	if x, err = k.text(key); err != nil {
		return nil, nil, err
	}
	if x != nil {
		value = bytes.Clone(x.value)
	}
	if least > int64(len(value)) {
		if least > 1<<32 || m.limits.StringBytes > 0 && least > m.limits.StringBytes {
			return nil, nil, store.ErrStringTooLong
		}
		if m.full(m.growth(k, key, int(least))) {
			return nil, nil, store.ErrNoMemory
		}
		value = append(value, make([]byte, int(least)-len(value))...)
	}
	return value, x, nil
}

// SetBit implements store.Bitmaps.
func (m *Model) SetBit(_ context.Context, op store.Op, key []byte, offset int64, bit bool) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	value, x, err := m.edit(k, key, offset/8+1)
	if err != nil {
		return false, err
	}
	before := store.BitAt(value, offset)
	store.PutBit(value, offset, bit)
	return before, m.replace(k, x, key, value)
}

// ChangeBitFields implements store.Bitmaps.
func (m *Model) ChangeBitFields(_ context.Context, op store.Op, key []byte, fields []store.BitFieldOp) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	least, writes := int64(0), false
	for i := range fields {
		if fields[i].Action != store.BitFieldGet {
			least, writes = max(least, fields[i].End()), true
		}
	}
	value, x, err := m.edit(k, key, least)
	if err != nil {
		return err
	}
	for i := range fields {
		fields[i].Do(value)
	}
	if !writes {
		return nil
	}
	return m.replace(k, x, key, value)
}

// CombineBits implements store.Bitmaps.
func (m *Model) CombineBits(_ context.Context, op store.Op, target []byte, how store.BitOp, keys [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	values, longest := make([][]byte, len(keys)), 0
	for i, key := range keys {
		x, err := m.readText(k, key)
		if err != nil {
			return 0, err
		}
		if x != nil {
			values[i] = x.value
			longest = max(longest, len(x.value))
		}
	}
	if longest == 0 {
		m.end(k, target)
		return 0, nil
	}
	if m.full(m.growth(k, target, longest)) {
		return 0, store.ErrNoMemory
	}
	result := make([]byte, longest)
	how.Combine(result, values)
	m.put(k, target, result, store.Never)
	return longest, nil
}

// end destroys what is under the key itself.
func (m *Model) end(k modelSpace, key []byte) {
	if k.aliases[string(key)] != nil {
		delete(k.aliases, string(key))
	} else if x := k.entries[string(key)]; x != nil {
		m.remove(k, x, store.Destroyed)
	}
}
