package memory

import (
	"bytes"
	"context"
	"math"
	"strconv"

	"sessd/store"
)

// maxString is the length that no string exceeds, whatever the limits say.
const maxString = 1 << 32

// text returns the string to which a key leads, or nil.
func (h *hold) text(key []byte) (*entry, error) {
	x := h.find(key)
	if x != nil && x.kind != store.TypeString {
		return nil, store.ErrWrongType
	}
	return x, nil
}

// readText is text for reads, which are counted.
func (h *hold) readText(key []byte) (*entry, error) {
	x := h.read(key)
	if x != nil && x.kind != store.TypeString {
		return nil, store.ErrWrongType
	}
	return x, nil
}

// show hands the value of a string, which may be nil, to a visitor.
func show(x *entry, v store.ValueVisitor) {
	if x == nil {
		v.Value(nil, false)
	} else {
		v.Value(x.value, true)
	}
}

// GetString implements store.Strings.
func (e *Engine) GetString(_ context.Context, op store.Op, key []byte, v store.ValueVisitor) error {
	h := e.hold(op, key)
	defer h.release()
	x, err := h.readText(key)
	if err != nil {
		return err
	}
	show(x, v)
	return nil
}

// GetStrings implements store.Strings.
func (e *Engine) GetStrings(_ context.Context, op store.Op, keys [][]byte, v store.ValueVisitor) error {
	h := e.holdEach(op, keys, 1)
	defer h.release()
	for _, key := range keys {
		x, err := h.readText(key)
		if err != nil {
			x = nil
		}
		show(x, v)
	}
	return nil
}

// GetStringExpire implements store.Strings.
func (e *Engine) GetStringExpire(_ context.Context, op store.Op, key []byte, at int64, v store.ValueVisitor) error {
	h := e.hold(op, key)
	defer h.release()
	x, err := h.readText(key)
	if err != nil {
		return err
	}
	show(x, v)
	switch {
	case x == nil:
	case at != store.Never && at <= op.Now:
		h.home(x).remove(x, store.Destroyed)
	default:
		s := h.home(x)
		s.setExpiry(x, at)
		s.changed(change{what: timed, entry: x})
	}
	return nil
}

// DeleteString implements store.Strings.
func (e *Engine) DeleteString(_ context.Context, op store.Op, key []byte, v store.ValueVisitor) error {
	h := e.hold(op, key)
	defer h.release()
	x, err := h.readText(key)
	if err != nil {
		return err
	}
	show(x, v)
	if x != nil {
		h.home(x).remove(x, store.Destroyed)
	}
	return nil
}

// SetString implements store.Strings.
func (e *Engine) SetString(_ context.Context, op store.Op, key, value []byte, c store.Set) (bool, error) {
	h := e.hold(op, key)
	defer h.release()
	x := h.find(key)
	if c.Previous != nil && x != nil && x.kind != store.TypeString {
		return false, store.ErrWrongType
	}
	at := c.ExpireAt
	if c.KeepTTL {
		at = store.Never
		if x != nil {
			at = x.expireAt
		}
	}
	ends := at != store.Never && at <= op.Now
	stores := !(c.IfAbsent && x != nil || c.IfPresent && x == nil)
	if stores && !ends && !e.room(h.setSize(key, value)) {
		return false, store.ErrNoMemory
	}
	if c.Previous != nil {
		show(x, c.Previous)
	}
	switch {
	case !stores:
	case ends:
		if y := h.entry(key); y != nil {
			h.home(y).remove(y, store.Destroyed)
		}
	default:
		h.set(key, value, at)
	}
	return stores, nil
}

// setSize returns how many more bytes are counted when a value is stored.
func (h *hold) setSize(key, value []byte) int64 {
	n := stringSize(len(key), len(value))
	if x := h.entry(key); x != nil {
		n -= x.bytes
	}
	return n
}

// set stores a string over whatever is under the key itself; over an alias, the session to which it leads stays.
func (h *hold) set(key, value []byte, expireAt int64) {
	x := h.entry(key)
	if x != nil && x.kind != store.TypeString {
		h.home(x).remove(x, store.Destroyed)
		x = nil
	}
	s := h.at(key)
	if x == nil {
		x = h.newEntry(key, store.TypeString)
		x.value, x.expireAt = bytes.Clone(value), expireAt
		s.add(x)
	} else {
		x.write(value)
		s.resized(x)
		s.setExpiry(x, expireAt)
	}
	s.changed(change{what: stored, entry: x})
}

