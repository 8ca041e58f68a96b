package memory

import (
	"bytes"
	"encoding/binary"
	"math"

	"sessd/store"
)

// putSession stores the session of a form, and makes it known to its principal and its aliases.
func (p *entryRef) putSession(form []byte) error {
	if len(form) < wideSize || !flagged(form, flagWide) || get16(form, wideID) != 0 || len(p.key) == 0 || len(p.key) > store.MaxSessionID {
		return errForm
	}
	body := readBody(form)
	if body.bags < 1 || body.bags > len(body.rest) || body.token > math.MaxInt64 {
		return errForm
	}
	if p.ref == 0 && p.appendKnown(form, body) {
		return p.storeSession(body.principal, body.token)
	}
	for i := range body.bags {
		b, err := readInline(body.rest)
		if err != nil || (len(b.component) == 0) != (i == 0) {
			return errForm
		}
		body.rest = b.end()
	}
	if len(body.rest) > 0 {
		return errForm
	}
	if p.ref != 0 && !p.is(tagSession) {
		if err := p.end(); err != nil {
			return err
		}
	}
	d := &p.editor
	d.load(&entryRef{shard: p.shard, key: p.key, entry: form})
	p.scratch = d.append(p.scratch[:0], p.shard)
	return p.storeSession(d.principal, d.token)
}

// appendKnown makes the scratch the entry of a form, without an editor, where the shard knows the shape of each bag.
// Most sessions are like one before. It reports whether it has. Forms with extras, and all that are not as appendTo
// makes them, are left to who looks at them closely.
func (p *entryRef) appendKnown(form []byte, body body) bool {
	if flagged(form, flagPrincipal) && len(body.principal) == 0 || flagged(form, flagToken) && body.token == 0 ||
		body.extra != nil || flagged(form, flagBags) != (body.bags > 1) {
		return false
	}
	h := p.readHead(form)
	flags := form[0] & (flagPrincipal | flagToken | flagBags | flagUninitialized)
	p.scratch = h.append(p.scratch[:0], p.key, flags, &p.timeouts)
	p.scratch = append(p.scratch, form[wideSize:len(form)-len(body.rest)]...)
	for i := range body.bags {
		b, err := readInline(body.rest)
		if err != nil || (len(b.component) == 0) != (i == 0) || !p.appendKnownBag(&b) {
			p.forgetBags(p.scratch, i)
			return false
		}
		body.rest = b.rest
	}
	if len(body.rest) > 0 {
		p.forgetBags(p.scratch, body.bags)
		return false
	}
	return true
}

// appendKnownBag appends a bag whose names are inline to the scratch, where it has a shape that is known.
func (p *entryRef) appendKnownBag(b *bagReader) bool {
	if p.appendAlike(b) {
		return true
	}
	t, at := &p.shapes, len(p.scratch)
	p.scratch = append(p.scratch, 0, 0)
	key := appendBytes(t.key[:0], b.component)
	var before []byte
	for i := range b.fields {
		name, value := b.next(i)
		if i > 0 && bytes.Compare(before, name) >= 0 || len(key) > maxShapeBytes {
			return false
		}
		key, before = appendBytes(key, name), name
		p.scratch = appendBytes(p.scratch, value)
	}
	t.key = key
	n, ok := uint16(shapeEmpty), true
	if b.fields > 0 || len(b.component) > 0 {
		if n, ok = t.numbers[string(key)]; ok {
			t.list[n].uses++
			t.met = n
		}
	}
	binary.LittleEndian.PutUint16(p.scratch[at:], n)
	return ok
}

// appendAlike is appendKnownBag for a bag of the shape that was met last, as many in a row are. It does nothing for others.
func (p *entryRef) appendAlike(b *bagReader) bool {
	t := &p.shapes
	if int(t.met) >= len(t.list) {
		return false
	}
	s := &t.list[t.met]
	if s.uses == 0 || len(s.names) != b.fields || string(s.component) != string(b.component) {
		return false
	}
	rest, to := b.rest, binary.LittleEndian.AppendUint16(p.scratch, t.met)
	for _, name := range s.names {
		n := 1 + len(name)
		if len(name) >= 0x80 || len(rest) <= n || int(rest[0]) != len(name) || string(rest[1:n]) != string(name) {
			return false
		}
		var value []byte
		value, rest = takeBytes(rest[n:])
		to = appendBytes(to, value)
	}
	s.uses++
	p.scratch, b.rest = to, rest
	return true
}

// forgetBags gives up the timeouts, and the shapes of the first n bags, of an entry that is not whole.
func (s *shard) forgetBags(entry []byte, n int) {
	if !flagged(entry, flagWide) {
		s.timeouts.release(entry[narrowTimeouts])
	}
	rest := readBody(entry).rest
	for range n {
		r := s.shapes.read(rest)
		s.shapes.release(r.shape)
		rest = r.end()
	}
}

// storeSession stores the session that is in the scratch, over another one or nothing.
func (p *entryRef) storeSession(principal []byte, token uint64) error {
	if !p.table.Reserve(p.hash, len(p.scratch)) {
		p.forget(p.scratch)
		return store.ErrNoMemory
	}
	var former body
	if p.ref != 0 {
		former = readBody(p.entry)
	}
	if string(former.principal) != string(principal) {
		id := p.space.hash(p.key)
		if err := p.space.principals.move(former.principal, id, principal, id, 0, &p.beside); err != nil {
			p.forget(p.scratch)
			return err
		}
	}
	a := &p.space.aliases
	if former.token != 0 && former.token != token {
		p.beside += a.drop(former.token, p.key)
	}
	if token != 0 {
		a.met(token)
		p.beside += a.move(token, p.key)
	}
	p.commit()
	return nil
}
