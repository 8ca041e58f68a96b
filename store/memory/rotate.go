package memory

import (
	"bytes"
	"context"

	"sessd/store"
)

// RotateSession implements store.Sessions.
func (e *Engine) RotateSession(_ context.Context, op store.Op, id, newid []byte, r store.RotateOptions) error {
	r.Grace = min(r.Grace, store.MaxGrace)
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		h, err := e.lockKeysWith(op, [][]byte{id, newid}, 1, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer h.unlock()
		short, err := e.rotateSession(&h, id, newid, &r, nil)
		return struct{}{}, short, err
	})
	for err == errPrincipalFull {
		_, err = withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
			short, err := e.rotateLimited(op, id, newid, &r, claimed)
			return struct{}{}, short, err
		})
	}
	return err
}

// rotateSession gives a session another id. sessions are those of its new principal if it may have too many; nil: it has not.
func (e *Engine) rotateSession(h *lockSet, id, newid []byte, r *store.RotateOptions, sessions *principalSessions) (shortage, error) {
	to := h.find(newid)
	taken, session := to.ref != 0, to.is(tagSession)
	from := h.own(id)
	if from.is(tagAlias) {
		from.count.refused++
		return shortage{}, store.ErrNoSession
	}
	if err := from.session(); err != nil {
		return shortage{}, err
	}
	if taken {
		if !session {
			return shortage{}, store.ErrWrongType
		}
		return shortage{}, store.ErrSessionExists
	}

	d := &to.editor
	former := d.loadRotated(&from, to.shard, newid, r)
	if err := d.within(e.limits.Load()); err != nil {
		return shortage{}, err
	}
	if r.Grace > 0 && d.token == 0 {
		d.token = h.space.aliases.newToken()
	}

	to.scratch = d.append(to.scratch[:0], to.shard)
	need := to.need(len(to.scratch)) - int64(len(from.entry))
	if r.Grace > 0 {
		need += int64(from.table.Room(aliasSize+len(id))+len(newid)) + sizeOfTarget
	}
	if r.SetPrincipal {
		need += h.space.principals.need(r.Principal, h.space.hash(newid))
	}
	if !h.claim(need) {
		to.forget(to.scratch)
		return shortage{need, from.evictable()}, store.ErrNoMemory
	}
	if !h.reserveRotation(&to, &from, r) {
		to.forget(to.scratch)
		return shortage{}, store.ErrNoMemory
	}
	most := 0
	if r.SetPrincipal {
		most = r.PrincipalLimit.Max
	}
	token, principal := d.token, d.principal
	if sessions != nil && !bytes.Equal(former, r.Principal) {
		if err := sessions.makePlace(h); err != nil {
			to.forget(to.scratch)
			return shortage{}, err
		}
		from = h.own(id) // what ended may have moved it
	}
	if err := h.space.principals.move(former, h.space.hash(id), principal, h.space.hash(newid), most, &to.beside); err != nil {
		to.forget(to.scratch)
		return shortage{}, err
	}
	to.tellOfNext()
	to.place(len(to.scratch), func() { copy(to.entry, to.scratch) })
	to.tellMoved(&from)
	to.count.rotated++
	to.emitRotated(id, r.Grace)
	if token != 0 {
		to.beside += h.space.aliases.move(token, newid)
	}
	from.moveLock(&to)
	from.detach()
	if r.Grace > 0 {
		h.leaveAlias(id, newid, token, r.Grace)
	}
	return shortage{}, nil
}

// loadRotated loads a session as it is in a shard under its new id. It returns a copy of the principal that it had.
func (d *sessionEditor) loadRotated(from *entryRef, to *shard, newid []byte, r *store.RotateOptions) (former []byte) {
	d.load(from)
	former = bytes.Clone(d.principal)
	d.keepHandle()
	d.id = newid
	if d.timeouts.renew > 0 {
		d.extras.renewed = from.now
	}
	if to != from.shard { // shapes have other numbers there
		for i := range d.bags {
			d.bags[i].named = true
		}
	}
	if r.SetPrincipal {
		d.principal = r.Principal
		if len(r.Principal) > 0 {
			d.uninitialized, d.timeouts.uninitialized = false, 0
		}
	}
	return former
}

// leaveAlias has an id lead to the session of a token, which has another one now, for grace milliseconds. The memory is
// obtained.
func (h *lockSet) leaveAlias(id, newid []byte, token uint64, grace int64) {
	p, a := h.own(id), &h.space.aliases
	old := oldID{h.space.hash(id), after(h.now, grace), a.newToken()}
	p.scratch = appendAlias(p.scratch[:0], id, token, old.until)
	p.beside += a.add(token, newid, old, h.now)
	p.tellAlias(token, old, newid)
	p.place(len(p.scratch), func() { copy(p.entry, p.scratch) })
	a.entries.Add(1)
	a.bytes.Add(int64(len(p.entry)))
}

// emitRotated reports that a session has another id than before, which leads to it for some time.
func (p *entryRef) emitRotated(former []byte, grace int64) {
	o := p.space.engine.observers.Load()
	if o == nil || o.wants&store.SessionEvents == 0 {
		return
	}
	c := store.Change{
		Event: store.EventRotated, Type: store.TypeSession, Key: p.key, Former: former, Principal: p.principal(), Expiry: p.expires(p.entry),
	}
	if grace > 0 {
		c.FormerUntil = after(p.now, grace)
	}
	p.report(o, c, p.entry)
}

// reserveRotation obtains what the session, which is in the scratch of its new place, and its alias take from the system.
func (h *lockSet) reserveRotation(to, from *entryRef, r *store.RotateOptions) bool {
	var sizes demand
	return to.demand(len(to.scratch), &sizes) &&
		(r.Grace <= 0 || from.demand(aliasSize+len(from.key), &sizes)) &&
		h.reserve(&sizes) == nil
}
