package memory

import (
	"bytes"
	"encoding/binary"
	"slices"

	"sessd/store/memory/tree"
)

// The redo of a step is records, one after the other, behind a byte for their format. Chunks of a snapshot are the same. A
// record begins with a byte of which the lower half is what it says, and flags:
//
//	[number of the walk, if flagged] [keyspace, if flagged] [key, unless it is that of the record before] ...
//
// Numbers are varints, and a text follows its length. An entry in a record has a form that depends on nothing else:
// what kind.appendTo makes of it under no key. Of a large collection it has what is not in the trees.
const (
	redoPut      = 1 + iota // an entry begins, or is replaced: its form
	redoDelta               // an entry changes: a delta of its form
	redoDeltaOf             // an entry begins: keyspace and key of another one, and a delta of that one's form
	redoEnd                 // an entry ends
	redoExpiry              // a string or a collection expires at a time (8 bytes)
	redoRange               // a string has a length, and at an offset these bytes
	redoUse                 // a session was used at a time (8 bytes)
	redoSave                // a session was saved: what appendSave makes of it
	redoElement             // a tree of a large collection changes: its number and elementChange, and what that takes
	redoTransfer            // an entry is copied, or has moved, to a keyspace and key: what it does (1 byte), and these
	redoAlias               // an old id leads to a session: token, order, until, at (8 bytes each), and the session's id
	redoFlush               // a keyspace is empty
	redoCondemn             // the sessions of a principal, which is the key, are destroyed: but for one (1 byte), and its id
	redoSnapshot            // a snapshot begins: the number of its walk; it has no key
	redoSwap                // a keyspace and another one have each other's entries
)

const (
	redoOp      = 15
	redoSameKey = 1 << 4 // the key is that of the record before
	redoSame    = 1 << 5 // so is the name of the element
	redoWalked  = 1 << 6 // a walk had not met the entry yet: in its snapshot the record is done
	redoSpace   = 1 << 7 // the keyspace is not 0
)

// redoFormat is the first byte of all that is applied.
const redoFormat = 1

// maxForm is the length of a form that is applied at most, in bytes.
const maxForm int64 = 4 << 30

// What a redo keeps for the next step, in bytes.
const keptRedo = 64 << 10

// redo is the records of a step under way. The shards that a step has locked share that of the first one.
type redo struct {
	records    []byte
	keeps      int    // bytes of records that reset keeps beside what it usually does
	ofWalk     bool   // it is what a walk has met: in the keyspaces of its beginning
	space      int    // of the record before
	key, name  [2]int // where that one's are in records; none: from 0 to 0
	told       bool   // the next change of an entry is told of by a record of its own
	compares   bool   // the next change of a string is told of by what is different
	base, form []byte // of an entry before and after its change
	token      int64  // of the nodes of a large collection before
	cut        redoCut
}

// reset begins a step anew.
func (r *redo) reset() {
	r.records, r.base, r.form = kept(r.records, max(r.keeps, keptRedo)), kept(r.base, keptRedo), kept(r.form, keptRedo)
	r.space, r.key, r.name, r.token, r.cut = 0, [2]int{}, [2]int{}, 0, redoCut{}
	r.told, r.compares = false, false
}

// kept returns the memory of some bytes that is used again, if it has no more than most.
func kept(b []byte, most int) []byte {
	if cap(b) > most {
		return nil
	}
	return b[:0]
}

// begin begins a record of a key.
func (r *redo) begin(op byte, s *shard, hash uint32, key []byte) {
	if s.taking == uint64(hash)+1 {
		s.taking = 0
	}
	r.beginPart(op, s, key, !s.walkedPast(hash))
}

// beginPart is begin for a part of an entry, which a walk is still to meet or not.
func (r *redo) beginPart(op byte, s *shard, key []byte, ahead bool) {
	if len(r.records) == 0 {
		r.records = append(r.records, redoFormat)
	}
	first := len(r.records)
	r.records = append(r.records, op)
	if ahead {
		r.records[first] |= redoWalked
		r.records = binary.AppendUvarint(r.records, s.walk.number)
	}
	if r.isOf(s, key) {
		r.records[first] |= redoSameKey
		return
	}
	if r.space = r.spaceOf(s); r.space != 0 {
		r.records[first] |= redoSpace
		r.records = binary.AppendUvarint(r.records, uint64(r.space))
	}
	r.records = appendBytes(r.records, key)
	r.key = [2]int{len(r.records) - len(key), len(r.records)}
	r.name = [2]int{}
}

