package memory

import (
	"context"

	"sessd/store"
)

// SetBit implements store.Bitmaps.
func (e *Engine) SetBit(_ context.Context, op store.Op, key []byte, offset int64, bit bool) (before bool, err error) {
	err = e.editString(op, key, stringEdit{
		event: store.EventSetBit,
		size: func(old []byte, _ bool) (int64, bool, error) {
			before = store.BitAt(old, offset)
			n := max(int64(len(old)), offset>>3+1)
			return n, true, e.mayGrow(old, n)
		},
		write: func(value []byte, _ int) bool {
			store.PutBit(value, offset, bit)
			return bit != before
		},
		span: func(int) (from, to int) { return int(offset >> 3), int(offset>>3) + 1 },
	})
	return before, err
}

// ChangeBitFields implements store.Bitmaps.
func (e *Engine) ChangeBitFields(_ context.Context, op store.Op, key []byte, fields []store.BitFieldOp) error {
	return e.editString(op, key, stringEdit{
		event: store.EventSetBit,
		size: func(old []byte, _ bool) (int64, bool, error) {
			n, writes := int64(len(old)), false
			for i := range fields {
				if fields[i].Action != store.BitFieldGet {
					n, writes = max(n, fields[i].End()), true
				}
			}
			if !writes {
				for i := range fields {
					fields[i].Do(old)
				}
			}
			return n, writes, e.mayGrow(old, n)
		},
		write: func(value []byte, _ int) (changed bool) {
			for i := range fields {
				changed = fields[i].Do(value) || changed
			}
			return changed
		},
	})
}

// CombineBits implements store.Bitmaps.
func (e *Engine) CombineBits(ctx context.Context, op store.Op, target []byte, how store.BitOp, keys [][]byte) (int, error) {
	words := append([][]byte{target}, keys...)
	for range tries {
		n, err := e.combineLongBits(ctx, op, words, how)
		switch err {
		case errChanged:
			continue
		case errAtOnce:
		default:
			return n, err
		}
		break
	}
	return withRoom(e, &op, func(claimed int64) (int, shortage, error) { return e.combineBits(op, words, how, claimed) })
}

func (e *Engine) combineBits(op store.Op, words [][]byte, how store.BitOp, claimed int64) (int, shortage, error) {
	h, err := e.lockKeysWith(op, words, 1, claimed)
	if err != nil {
		return 0, shortage{}, err
	}
	defer h.unlock()
	h.own(words[0]) // first, as in texts
	values, n, err := h.texts(words[1:])
	if err != nil {
		return 0, shortage{}, err
	}
	p := h.own(words[0])
	if n == 0 {
		if p.ref != 0 {
			p.remove(store.Destroyed)
		}
		return 0, shortage{}, nil
	}
	size := sizeOfString(len(p.key), n, store.Never)
	if need := p.need(size); !h.claim(need) {
		return 0, shortage{need, p.evictable()}, store.ErrNoMemory
	}
	if err := p.reserve(size); err != nil {
		return 0, shortage{}, err
	}
	result := make([]byte, n) // the target may be among the keys
	how.Combine(result, values)
	p.setString(result, store.Never, store.EventSet)
	return n, shortage{}, nil
}

// texts returns the values of the strings under keys, nil where there is none, and the greatest of their lengths. With
// ErrWrongType it returns those before the first entry of another type.
func (h *lockSet) texts(keys [][]byte) (values [][]byte, longest int, err error) {
	for i, key := range keys { // first, since what has expired is removed, and other entries move with that
		p := h.find(key)
		p.read()
		if err = p.text(); err != nil {
			keys = keys[:i]
			break
		}
	}
	values = make([][]byte, len(keys))
	for i, key := range keys {
		if p := h.find(key); p.ref != 0 {
			p.useString()
			values[i] = stringText(p.entry)
			longest = max(longest, len(values[i]))
		}
	}
	return values, longest, err
}
