package memory

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"

	"sessd/store"
	"sessd/store/memory/tree"
)

// hashType is of hashes. The body of a small one is a bag, as a session has it, so names that repeat are stored once for a
// shard.
type hashType struct{}

var tagHash = collectionTag(0)

func (hashType) typ() store.Type    { return store.TypeHash }
func (hashType) orders() treeOrders { return treeOrders{tree.Map} }

func (hashType) retain(s *shard, body []byte) {
	if n := binary.LittleEndian.Uint16(body); n >= firstShape {
		s.shapes.list[n].uses++
	}
}

func (hashType) release(s *shard, body []byte) { s.shapes.release(binary.LittleEndian.Uint16(body)) }

func (hashType) size(s *shard, body []byte) int { return len(body) - len(s.shapes.read(body).end()) }

func (hashType) appendTo(s *shard, body, dst []byte) []byte {
	b := s.shapes.read(body)
	dst = appendInline(dst, b.fields)
	for i := range b.fields {
		name, value := b.next(i)
		dst = appendBytes(appendBytes(dst, name), value)
	}
	return dst
}

func (hashType) appendTree(t *tree.Tree, dst []byte) []byte {
	dst = appendInline(dst, t.Len())
	var c tree.Cursor
	for ok := c.SeekAt(t, 0); ok; ok = c.Next() {
		item := c.Item()
		dst = appendBytes(appendBytes(dst, item.Name), item.Value)
	}
	return dst
}

// appendInline appends the beginning of a bag whose names are inline.
func appendInline(dst []byte, fields int) []byte {
	dst = appendBytes(binary.LittleEndian.AppendUint16(dst, shapeInline), nil)
	return binary.AppendUvarint(dst, uint64(fields))
}

func (hashType) check(s *shard, body []byte, c *contents) error {
	if n := binary.LittleEndian.Uint16(body); n >= firstShape {
		c.names[n]++
	}
	return nil
}

// fieldKey returns what a field of a large hash is sorted by.
func (s *shard) fieldKey(name []byte) tree.Key {
	return tree.Key{Prefix: uint64(uint32(maphash.Bytes(s.space.engine.seed, name))), Name: name}
}

// hashField returns the value of a field of a hash.
func (p *entryRef) hashField(name []byte) (value []byte, ok bool) {
	switch {
	case p.ref == 0:
		return nil, false
	case isLarge(p.entry):
		return p.beginTree().Get(p.fieldKey(name))
	}
	return p.shapes.read(hashBag(p.entry)).find(name)
}

// Ends of a field that is set, in place of a time.
const (
	untilNone = 0  // it ends with the hash
	untilKept = -1 // it ends as before
)

// setFields gives fields values and an end, makes the hash if there is none, and returns how many are new.
func (p *entryRef) setFields(pairs [][]byte, until int64, event store.Event) (added int, short shortage, err error) {
	isNew, before := p.ref == 0, p.elementCount()
	switch {
	case !isNew && isLarge(p.entry):
		short, err = p.growHash(pairs, until)
	case before+len(pairs)/2 > smallElements:
		short, err = p.makeHashLarge(pairs, until)
	default:
		short, err = p.setSmall(pairs, until)
	}
	if err != nil {
		return 0, short, err
	}
	p.emitSet(isNew, event)
	return p.elementCount() - before, shortage{}, nil
}

// emitSet reports that fields were set in a hash that may be new.
func (p *entryRef) emitSet(isNew bool, event store.Event) {
	if isNew {
		p.emit(store.EventNew)
	}
	p.useCollection()
	p.emit(event)
}

// growHash sets fields of a large hash.
func (p *entryRef) growHash(pairs [][]byte, until int64) (shortage, error) {
	if until <= untilNone && !isTimedHash(p.entry) {
		if len(pairs) == 2 {
			if p.setInPlace(p.fieldKey(pairs[0]), pairs[1]) {
				return shortage{}, nil
			}
		}
		return p.growTree(func(d *treeDemand) { d.addPairs(pairs) }, func(t *tree.Tree) { p.setPairs(t, pairs) })
	}
	short, err := p.planTimed(func(d *treeDemand) {
		d.addPairs(pairs)
		for i := 0; until != untilKept && i < len(pairs); i += 2 {
			d.addUntil(pairs[i])
		}
	})
	if err != nil {
		return short, err
	}
	p.setPairs(p.beginTree(), pairs)
	p.endTree()
	if until != untilKept {
		p.changeEnds(pairs, 2, until)
	}
	return shortage{}, nil
}

// planTimed makes a large hash a timed one, unless it is, and obtains what changing it takes, which demand adds up.
func (p *entryRef) planTimed(demand func(*treeDemand)) (shortage, error) {
	d := p.newDemand()
	demand(d)
	if isTimedHash(p.entry) {
		return d.room(p, rootsOf(p.entry), 0)
	}
	p.scratch = p.appendTimedRoot(p.scratch[:0])
	if short, err := d.room(p, rootsOf(p.scratch), p.need(len(p.scratch))); err != nil {
		return short, err
	}
	if err := p.reserve(len(p.scratch)); err != nil {
		return shortage{}, err
	}
	p.commit()
	return shortage{}, nil
}