// spaceOf returns the keyspace of a record of a shard.
func (r *redo) spaceOf(s *shard) int {
	if r.ofWalk {
		return s.origin
	}
	return s.space.number
}

// isOf reports whether the last record is of a key.
func (r *redo) isOf(s *shard, key []byte) bool {
	return r.key[1] != 0 && r.space == r.spaceOf(s) && bytes.Equal(r.records[r.key[0]:r.key[1]], key)
}

func (r *redo) uvarint(n uint64) { r.records = binary.AppendUvarint(r.records, n) }
func (r *redo) bytes(b []byte)   { r.records = appendBytes(r.records, b) }
func (r *redo) int64(n int64)    { r.records = binary.LittleEndian.AppendUint64(r.records, uint64(n)) }
func (r *redo) byte(b byte)      { r.records = append(r.records, b) }

// tell begins a record of the entry's key.
func (p *entryRef) tell(op byte) *redo {
	p.redo.begin(op, p.shard, p.hash, p.key)
	return p.redo
}

// tellOfNext has the next change of an entry told of by nothing but what its caller tells.
func (s *shard) tellOfNext() {
	if s.recorder != nil {
		s.redo.told = true
	}
}

// appendForm appends the entry's form.
func (p *entryRef) appendForm(dst []byte) []byte {
	if isLarge(p.entry) {
		h := headOfCollection(p.entry)
		return append(h.append(dst, nil), besideRoots(p.entry)...)
	}
	return kindOf(p.entry).appendTo(p.shard, nil, p.entry, dst)
}

// appendSizedForm appends the length of the entry's form and the form, which is moved only where the entry's own length has
// more or fewer digits.
func (p *entryRef) appendSizedForm(dst []byte) []byte {
	var digits [binary.MaxVarintLen64]byte
	at, width := len(dst), binary.PutUvarint(digits[:], uint64(len(p.entry)))
	dst = p.appendForm(append(dst, digits[:width]...))
	n := len(dst) - at - width
	if binary.PutUvarint(digits[:], uint64(n)) != width {
		return insertLength(slices.Delete(dst, at, at+width), at, n)
	}
	copy(dst[at:], digits[:width])
	return dst
}

// headOfForm returns the length of a form's header.
func headOfForm(form []byte) int {
	_, at, _ := kindOf(form).key(form)
	return at
}

// beginChange notes the entry before it changes.
func (p *entryRef) beginChange() {
	r := p.redo
	if r.told {
		return
	}
	r.base, r.token = r.base[:0], 0
	if p.ref != 0 && (!p.is(tagString) || r.compares) {
		r.base = p.appendForm(r.base)
		if isLarge(p.entry) {
			r.token = get64(collectionBody(p.entry), rootToken)
		}
	}
}

// endChange tells of the entry after it has changed, in as few bytes as that takes.
func (p *entryRef) endChange() {
	r := p.redo
	if r.told {
		r.told = false
		return
	}
	r.compares = false
	r.form = p.appendForm(r.form[:0])
	same := isLarge(p.entry) && r.token == get64(collectionBody(p.entry), rootToken)
	if len(r.base) == 0 || tag(r.base) != tag(r.form) || isLarge(r.base) != isLarge(r.form) || isLarge(r.form) && !same {
		p.tellForm()
		return
	}
	p.tellDelta(redoDelta, nil, same)
}

// tellForm tells of an entry that begins by its form.
func (p *entryRef) tellForm() {
	p.dropPart()
	p.tell(redoPut).bytes(p.redo.form)
}

