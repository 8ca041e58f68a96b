package memory

import (
	"context"
	"math"
	"strconv"

	"sessd/store"
)

// lockHash locks the shard of a key, which must not hold an entry of another type.
func (e *Engine) lockHash(op store.Op, key []byte, claimed int64) (entryRef, error) {
	return e.lockCollection(op, key, tagHash, claimed)
}

// SetHash implements store.Hashes.
func (e *Engine) SetHash(ctx context.Context, op store.Op, key []byte, pairs [][]byte, ifAbsent bool) (int, error) {
	if len(pairs)/2 > e.longElements && !ifAbsent {
		if n, done, err := e.setManyFields(ctx, op, key, pairs); done || err != nil {
			return n, err
		}
	}
	return withRoom(e, &op, func(claimed int64) (int, shortage, error) {
		var p entryRef
		if err := p.lockCollection(e, &op, key, tagHash, claimed); err != nil {
			return 0, shortage{}, err
		}
		defer p.unlock()
		if ifAbsent {
			for i := 0; i < len(pairs); i += 2 {
				if _, there := p.hashField(pairs[i]); there {
					return 0, shortage{}, nil
				}
			}
		}
		return p.setFields(pairs, untilNone, store.EventHSet)
	})
}

// DeleteFields implements store.Hashes.
func (e *Engine) DeleteFields(ctx context.Context, op store.Op, key []byte, fields [][]byte) (int, error) {
	if len(fields) > e.longElements {
		if n, done, err := e.deleteManyFields(ctx, op, key, fields); done || err != nil {
			return n, err
		}
	}
	p, err := e.lockHash(op, key, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	if p.ref == 0 {
		return 0, nil
	}
	return p.deleteFields(fields)
}

// IncrField implements store.Hashes.
func (e *Engine) IncrField(_ context.Context, op store.Op, key, field []byte, delta int64) (n int64, err error) {
	err = e.changeField(op, key, field, store.EventHIncrBy, func(old []byte, found bool) ([]byte, error) {
		n = 0
		if found {
			var ok bool
			if n, ok = store.ParseInt(old); !ok {
				return nil, store.ErrNotInteger
			}
		}
		if delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta {
			return nil, store.ErrOverflow
		}
		n += delta
		return strconv.AppendInt(nil, n, 10), nil
	})
	if err != nil {
		n = 0
	}
	return n, err
}

// IncrFieldFloat implements store.Hashes.
func (e *Engine) IncrFieldFloat(_ context.Context, op store.Op, key, field, delta []byte) (sum []byte, err error) {
	err = e.changeField(op, key, field, store.EventHIncrByFloat, func(old []byte, found bool) ([]byte, error) {
		if !found {
			old = []byte("0")
		}
		sum, err = store.AddFloat(old, delta)
		return sum, err
	})
	if err != nil {
		sum = nil
	}
	return sum, err
}

// changeField stores what change makes of a field's value.
func (e *Engine) changeField(op store.Op, key, field []byte, event store.Event, change func(old []byte, found bool) ([]byte, error)) error {
	_, err := withRoom(e, &op, func(claimed int64) (int, shortage, error) {
		p, err := e.lockHash(op, key, claimed)
		if err != nil {
			return 0, shortage{}, err
		}
		defer p.unlock()
		old, found := p.hashField(field)
		value, err := change(old, found)
		if err != nil {
			return 0, shortage{}, err
		}
		return p.setFields([][]byte{field, value}, untilKept, event)
	})
	return err
}
