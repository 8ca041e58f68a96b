package memory

import (
	"bytes"
	"context"
	"slices"

	"sessd/store"
)

// mostLongSources is up to how many strings are combined in steps.
const mostLongSources = 64

// bitSource is a string that is combined: a long one, of which others change the count of its shard, or a copy.
type bitSource struct {
	long  *longText // nil: value has it
	value []byte
	found bool
}

// combineLongBits is CombineBits where that takes long: steps fill the memory of the target, which then takes its place in one step.
// It returns errChanged, with nothing changed, where a string is another one then, and errAtOnce where it is to be done under
// the locks.
func (e *Engine) combineLongBits(ctx context.Context, op store.Op, words [][]byte, how store.BitOp) (int, error) {
	sources, n, err := e.bitSources(ctx, op, words)
	if err != nil {
		return 0, err
	}
	size := sizeOfString(len(words[0]), n, store.Never)
	mapping := e.pages.Large(size)
	if mapping == nil {
		return 0, errAtOnce
	}
	result := putString(mapping, words[0], n, store.Never, op.Now)
	err = e.addBits(op, words[1:], how, sources, result)
	if err == nil {
		how.Finish(result)
		err = e.storeBits(op, words, sources, size, &mapping)
	}
	if mapping != nil {
		e.pages.FreeLarge(mapping)
	}
	return n, err
}

// bitSources returns the strings under all keys but the first, and the greatest of their lengths.
func (e *Engine) bitSources(ctx context.Context, op store.Op, words [][]byte) (sources []bitSource, longest int, err error) {
	if op.Tx != nil || len(words) > mostLongSources {
		return nil, 0, errAtOnce
	}
	h, err := e.lockKeys(op, words, 1)
	if err != nil {
		return nil, 0, err
	}
	defer h.unlock()
	for _, key := range words { // first, since what has expired is removed, and other entries move with that
		h.find(key)
	}
	for _, key := range words[1:] {
		p := h.find(key)
		if p.text() != nil {
			return nil, 0, errAtOnce
		}
		if p.is(tagString) {
			longest = max(longest, len(stringText(p.entry)))
		}
	}
	switch {
	case longest <= longBytes:
		return nil, 0, errAtOnce
	case store.IsImmediate(ctx):
		return nil, 0, store.ErrLong
	}
	for _, key := range words[1:] {
		p, one := h.find(key), bitSource{}
		if one.found = p.is(tagString); one.found {
			if text := stringText(p.entry); len(p.entry) > longBytes {
				one.long = &longText{shard: p.shard, changes: p.longChanges, length: len(text), to: len(text)}
			} else {
				one.value = bytes.Clone(text)
			}
		}
		sources = append(sources, one)
	}
	return sources, longest, nil
}

// addBits combines the strings, in steps.
func (e *Engine) addBits(op store.Op, keys [][]byte, how store.BitOp, sources []bitSource, result []byte) error {
	for some := range slices.Chunk(result, longBytes) { // the collector stops everybody for as long as one takes
		clear(some)
		giveWay()
	}
	for i, one := range sources {
		length := len(one.value)
		if one.long == nil {
			how.Add(result, one.value, i == 0)
		} else {
			length = one.long.length
			for done := 0; done < length; {
				n := e.eachOfLong(op, keys[i], one.long, done, func(some []byte) { how.Add(result[done:], some, i == 0) })
				if n == 0 {
					return errChanged
				}
				done += n
				giveWay()
			}
		}
		if how == store.BitAnd {
			clear(result[length:])
		}
	}
	return nil
}

// isOf reports whether the entry is the string that was combined.
func (b *bitSource) isOf(p *entryRef) bool {
	switch {
	case !b.found:
		return p.ref == 0
	case b.long != nil:
		return b.long.isOf(p)
	}
	return p.is(tagString) && bytes.Equal(b.value, stringText(p.entry))
}

// storeBits makes a mapping the string under the first key, if the others are what was combined. It takes the mapping then.
func (e *Engine) storeBits(op store.Op, words [][]byte, sources []bitSource, size int, mapping *[]byte) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		h, err := e.lockKeysWith(op, words, 1, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer h.unlock()
		for _, key := range words {
			h.find(key)
		}
		for i, key := range words[1:] {
			if p := h.find(key); !sources[i].isOf(&p) {
				return struct{}{}, shortage{}, errChanged
			}
		}
		p := h.own(words[0])
		if need := p.need(size); !h.claim(need) {
			return struct{}{}, shortage{need, p.evictable()}, store.ErrNoMemory
		}
		if !p.table.Reserve(p.hash, size) {
			return struct{}{}, shortage{}, store.ErrNoMemory
		}
		for _, key := range words[1:] {
			q := h.find(key)
			if q.read(); q.is(tagString) {
				q.useString()
			}
		}
		p.adoptString(size, *mapping)
		*mapping = nil
		return struct{}{}, shortage{}, nil
	})
	return err
}

// adoptString makes the entry a string that lies in a mapping, whatever it was. The memory for it was reserved.
func (p *entryRef) adoptString(size int, mapping []byte) {
	isNew := p.ref == 0 || p.is(tagAlias)
	if p.ref != 0 {
		p.replace()
	}
	n := size - sizeOfString(len(p.key), 0, store.Never)
	p.table.Give(mapping)
	p.place(size, func() { putString(p.entry, p.key, n, store.Never, p.now) })
	if isNew {
		p.emit(store.EventNew)
	}
	p.emit(store.EventSet)
}