// write replaces the value of a string.
func (x *entry) write(value []byte) {
	if cap(x.value) < len(value) || cap(x.value) > 2*len(value)+32 {
		x.value = make([]byte, 0, len(value))
	}
	x.value = append(x.value[:0], value...)
}

// SetStrings implements store.Strings.
func (e *Engine) SetStrings(_ context.Context, op store.Op, pairs [][]byte, ifNone bool) (bool, error) {
	h := e.holdEach(op, pairs, 2)
	defer h.release()
	need := int64(0)
	for i := 0; i < len(pairs); i += 2 {
		if ifNone && h.find(pairs[i]) != nil {
			return false, nil
		}
		need += h.setSize(pairs[i], pairs[i+1])
	}
	if !e.room(need) {
		return false, store.ErrNoMemory
	}
	for i := 0; i < len(pairs); i += 2 {
		h.set(pairs[i], pairs[i+1], store.Never)
	}
	return true, nil
}

// IncrString implements store.Strings.
func (e *Engine) IncrString(_ context.Context, op store.Op, key []byte, delta int64) (int64, error) {
	h := e.hold(op, key)
	defer h.release()
	x, err := h.text(key)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	if x != nil {
		var ok bool
		if n, ok = store.ParseInt(x.value); !ok {
			return 0, store.ErrNotInteger
		}
	}
	if delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta {
		return 0, store.ErrOverflow
	}
	var digits [20]byte
	if err := h.replace(x, key, strconv.AppendInt(digits[:0], n+delta, 10)); err != nil {
		return 0, err
	}
	return n + delta, nil
}

// replace stores the value that an operation made of a string's, which keeps its expiry; x is nil when there was none.
func (h *hold) replace(x *entry, key, value []byte) error {
	if !h.space.engine.room(h.setSize(key, value)) {
		return store.ErrNoMemory
	}
	at := store.Never
	if x != nil {
		at = x.expireAt
	}
	h.set(key, value, at)
	return nil
}

// IncrStringFloat implements store.Strings.
func (e *Engine) IncrStringFloat(_ context.Context, op store.Op, key, delta []byte) ([]byte, error) {
	h := e.hold(op, key)
	defer h.release()
	x, err := h.text(key)
	if err != nil {
		return nil, err
	}
	old := []byte("0")
	if x != nil {
		old = x.value
	}
	sum, err := store.AddFloat(old, delta)
	if err != nil {
		return nil, err
	}
	return sum, h.replace(x, key, sum)
}

// AppendString implements store.Strings.
func (e *Engine) AppendString(_ context.Context, op store.Op, key, tail []byte) (int, error) {
	h := e.hold(op, key)
	defer h.release()
	x, err := h.text(key)
	if err != nil {
		return 0, err
	}
	size := 0
	if x != nil {
		size = len(x.value)
	}
	return h.overwrite(x, key, int64(size), tail)
}

// SetStringRange implements store.Strings.
func (e *Engine) SetStringRange(_ context.Context, op store.Op, key []byte, offset int64, part []byte) (int, error) {
	h := e.hold(op, key)
	defer h.release()
	x, err := h.text(key)
	if err != nil {
		return 0, err
	}
	if len(part) == 0 {
		if x == nil {
			return 0, nil
		}
		return len(x.value), nil
	}
	return h.overwrite(x, key, offset, part)
}

// overwrite puts part into a string at an offset and returns the new length; x is nil when there is none.
func (h *hold) overwrite(x *entry, key []byte, offset int64, part []byte) (int, error) {
	limit := h.space.engine.Limits().StringBytes
	if limit <= 0 || limit > maxString {
		limit = maxString
	}
	if offset > limit-int64(len(part)) {
		return 0, store.ErrStringTooLong
	}
	end := int(offset) + len(part)
	if x == nil {
		if !h.space.engine.room(stringSize(len(key), end)) {
			return 0, store.ErrNoMemory
		}
		value := make([]byte, end)
		copy(value[offset:], part)
		x = h.newEntry(key, store.TypeString)
		x.value = value
		h.at(key).add(x)
	} else {
		if !h.space.engine.room(int64(end - len(x.value))) {
			return 0, store.ErrNoMemory
		}
		if end > len(x.value) {
			x.value = append(x.value, make([]byte, end-len(x.value))...)
		}
		copy(x.value[offset:], part)
		h.home(x).resized(x)
	}
	h.home(x).changed(change{what: stored, entry: x})
	return len(x.value), nil
}
