package memory

import (
	"context"
	"math"
	"strconv"

	"sessd/store"
	"sessd/store/memory/arena"
)

// maxString is the length that no string exceeds, whatever the limits say.
const maxString = 3 << 30

// text returns ErrWrongType when there is an entry of another type.
func (p *entryRef) text() error {
	if p.ref != 0 && tag(p.entry) != tagString {
		return store.ErrWrongType
	}
	return nil
}

// show hands the value to a visitor, if there is one.
func (p *entryRef) show(v store.ValueVisitor) {
	if p.is(tagString) {
		p.useString()
		v.Value(stringText(p.entry), true)
	} else {
		v.Value(nil, false)
	}
}

// useString counts as use of a string.
func (p *entryRef) useString() {
	if p.space.engine.limits.Load().Policy.LFU() {
		accessed, _ := stringKind{}.usage(p.entry)
		p.entry[stringUses] = usedAgain(p.entry[stringUses], p.now-accessed)
	}
	set32(p.entry, stringAccessed, int(p.now>>10))
}

// reserveExpiry obtains what expireString takes.
func (p *entryRef) reserveExpiry(expiry int64) error {
	if !p.is(tagString) || (stringExpires(p.entry) == store.Never) == (expiry == store.Never) {
		return nil
	}
	return p.reserve(sizeOfString(len(p.key), len(stringText(p.entry)), expiry))
}

// expireString changes when a string expires.
func (p *entryRef) expireString(expiry int64) {
	if before := stringExpires(p.entry); before != store.Never && expiry != store.Never {
		set64(p.entry, stringExpiry, expiry)
		p.table.NoteDeadline(p.ref, deadlineOf(expiry))
	} else if before != expiry {
		p.scratch = append(p.scratch[:0], stringText(p.entry)...)
		p.tellOfNext()
		p.putString(p.scratch, expiry)
	}
	p.tellExpiry(expiry)
}

// setString makes the entry a string with a value, whatever it was, by an event. The memory for it was reserved.
func (p *entryRef) setString(value []byte, expiry int64, event store.Event) {
	isNew := p.ref == 0 || p.is(tagAlias)
	if p.ref != 0 && !p.is(tagString) {
		p.replace()
	}
	p.putString(value, expiry)
	if isNew {
		p.emit(store.EventNew)
	}
	p.emit(event)
}

// putString gives a string, or a key without an entry, a value.
func (p *entryRef) putString(value []byte, expiry int64) {
	p.place(sizeOfString(len(p.key), len(value), expiry), func() {
		p.table.Spoil(p.entry) // as commit does
		copy(putString(p.entry, p.key, len(value), expiry, p.now), value)
	})
}

// GetString implements store.Strings.
func (e *Engine) GetString(ctx context.Context, op store.Op, key []byte, v store.ValueVisitor) error {
	var p entryRef
	if err := p.lockIn(e, &op, key); err != nil {
		return err
	}
	if len(p.entry) > longBytes {
		if long, err := p.longText(ctx, v); long != nil || err != nil {
			if p.unlock(); err != nil {
				return err
			}
			return e.showLong(ctx, op, key, v, long)
		}
	}
	defer p.unlock()
	p.read()
	if err := p.text(); err != nil {
		return err
	}
	p.show(v)
	return nil
}

// GetStrings implements store.Strings.
func (e *Engine) GetStrings(_ context.Context, op store.Op, keys [][]byte, v store.ValueVisitor) error {
	h, err := e.lockOnlyKeys(op, keys, 1)
	if err != nil {
		return err
	}
	defer h.unlock()
	for _, key := range keys {
		p := h.find(key)
		p.read()
		p.show(v)
	}
	return nil
}

// GetStringExpire implements store.Strings.
func (e *Engine) GetStringExpire(_ context.Context, op store.Op, key []byte, at int64, v store.ValueVisitor) error {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return err
	}
	defer p.unlock()
	p.read()
	if err := p.text(); err != nil {
		return err
	}
	ends := at != store.Never && at <= op.Now
	if !ends {
		if err := p.reserveExpiry(at); err != nil {
			return err
		}
	}
	p.show(v)
	switch {
	case p.ref == 0:
	case ends:
		p.remove(store.Destroyed)
	case at != store.Never:
		p.expireString(at)
		p.emit(store.EventExpire)
	case p.expires(p.entry) != store.Never:
		p.expireString(at)
		p.emit(store.EventPersist)
	}
	return nil
}

