package memory

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"sessd/store"
	"sessd/store/memory/arena"
)

// deadlines is when some elements of an entry end, as it lies in the entry, the earliest first. Each has the position
// of its element among all (a varint) and a time (6 bytes). An entry without them has none of this; elements that have
// none cost nothing. The entry's kind keeps it, and tells the timing wheel by elementsDue.
type deadlines []byte

// deadline is when an element ends.
type deadline struct {
	position int
	at       int64 // milliseconds since the Unix epoch
}

// first returns when the first element ends, or arena.NoDeadline.
func (d deadlines) first() int64 {
	if len(d) == 0 {
		return arena.NoDeadline
	}
	_, n := binary.Uvarint(d)
	return get48(d, n)
}

// each visits all, in the order of their times.
func (d deadlines) each(visit func(x deadline)) {
	for len(d) > 0 {
		position, n := binary.Uvarint(d)
		visit(deadline{int(position), get48(d, n)})
		d = d[n+6:]
	}
}

// appendDeadlines appends them as they lie in an entry, after it has sorted them.
func appendDeadlines(to []byte, all []deadline) []byte {
	slices.SortFunc(all, func(a, b deadline) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.position, b.position)) })
	for _, x := range all {
		var b [6]byte
		set48(b[:], 0, x.at)
		to = append(binary.AppendUvarint(to, uint64(x.position)), b[:]...)
	}
	return to
}

// deadlineIn returns the time d milliseconds after now as a deadline has it: the last time that one can have stands for
// those after it.
func deadlineIn(now, d int64) int64 { return max(1, min(after(now, d), 1<<48-1)) }

// elementsDue returns when an element of the entry ends, or arena.NoDeadline.
func (s *shard) elementsDue(entry []byte) int64 {
	if entry[0]&(tagMask|flagBags) != tagSession|flagBags { // as nearly always
		if isTimedHash(entry) {
			return fieldsDue(entry)
		}
		return arena.NoDeadline
	}
	body := readBody(entry)
	if body.extra == nil {
		return arena.NoDeadline
	}
	return body.extras().deadlines.first()
}

// expireElements takes out of an entry the elements that have ended; of a large one the first elementsAtOnce.
func (p *entryRef) expireElements() {
	if isTimedHash(p.entry) {
		p.expireHash()
		return
	}
	d := &p.editor
	d.load(p)
	if d.expireFields(p.now) == 0 {
		return
	}
	if p.write(d) != nil { // the system has no memory for less: rather no session than one with more than it should have
		p.remove(store.Evicted)
		return
	}
	p.emit(store.EventFieldExpired)
	p.editor.letGo()
}

// expireFields removes the fields that have ended at a time, and returns how many there were.
func (d *sessionEditor) expireFields(now int64) (n int) {
	for i := range d.bags {
		b := &d.bags[i]
		for j := len(b.fields) - 1; j >= 0; j-- {
			if f := &b.fields[j]; f.until != 0 && f.until <= now {
				b.unset(f.name)
				n++
			}
		}
	}
	d.prune()
	return n
}

// setDeadlines gives the fields their deadlines, which an entry has.
func (d *sessionEditor) setDeadlines(all deadlines) {
	d.timed = len(all) > 0
	all.each(func(x deadline) {
		for i := range d.bags {
			b := &d.bags[i]
			if x.position < len(b.fields) {
				b.fields[x.position].until = x.at
				return
			}
			x.position -= len(b.fields)
		}
	})
}

// placeDeadlines makes the entry's deadlines of those of the fields, which are in their order.
func (d *sessionEditor) placeDeadlines() {
	d.extras.deadlines = nil
	if !d.timed {
		return
	}
	d.ends = d.ends[:0]
	position := 0
	for i := range d.bags {
		for _, f := range d.bags[i].fields {
			if f.until != 0 {
				d.ends = append(d.ends, deadline{position, f.until})
			}
			position++
		}
	}
	if len(d.ends) > 0 {
		d.placed = appendDeadlines(d.placed[:0], d.ends)
		d.extras.deadlines = d.placed
	}
}

// expiringFields describes the fields that end before the session.
func (d *sessionEditor) expiringFields() (all []store.FieldExpiry) {
	for i := range d.bags {
		b := &d.bags[i]
		for _, f := range b.fields {
			if f.until != 0 {
				all = append(all, store.FieldExpiry{Component: slices.Clone(b.component), Field: slices.Clone(f.name), At: f.until})
			}
		}
	}
	slices.SortFunc(all, func(a, b store.FieldExpiry) int { return cmp.Compare(a.At, b.At) })
	return all
}

// ttlOf returns after how many milliseconds a field ends, or 0.
func (p *entryRef) ttlOf(component, name []byte) (ttl int64) {
	if p.elementsDue(p.entry) == arena.NoDeadline {
		return 0
	}
	d := &p.editor
	d.load(p)
	b := d.bag(component)
	if i := b.find(name); i >= 0 && b.fields[i].until != 0 {
		ttl = min(b.fields[i].until-p.now, math.MaxInt64)
	}
	return ttl
}
