package memory

import "sessd/store"

// stringEdit is a change of a string in its place, which keeps its expiry.
type stringEdit struct {
	event store.Event
	// size returns the length of the string after the change, of which old is the value before, and reports whether
	// anything is to change. It may run more than once.
	size func(old []byte, found bool) (n int64, edits bool, err error)
	// write changes the value, which has its new length. What is longer than before is zero. It reports whether the change
	// is an event even where the length stays.
	write func(value []byte, before int) bool
	// span returns the part of the value that write changes, of a string that had a length before. If it is nil, all may be.
	span func(before int) (from, to int)
}

// maxString returns the length that no string may get.
func (e *Engine) maxString() int64 {
	limit := e.limits.Load().StringBytes
	if limit <= 0 || limit > maxString {
		limit = maxString
	}
	return limit
}

// mayGrow returns ErrStringTooLong when a string must not get a length that is greater than its own.
func (e *Engine) mayGrow(old []byte, n int64) error {
	if n > int64(len(old)) && n > e.maxString() {
		return store.ErrStringTooLong
	}
	return nil
}

// editString changes a string, or makes one where there is no entry.
func (e *Engine) editString(op store.Op, key []byte, x stringEdit) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		short, err := e.tryEditString(op, key, &x, claimed)
		return struct{}{}, short, err
	})
	return err
}

func (e *Engine) tryEditString(op store.Op, key []byte, x *stringEdit, claimed int64) (shortage, error) {
	p, err := e.lockEntryWith(op, key, claimed)
	if err != nil {
		return shortage{}, err
	}
	defer p.unlock()
	if err := p.text(); err != nil {
		return shortage{}, err
	}
	var old []byte
	expiry, found := store.Never, p.ref != 0
	if found {
		old, expiry = stringText(p.entry), stringExpires(p.entry)
	}
	n, edits, err := x.size(old, found)
	if err != nil || !edits {
		return shortage{}, err
	}
	if short, err := p.room(sizeOfString(len(p.key), int(n), expiry), 0); err != nil {
		return short, err
	}
	before := len(old)
	p.tellOfEdit(x, found, int(n))
	changed := p.resizeString(old, int(n), expiry, x.write)
	p.tellEdit(x, found, before)
	p.useString()
	if !found {
		p.emit(store.EventNew)
	}
	if changed {
		p.emit(x.event)
	}
	return shortage{}, nil
}

// resizeString gives a string another length and lets write change it. It reports whether that or the length is a change.
func (p *entryRef) resizeString(old []byte, n int, expiry int64, write func([]byte, int) bool) (changed bool) {
	before := p.entry
	p.place(sizeOfString(len(p.key), n, expiry), func() {
		if before != nil && &before[0] == &p.entry[0] {
			set32(p.entry, stringValue, n)
		} else {
			copy(putString(p.entry, p.key, n, expiry, p.now), old)
		}
		value := stringText(p.entry)
		if n > len(old) {
			clear(value[len(old):])
		}
		changed = write(value, len(old))
	})
	return changed || before == nil || n != len(old)
}

// mostCompared is the length of strings that are compared to tell of a change by what is different, in bytes.
const mostCompared = 32 << 10

// tellOfEdit prepares what tells of a change of a string, which gets a length.
func (p *entryRef) tellOfEdit(x *stringEdit, found bool, n int) {
	switch {
	case p.recorder == nil || !found:
	case x.span != nil:
		p.redo.told = true
	default:
		p.redo.compares = n <= mostCompared && len(p.entry) <= 2*mostCompared
	}
}

// tellEdit tells of a change of a string that had a length before.
func (p *entryRef) tellEdit(x *stringEdit, found bool, before int) {
	if p.recorder == nil || !found || x.span == nil {
		return
	}
	from, to := x.span(before)
	value := stringText(p.entry)
	p.tellRange(len(value), from, value[from:to])
}

// tellDifference tells of what is different in a string from the value before, which was as long.
func (p *entryRef) tellDifference(before []byte) {
	value := stringText(p.entry)
	if from := commonPrefix(before, value); from < len(value) {
		p.tellRange(len(value), from, value[from:len(value)-commonSuffix(before[from:], value[from:])])
	}
}