// DeleteString implements store.Strings.
func (e *Engine) DeleteString(_ context.Context, op store.Op, key []byte, v store.ValueVisitor) error {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return err
	}
	defer p.unlock()
	p.read()
	if err := p.text(); err != nil {
		return err
	}
	p.show(v)
	if p.ref != 0 {
		p.remove(store.Destroyed)
	}
	return nil
}

// SetString implements store.Strings.
func (e *Engine) SetString(_ context.Context, op store.Op, key, value []byte, c store.SetOptions) (bool, error) {
	return withRoom(e, &op, func(claimed int64) (bool, shortage, error) { return e.setString(op, key, value, &c, claimed) })
}

func (e *Engine) setString(op store.Op, key, value []byte, c *store.SetOptions, claimed int64) (bool, shortage, error) {
	if aliases := &e.spaceOf(op).aliases; aliases.count.Load() == 0 {
		var p entryRef
		if err := p.lockInWith(e, &op, key, claimed); err != nil {
			return false, shortage{}, err
		}
		if aliases.count.Load() == 0 { // nothing leads from one key to another
			defer p.unlock()
			return p.storeString(&p, key, value, c)
		}
		p.claimed = 0
		p.unlock()
	}
	h, err := e.lockKeysWith(op, [][]byte{key}, 1, claimed)
	if err != nil {
		return false, shortage{}, err
	}
	defer h.unlock()
	p := h.find(key)
	// Over an alias, the session to which it leads stays.
	own := h.own(key)
	defer h.lend(own.shard)()
	return p.storeString(&own, key, value, c)
}

// storeString stores a string in the key's own place. The entry is that to which the key leads.
func (p *entryRef) storeString(own *entryRef, key, value []byte, c *store.SetOptions) (bool, shortage, error) {
	if c.Previous != nil {
		if err := p.text(); err != nil {
			return false, shortage{}, err
		}
	}
	expiry := c.ExpireAt
	if c.KeepTTL {
		expiry = store.Never
		if p.ref != 0 {
			expiry = p.expires(p.entry)
		}
	}
	ends := deadlineOf(expiry) <= p.now
	stored := !(c.IfAbsent && p.ref != 0 || c.IfPresent && p.ref == 0)
	if stored && !ends {
		size := sizeOfString(len(key), len(value), expiry)
		if need := own.need(size); !own.claim(need) {
			return false, shortage{need, own.evictable()}, store.ErrNoMemory
		}
		if err := own.reserve(size); err != nil {
			return false, shortage{}, err
		}
	}
	if c.Previous != nil {
		if p.ref == 0 {
			p.emitKey(store.EventMiss, key)
		}
		p.show(c.Previous)
	}
	switch {
	case !stored:
	case !ends:
		own.setString(value, expiry, store.EventSet)
		if expiry != store.Never && !c.KeepTTL {
			own.emit(store.EventExpire)
		}
	case own.ref != 0:
		own.remove(store.Destroyed)
	}
	return stored, shortage{}, nil
}

// SetStrings implements store.Strings.
func (e *Engine) SetStrings(_ context.Context, op store.Op, pairs [][]byte, ifNone bool) (bool, error) {
	if !ifNone {
		if b := e.newStringBatch(op, pairs); b != nil && b.set() {
			return true, nil
		}
	}
	return withRoom(e, &op, func(claimed int64) (bool, shortage, error) { return e.setStrings(op, pairs, ifNone, claimed) })
}

func (e *Engine) setStrings(op store.Op, pairs [][]byte, ifNone bool, claimed int64) (bool, shortage, error) {
	h, err := e.lockKeysWith(op, pairs, 2, claimed)
	if err != nil {
		return false, shortage{}, err
	}
	defer h.unlock()
	for i := 0; i < len(pairs); i += 2 {
		if ifNone {
			if p := h.find(pairs[i]); p.ref != 0 {
				return false, shortage{}, nil
			}
		}
	}
	if short, err := h.roomForStrings(pairs); err != nil {
		return false, short, err
	}
	for i := 0; i < len(pairs); i += 2 {
		p := h.own(pairs[i])
		p.setString(pairs[i+1], store.Never, store.EventSet)
	}
	return true, shortage{}, nil
}

