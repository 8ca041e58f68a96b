package memory

import (
	"bytes"
	"context"

	"sessd/store"
	"sessd/store/hyperloglog"
)

// AddElements implements store.HyperLogLogs.
func (e *Engine) AddElements(_ context.Context, op store.Op, key []byte, elements [][]byte) (changed bool, err error) {
	var after []byte // nil: it is changed in its place
	err = e.editString(op, key, stringEdit{
		event: store.EventPFAdd,
		size: func(old []byte, found bool) (n int64, edits bool, err error) {
			after = nil
			if found {
				if changed, err = hyperloglog.Changes(old, elements); err != nil || !changed {
					return 0, false, err
				}
				if hyperloglog.IsDense(old) {
					return int64(len(old)), true, nil
				}
				after = bytes.Clone(old)
			}
			after, changed, err = hyperloglog.Add(after, elements)
			return int64(len(after)), changed, err
		},
		write: func(value []byte, _ int) bool {
			if after == nil {
				hyperloglog.Add(value, elements) // does not fail for the dense form
			}
			copy(value, after)
			return true
		},
	})
	return changed && err == nil, err
}

// CountElements implements store.HyperLogLogs.
func (e *Engine) CountElements(_ context.Context, op store.Op, keys [][]byte) (uint64, error) {
	if len(keys) == 1 {
		return e.countAlone(op, keys[0])
	}
	h, err := e.lockKeys(op, keys, 1)
	if err != nil {
		return 0, err
	}
	defer h.unlock()
	var all hyperloglog.Registers
	if _, err := h.merge(&all, keys); err != nil {
		return 0, err
	}
	return all.Count(), nil
}

// countAlone is CountElements for one key.
func (e *Engine) countAlone(op store.Op, key []byte) (uint64, error) {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	p.read()
	if err := p.text(); err != nil || p.ref == 0 {
		return 0, err
	}
	p.useString()
	if p.recorder != nil {
		defer p.tellDifference(bytes.Clone(stringText(p.entry)))
	}
	return hyperloglog.CountAndRemember(stringText(p.entry))
}

// merge raises registers to those of the strings under keys, and reports whether any has the dense form.
func (h *lockSet) merge(all *hyperloglog.Registers, keys [][]byte) (dense bool, err error) {
	values, _, err := h.texts(keys)
	for _, value := range values {
		if value != nil {
			if err := all.Merge(value); err != nil { // of the first key that is wrong, as in Redis
				return false, err
			}
			dense = dense || hyperloglog.IsDense(value)
		}
	}
	return dense, err
}

// MergeElements implements store.HyperLogLogs.
func (e *Engine) MergeElements(_ context.Context, op store.Op, target []byte, keys [][]byte) error {
	words := append([][]byte{target}, keys...)
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		short, err := e.mergeElements(op, words, claimed)
		return struct{}{}, short, err
	})
	return err
}

func (e *Engine) mergeElements(op store.Op, words [][]byte, claimed int64) (shortage, error) {
	h, err := e.lockKeysWith(op, words, 1, claimed)
	if err != nil {
		return shortage{}, err
	}
	defer h.unlock()
	var all hyperloglog.Registers
	dense, err := h.merge(&all, words)
	if err != nil {
		return shortage{}, err
	}
	p := h.find(words[0])
	var before []byte
	expiry := store.Never
	if p.ref != 0 {
		before, expiry = bytes.Clone(stringText(p.entry)), stringExpires(p.entry)
	}
	after, err := all.Store(before, dense)
	if err != nil {
		return shortage{}, err
	}
	size := sizeOfString(len(p.key), len(after), expiry)
	if need := p.need(size); !h.claim(need) {
		return shortage{need, p.evictable()}, store.ErrNoMemory
	}
	if err := p.reserve(size); err != nil {
		return shortage{}, err
	}
	p.setString(after, expiry, store.EventPFAdd)
	return shortage{}, nil
}
