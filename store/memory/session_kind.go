package memory

import (
	"encoding/binary"
	"math"

	"sessd/store"
)

// sessionKind is of sessions.
type sessionKind struct{}

func (sessionKind) typ() store.Type { return store.TypeSession }

func (sessionKind) key(entry []byte) (from, to int, packed bool) {
	switch {
	case flagged(entry, flagWide):
		return wideSize, wideSize + get16(entry, wideID), false
	case entry[narrowID] == 0:
		return narrowSize, narrowSize + idPacked, true
	}
	return narrowSize, narrowSize + int(entry[narrowID]), false
}

func (sessionKind) expiry(s *shard, entry []byte) int64 {
	h := s.readHead(entry)
	return h.expires()
}

func (sessionKind) groups(s *shard, entry []byte) groupSet {
	g := groupSet(1 << groupKeys)
	if s.expires(entry) != store.Never {
		g |= 1 << groupExpires
	}
	if !flagged(entry, flagPrincipal) {
		g |= 1 << groupAnonymous
	}
	return g
}

func (sessionKind) usage(entry []byte) (accessed int64, uses int) {
	if flagged(entry, flagWide) {
		return get64(entry, wideAccessed), wideUses
	}
	return get48(entry, narrowAccessed), narrowUses
}

func (sessionKind) bytes(_ *shard, entry []byte) int64 { return int64(len(entry)) }

func (sessionKind) touch(p entryRef) error {
	if err := p.use(0); err != nil {
		return err
	}
	p.emit(store.EventTouched)
	return nil
}

// setExpiry sets the idle timeout to the distance from now.
func (sessionKind) setExpiry(p entryRef, at int64) error {
	idle := at - p.now
	if idle < 0 { // the distance is too great for a number
		idle = math.MaxInt64
	}
	if err := p.use(idle); err != nil {
		return err
	}
	p.emit(store.EventExpire)
	return nil
}

// persist removes the idle timeout.
func (sessionKind) persist(p entryRef) (bool, error) {
	d := &p.editor
	d.load(&p)
	if d.timeouts.idle == 0 {
		return false, nil
	}
	d.timeouts.idle = 0
	if err := p.write(d); err != nil {
		return false, err
	}
	p.emit(store.EventPersist)
	return true, nil
}

func (sessionKind) release(s *shard, entry []byte) { s.forget(entry) }

func (sessionKind) destroyed() store.Event { return store.EventDestroyed }

func (sessionKind) removed(p entryRef) {
	body := readBody(p.entry)
	if body.principal != nil {
		p.space.principals.remove(body.principal, p.space.hash(p.key), &p.shard.beside)
	}
	if body.token != 0 {
		p.beside += p.space.aliases.drop(body.token, p.key)
	}
	p.endLock()
}

// copyTo appends the session with its names in the target's table.
func (sessionKind) copyTo(t *transfer, dst []byte) []byte {
	d := &t.to.editor
	d.load(&t.from)
	if t.moves {
		d.keepHandle()
	} else {
		d.extras.handle = nil
	}
	d.id = t.to.key
	if t.to.shard != t.from.shard { // shapes have other numbers there
		for i := range d.bags {
			d.bags[i].named = true
		}
	}
	if !t.moves || !t.within() {
		d.token = 0
	}
	if len(d.principal) > 0 {
		t.need += t.to.space.principals.need(d.principal, t.to.space.hash(t.to.key))
	}
	return d.append(dst, t.to.shard)
}

func (sessionKind) arrive(t *transfer) bool {
	name, id := t.from.principal(), t.to.space.hash(t.to.key)
	switch {
	case len(name) == 0:
		return true
	case t.moves && t.within():
		return t.to.space.principals.move(name, t.from.space.hash(t.from.key), name, id, 0, &t.to.beside) == nil
	}
	return t.to.space.principals.add(name, id, 0, &t.to.beside) == nil
}

func (k sessionKind) leave(t *transfer) {
	t.from.moveLock(&t.to)
	if !t.within() {
		k.removed(t.from)
	} else if body := readBody(t.from.entry); body.token != 0 {
		t.from.beside += t.from.space.aliases.move(body.token, t.to.key)
	}
}

// appendTo appends the session with the wide header and its names inline.
func (sessionKind) appendTo(s *shard, key, entry, dst []byte) []byte {
	h, body := s.readHead(entry), readBody(entry)
	_, at, _ := sessionKind{}.key(entry)
	dst = h.appendWide(dst, key, entry[0]&(flagPrincipal|flagToken|flagBags|flagUninitialized))
	dst = append(dst, entry[at:len(entry)-len(body.rest)]...) // between the id and the first bag
	for range body.bags {
		b := s.shapes.read(body.rest)
		dst = binary.LittleEndian.AppendUint16(dst, shapeInline)
		dst = appendBytes(dst, b.component)
		dst = binary.AppendUvarint(dst, uint64(b.fields))
		for i := range b.fields {
			name, value := b.next(i)
			dst = appendBytes(appendBytes(dst, name), value)
		}
		body.rest = b.rest
	}
	return dst
}

func (sessionKind) check(s *shard, entry []byte, c *contents) error {
	if !flagged(entry, flagWide) {
		c.times[entry[narrowTimeouts]]++
	}
	body := readBody(entry)
	for range body.bags {
		b := s.shapes.read(body.rest)
		if b.shape >= firstShape {
			c.names[b.shape]++
		}
		body.rest = b.end()
	}
	return nil
}