// makeHashLarge makes a small hash, or none, a large one with further fields.
func (p *entryRef) makeHashLarge(pairs [][]byte, until int64) (shortage, error) {
	type end struct {
		name []byte
		at   int64
	}
	h := newCollection(tagHash, p.now)
	var old [][]byte
	var ends []end
	if p.ref != 0 {
		var b *bag
		if h, b = p.loadHash(); until == untilNone {
			for i := 0; i < len(pairs); i += 2 {
				if at := b.find(pairs[i]); at >= 0 {
					b.fields[at].until = 0
				}
			}
		}
		for _, f := range b.fields { // the entry goes before its fields are set
			name := bytes.Clone(f.name)
			old = append(old, name, bytes.Clone(f.value))
			if f.until != 0 {
				ends = append(ends, end{name, f.until})
			}
		}
	}
	kind := collectionKind{hashType{}}
	if until > untilNone || h.first == tagTimedHash {
		kind, h.first = collectionKind{timedHashType{}}, tagTimedHash
		h.beside = appendNoDeadline(nil)
	}
	var d treeDemand
	short, err := p.planLarge(kind, h, func(d *treeDemand) {
		d.addPairs(old)
		d.addPairs(pairs)
		for _, x := range ends {
			d.addUntil(x.name)
		}
		for i := 0; until > untilNone && i < len(pairs); i += 2 {
			d.addUntil(pairs[i])
		}
	}, &d)
	if err != nil {
		return short, err
	}
	p.fillLarge(kind, func(root int, t *tree.Tree) {
		if root == 0 {
			p.setPairs(t, old)
			p.setPairs(t, pairs)
			return
		}
		for _, x := range ends {
			replaceEnd(t, x.name, fieldNameKey(x.name), untilNone, x.at)
		}
	})
	if until > untilNone {
		p.changeEnds(pairs, 2, until)
	}
	return shortage{}, nil
}

func (d *treeDemand) addPairs(pairs [][]byte) {
	for i := 0; i < len(pairs); i += 2 {
		d.add(len(pairs[i]), len(pairs[i+1]))
	}
}

func (p *entryRef) setPairs(t *tree.Tree, pairs [][]byte) {
	for i := 0; i < len(pairs); i += 2 {
		t.Set(p.fieldKey(pairs[i]), pairs[i+1])
	}
}

// setSmall sets fields of a small hash, which becomes large where it is too long for a small one.
func (p *entryRef) setSmall(pairs [][]byte, until int64) (shortage, error) {
	h, b := p.loadHash()
	for i := 0; i < len(pairs); i += 2 {
		if at := b.find(pairs[i]); at >= 0 && until == untilKept {
			b.fields[at].value = pairs[i+1]
		} else {
			b.setUntil(pairs[i], pairs[i+1], max(until, untilNone))
		}
	}
	if b.size() > int64(p.space.engine.smallBytes) {
		return p.makeHashLarge(pairs, until)
	}
	if until > untilNone {
		h.first = tagTimedHash
	}
	return p.storeSmallHash(&h, b)
}

// storeSmallHash stores a small hash.
func (p *entryRef) storeSmallHash(h *collectionHead, b *bag) (shortage, error) {
	p.appendHash(h, b)
	if short, err := p.room(len(p.scratch), 0); err != nil {
		p.releaseScratch()
		return short, err
	}
	p.commit()
	return shortage{}, nil
}

// loadHash returns the header and the fields of a small hash, or of one that begins. They are valid until the shard is
// unlocked or changes.
func (p *entryRef) loadHash() (collectionHead, *bag) {
	d := &p.editor
	d.bags, d.used = d.bags[:0], true
	b := d.addBag(nil)
	if p.ref == 0 {
		return newCollection(tagHash, p.now), b
	}
	r := p.shapes.read(hashBag(p.entry))
	b.shape, b.named = r.shape, r.shape == shapeInline
	b.fields = r.appendTo(b.fields)
	if isTimedHash(p.entry) {
		all, _ := timedBag(collectionBody(p.entry))
		all.each(func(x deadline) { b.fields[x.position].until = x.at })
	}
	return headOfCollection(p.entry), b
}

// appendHash writes a small hash into the scratch, with the use of a shape.
func (p *entryRef) appendHash(h *collectionHead, b *bag) {
	p.scratch = p.appendBag(b, h.first == tagTimedHash, h.append(p.scratch[:0], p.key))
}

// releaseScratch gives up the shape of what the scratch has, which is not stored.
func (p *entryRef) releaseScratch() { kindOf(p.scratch).release(p.shard, p.scratch) }

// deleteFields removes fields, and the hash with its last one. It returns how many there were.
func (p *entryRef) deleteFields(names [][]byte) (n int, err error) {
	if isLarge(p.entry) {
		if n, err = p.deleteLarge(names); err != nil {
			return 0, err
		}
		p.emitDeleted(n, p.elementCount())
		return n, nil
	}
	h, b := p.loadHash()
	before := len(b.fields)
	for _, name := range names {
		b.unset(name)
	}
	left := len(b.fields)
	if n = before - left; n > 0 && left > 0 {
		p.appendHash(&h, b)
		if err := p.reserve(len(p.scratch)); err != nil {
			p.releaseScratch()
			return 0, err
		}
		p.commit()
	}
	p.emitDeleted(n, left)
	return n, nil
}

// deleteLarge removes fields of a large hash. It returns how many there were.
func (p *entryRef) deleteLarge(names [][]byte) (n int, err error) {
	timed := isTimedHash(p.entry)
	if timed {
		if err := p.reserveChange(p.beginTreeAt(1), 2*len(names)); err != nil {
			return 0, err
		}
	}
	t := p.beginTree()
	if err := p.reserveChange(t, len(names)); err != nil {
		return 0, err
	}
	for _, name := range names {
		if t.Delete(p.fieldKey(name)) {
			n++
		}
	}
	p.endTree()
	if timed {
		p.changeEnds(names, 1, untilNone)
	}
	return n, nil
}

// emitDeleted reports that n fields were removed, and removes the hash when none is left.
func (p *entryRef) emitDeleted(n, left int) {
	if n > 0 {
		p.useCollection()
		p.emit(store.EventHDel)
	}
	if left == 0 {
		p.remove(store.Destroyed)
	}
}
