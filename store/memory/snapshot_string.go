package memory

import (
	"bytes"
	"slices"
)

// A long string is taken in pieces, each under a lock of its own, and a change in between begins it anew. Until all of it is
// taken it counts as ahead. A string that changes all the time is taken whole in the end.

// mostTries is how often a long string is taken in pieces.
const mostTries = 3

// longString is one that a walk takes in pieces, or has taken last.
type longString struct {
	shard  *shard // nil: none is being taken
	hash   uint32
	key    []byte
	entry  []byte // as it was found: where it is, and how long
	taken  int    // bytes of entry
	begun  bool
	done   bool // it is taken, and the walk goes past it now
	tries  int
	before redoMark
}

// redoMark is the end of records, to come back to.
type redoMark struct {
	records, space int
	key, name      [2]int
}

func (r *redo) mark() redoMark { return redoMark{len(r.records), r.space, r.key, r.name} }

// rewind removes the records after a mark.
func (r *redo) rewind(m redoMark) {
	r.records, r.space, r.key, r.name = r.records[:m.records], m.space, m.key, m.name
}

func (l *longString) is(p *entryRef) bool { return l.hash == p.hash && bytes.Equal(l.key, p.key) }

// takesInPieces reports whether an entry is a string that is too long to be taken under one lock.
func (w *walk) takesInPieces(p *entryRef) bool {
	return p.is(tagString) && len(p.entry) > w.engine.walkStep.text && !(w.long.is(p) && w.long.tries == mostTries)
}

// beginString has the next steps take a string.
func (w *walk) beginString(p *entryRef) {
	l := &w.long
	if !l.is(p) {
		*l = longString{hash: p.hash, key: bytes.Clone(p.key)}
	}
	l.shard, l.entry, l.begun = p.shard, p.entry, false
	l.tries++
}

// stepOfString takes a piece of the string that is being taken.
func (w *walk) stepOfString() {
	l := &w.long
	if !l.begun { // memory is made without a lock
		w.out.records = slices.Grow(w.out.records, len(l.entry)+len(l.key)+64)
	}
	l.shard.walkSome(w)
}

// walkString takes a piece of the string that is being taken.
func (s *shard) walkString(w *walk) {
	l := &w.long
	ref, entry := lookup(&s.table, l.hash, l.key)
	switch {
	case ref == 0 || tag(entry) != tagString || s.walked != uint64(l.hash): // another keyspace is there, perhaps
		w.giveUpString()
		return
	case !l.begun:
		l.begin(s, &w.out, entry)
	case s.taking != uint64(l.hash)+1 || &entry[0] != &l.entry[0] || len(entry) != len(l.entry):
		w.giveUpString()
		return
	}
	_, end, _ := stringKind{}.key(entry)
	end += get32(entry, stringValue)
	to := min(end, l.taken+s.space.engine.walkStep.text)
	w.out.records = append(w.out.records, entry[l.taken:to]...)
	if l.taken = to; to < end {
		return
	}
	l.shard, s.taking = nil, 0
	l.done = true
	s.walkEntries(w) // past it, so that a change from now on counts as behind
	l.done = false
}

// begin begins the record of a string with all but its value.
func (l *longString) begin(s *shard, out *redo, entry []byte) {
	l.begun, l.entry, l.before = true, entry, out.mark()
	s.taking = uint64(l.hash) + 1
	head, at, _ := stringKind{}.key(entry)
	out.beginPart(redoPut, s, l.key, false)
	out.uvarint(uint64(head + get32(entry, stringValue)))
	form := len(out.records)
	out.records = append(out.records, entry[:head]...)
	set32(out.records[form:], stringKey, 0)
	l.taken = at
}

// giveUpString removes what was taken of a string that has changed. The walk is still to meet it, if it is there.
func (w *walk) giveUpString() {
	l := &w.long
	l.shard.taking, l.shard = 0, nil
	if l.begun {
		w.out.rewind(l.before)
	}
}
