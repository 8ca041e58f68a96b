package memory

import (
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
		f := b.next(i)
		dst = appendBytes(appendBytes(dst, f.name), f.value)
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
	return p.shapes.read(collectionBody(p.entry)).find(name)
}

// setFields gives fields values, makes the hash if there is none, and returns how many are new.
func (p *entryRef) setFields(pairs [][]byte, event store.Event) (added int, short shortage, err error) {
	isNew, before := p.ref == 0, p.elementCount()
	switch {
	case !isNew && isLarge(p.entry):
		short, err = p.growHash(pairs)
	case before+len(pairs)/2 > smallElements:
		short, err = p.makeHashLarge(pairs)
	default:
		short, err = p.setSmall(pairs)
	}
	if err != nil {
		return 0, short, err
	}
	if isNew {
		p.emit(store.EventNew)
	}
	p.useCollection()
	p.emit(event)
	return p.elementCount() - before, shortage{}, nil
}

// growHash sets fields of a large hash.
func (p *entryRef) growHash(pairs [][]byte) (shortage, error) {
	var d treeDemand
	return p.growTree(func(d *treeDemand) { d.addPairs(pairs) }, &d, func(t *tree.Tree) { p.setPairs(t, pairs) })
}

// makeHashLarge makes a small hash, or none, a large one with further fields.
func (p *entryRef) makeHashLarge(pairs [][]byte) (shortage, error) {
	kind, h := collectionKind{hashType{}}, newCollection(tagHash, p.now)
	var old [][]byte
	if p.ref != 0 {
		h = headOfCollection(p.entry)
		body := append([]byte(nil), collectionBody(p.entry)...) // the entry goes before its fields are set
		for b, i := p.shapes.read(body), 0; i < b.fields; i++ {
			f := b.next(i)
			old = append(old, f.name, f.value)
		}
	}
	var d treeDemand
	return p.makeLarge(kind, h, func(d *treeDemand) {
		d.addPairs(old)
		d.addPairs(pairs)
	}, &d, func(_ int, t *tree.Tree) {
		p.setPairs(t, old)
		p.setPairs(t, pairs)
	})
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
func (p *entryRef) setSmall(pairs [][]byte) (shortage, error) {
	h, b := p.loadHash()
	for i := 0; i < len(pairs); i += 2 {
		b.set(pairs[i], pairs[i+1])
	}
	if b.size() > int64(p.space.engine.smallBytes) {
		return p.makeHashLarge(pairs)
	}
	p.appendHash(&h, b)
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
	r := p.shapes.read(collectionBody(p.entry))
	b.shape, b.named = r.shape, r.shape == shapeInline
	for i := range r.fields {
		b.fields = append(b.fields, r.next(i))
	}
	return headOfCollection(p.entry), b
}

// appendHash writes a small hash into the scratch, with the use of a shape.
func (p *entryRef) appendHash(h *collectionHead, b *bag) {
	if !b.named && b.shape >= firstShape {
		p.shapes.list[b.shape].uses++
	} else {
		if len(b.fields) <= maxShapeNames {
			b.sort()
		}
		b.shape = p.shapes.acquire(nil, b.fields)
	}
	p.scratch = b.append(h.append(p.scratch[:0], p.key), b.shape)
}

// releaseScratch gives up the shape of what the scratch has, which is not stored.
func (p *entryRef) releaseScratch() { hashType{}.release(p.shard, collectionBody(p.scratch)) }

// deleteFields removes fields, and the hash with its last one. It returns how many there were.
func (p *entryRef) deleteFields(names [][]byte) (n int, err error) {
	if isLarge(p.entry) {
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
		p.emitDeleted(n, t.Len())
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