// roomForStrings obtains what strings take that are stored without an expiry.
func (h *lockSet) roomForStrings(pairs [][]byte) (short shortage, err error) {
	if h.space.engine.limits.Load().MaxMemory > 0 {
		n := arena.Inserts{}
		for i := 0; i < len(pairs); i += 2 {
			p := h.own(pairs[i])
			short.need += p.need(sizeOfString(len(pairs[i]), len(pairs[i+1]), store.Never))
			if p.ref == 0 {
				short.need += n.Add(&p.table.Index, p.hash) - p.table.Index.Need(p.hash)
			}
			short.own += p.evictable()
		}
		if !h.claim(short.need) {
			return short, store.ErrNoMemory
		}
	}
	var sizes demand
	for i := 0; i < len(pairs); i += 2 {
		size := sizeOfString(len(pairs[i]), len(pairs[i+1]), store.Never)
		if sizes.add(h.space.engine.sizes, size) {
			continue
		}
		if p := h.own(pairs[i]); !p.demand(size, &sizes) {
			return shortage{}, store.ErrNoMemory
		}
	}
	return shortage{}, h.reserve(&sizes)
}

// IncrString implements store.Strings.
func (e *Engine) IncrString(_ context.Context, op store.Op, key []byte, delta int64) (n int64, err error) {
	err = e.changeString(op, key, store.EventIncrBy, func(old, room []byte) ([]byte, error) {
		n = 0
		if old != nil {
			var ok bool
			if n, ok = store.ParseInt(old); !ok {
				return nil, store.ErrNotInteger
			}
		}
		if delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta {
			return nil, store.ErrOverflow
		}
		n += delta
		return strconv.AppendInt(room, n, 10), nil
	})
	if err != nil {
		n = 0
	}
	return n, err
}

// IncrStringFloat implements store.Strings.
func (e *Engine) IncrStringFloat(_ context.Context, op store.Op, key, delta []byte) (sum []byte, err error) {
	err = e.changeString(op, key, store.EventIncrByFloat, func(old, _ []byte) ([]byte, error) {
		if old == nil {
			old = []byte("0")
		}
		sum, err = store.AddFloat(old, delta)
		return sum, err
	})
	return sum, err
}

// changeString stores what change makes of a string's value, which is nil when there is none, and keeps its expiry. Change may
// append the digits of a number to room.
func (e *Engine) changeString(op store.Op, key []byte, event store.Event, change func(old, room []byte) ([]byte, error)) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		short, err := e.tryChangeString(op, key, event, change, claimed)
		return struct{}{}, short, err
	})
	return err
}

func (e *Engine) tryChangeString(op store.Op, key []byte, event store.Event, change func(old, room []byte) ([]byte, error), claimed int64) (shortage, error) {
	var p entryRef
	if err := p.lockInWith(e, &op, key, claimed); err != nil {
		return shortage{}, err
	}
	defer p.unlock()
	if err := p.text(); err != nil {
		return shortage{}, err
	}
	var old []byte
	expiry := store.Never
	if p.ref != 0 {
		old, expiry = stringText(p.entry), stringExpires(p.entry)
	}
	value, err := change(old, p.shard.digits[:0])
	if err != nil {
		return shortage{}, err
	}
	if short, err := p.room(sizeOfString(len(key), len(value), expiry), 0); err != nil {
		return short, err
	}
	p.setString(value, expiry, event)
	return shortage{}, nil
}

// AppendString implements store.Strings.
func (e *Engine) AppendString(_ context.Context, op store.Op, key, tail []byte) (int, error) {
	return e.overwrite(op, key, -1, tail, store.EventAppend)
}

// SetStringRange implements store.Strings.
func (e *Engine) SetStringRange(_ context.Context, op store.Op, key []byte, offset int64, part []byte) (int, error) {
	return e.overwrite(op, key, offset, part, store.EventSetRange)
}

// overwrite puts part into a string at an offset, -1 for its end, and returns the new length.
func (e *Engine) overwrite(op store.Op, key []byte, offset int64, part []byte, event store.Event) (n int, err error) {
	err = e.editString(op, key, stringEdit{
		event: event,
		size: func(old []byte, _ bool) (int64, bool, error) {
			at := offset
			switch {
			case at < 0:
				at = int64(len(old))
			case len(part) == 0:
				n = len(old)
				return 0, false, nil
			}
			if at > e.maxString()-int64(len(part)) {
				return 0, false, store.ErrStringTooLong
			}
			n = max(len(old), int(at)+len(part))
			return int64(n), true, nil
		},
		write: func(value []byte, before int) bool {
			at := int(offset)
			if offset < 0 {
				at = before
			}
			copy(value[at:], part)
			return true
		},
		span: func(before int) (from, to int) {
			at := int(offset)
			if offset < 0 {
				at = before
			}
			return at, at + len(part)
		},
	})
	return n, err
}