// tellDelta tells of an entry by a delta of the base, whose keyspace and key are in of. It does so by the form where that
// is shorter, unless there must be a delta.
func (p *entryRef) tellDelta(op byte, of []byte, must bool) {
	r := p.redo
	before := *r
	p.tell(op)
	r.records = append(r.records, of...)
	at := len(r.records)
	r.records = appendDelta(r.records, r.base, r.form, headOfForm(r.base), headOfForm(r.form))
	n := len(r.records) - at
	if n >= len(r.form) && !must {
		before.records = r.records[:len(before.records)]
		*r = before
		p.tellForm()
		return
	}
	r.records = insertLength(r.records, at, n)
}

// insertLength inserts the length of what is from a place on before it.
func insertLength(b []byte, at, n int) []byte {
	var length [binary.MaxVarintLen64]byte
	return slices.Insert(b, at, length[:binary.PutUvarint(length[:], uint64(n))]...)
}

// tellWhole tells of all of an entry, with the elements of a large collection.
func (p *entryRef) tellWhole() {
	r := p.redo
	r.form = p.appendForm(r.form[:0])
	p.tellForm()
	p.eachLargeElement(func(w *treeWatch, i int, item tree.Item) { w.tellOf(i, item) })
}

// endRedo gives the redo of a step to the recorder.
func (s *shard) endRedo() {
	if r := s.redo; len(r.records) > 0 {
		s.recorder.Append(r.records)
		r.reset()
	}
	s.redo = &s.ownRedo
}

// endRedo gives the redo of a step to the recorder before any of its shards is unlocked.
func (h *lockSet) endRedo() {
	h.each(func(s *shard) {
		if s.recorder != nil {
			s.endRedo()
		}
	})
}

// shareRedo has the shards of a step share the redo r, nil for that of the first one. It returns it, or nil where nobody
// records.
func (h *lockSet) shareRedo(r *redo) *redo {
	h.each(func(s *shard) {
		switch {
		case s.recorder == nil:
			return
		case r == nil:
			r = s.redo
		case r != s.redo:
			r.join(s.redo)
		}
		s.redo = r
	})
	return r
}

// join takes over the records of another redo.
func (r *redo) join(other *redo) {
	if len(other.records) > 0 {
		if len(r.records) == 0 {
			r.records, other.records = other.records, r.records
		} else {
			r.records = append(r.records, other.records[1:]...)
		}
		r.key, r.name = [2]int{}, [2]int{}
		other.reset()
	}
}

// makeRoom has the records grow before a step, where most of their memory is used. It is called with nothing locked.
func (r *redo) makeRoom() {
	if n := len(r.records); n > 0 && cap(r.records)-n < max(n/8, keptRedo) {
		r.records = slices.Grow(r.records, n+keptRedo)
	}
}

// tellEnd tells of an entry that ends.
func (p *entryRef) tellEnd() {
	if r := p.redo; r.told {
		r.told = false
	} else {
		p.tell(redoEnd)
	}
	p.dropPart()
}

// tellExpiry tells when a string or a collection expires.
func (p *entryRef) tellExpiry(at int64) {
	if p.recorder != nil {
		p.tell(redoExpiry).int64(at)
	}
}

// tellRange tells of a part of a string that has a length.
func (p *entryRef) tellRange(length, from int, part []byte) {
	r := p.tell(redoRange)
	r.uvarint(uint64(length))
	r.uvarint(uint64(from))
	r.bytes(part)
}

// alias adds what a record of an alias has, which came to be at a time.
func (r *redo) alias(token uint64, a oldID, at int64, id []byte) {
	r.int64(int64(token))
	r.int64(int64(a.order))
	r.int64(a.until)
	r.int64(at)
	r.bytes(id)
}

// leastUse is the time between two uses of a session that are told of, at least, in milliseconds.
const leastUse = 1000

// tellUse records that a session was used, if a crash must not lose that. Of the uses within a tenth of the idle
// timeout only the first is recorded.
func (p *entryRef) tellUse(before int64) {
	idle := p.idle()
	if idle <= 0 {
		return
	}
	if each := max(idle/10, leastUse); p.now < before || p.now/each != before/each {
		p.tell(redoUse).int64(p.now)
	}
}
