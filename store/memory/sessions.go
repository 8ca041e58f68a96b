package memory

import (
	"bytes"
	"context"
	"slices"

	"sessd/store"
)

// CreateSession implements store.Sessions.
func (e *Engine) CreateSession(_ context.Context, op store.Op, id []byte, c store.Create) error {
	h := e.hold(op, id)
	defer h.release()
	if x := h.find(id); x != nil {
		if x.kind != store.TypeSession {
			return store.ErrWrongType
		}
		return store.ErrSessionExists
	}
	x := h.newEntry(id, store.TypeSession)
	x.data = &session{
		createdAt: op.Now, accessedAt: op.Now,
		idle: max(c.IdleTimeout, 0), absolute: max(c.AbsoluteTimeout, 0),
		principal: string(c.Principal), bytes: int64(len(c.Principal)),
	}
	x.data.apply(&store.Save{Fields: c.Fields})
	x.expireAt = x.data.expireAt()
	if err := x.data.within(e.Limits(), new(session)); err != nil {
		return err
	}
	if !e.room(x.size()) {
		return store.ErrNoMemory
	}
	s := h.at(id)
	s.add(x)
	h.space.principals.add(x)
	s.changed(change{what: created, entry: x})
	return nil
}

// session returns the session to which an id leads, and its shard.
func (h *hold) session(id []byte) (*entry, *shard, error) {
	x := h.find(id)
	if x == nil {
		h.at(id).count.refused++
		return nil, nil, store.ErrNoSession
	}
	if x.kind != store.TypeSession {
		return nil, nil, store.ErrWrongType
	}
	return x, h.home(x), nil
}

// use counts as use of a session, whose idle timeout becomes idle unless that is 0.
func (s *shard) use(x *entry, now, idle int64) {
	x.data.accessedAt = now
	if idle > 0 {
		x.data.idle = idle
	}
	s.setExpiry(x, x.data.expireAt())
}

// LoadSession implements store.Sessions.
func (e *Engine) LoadSession(_ context.Context, op store.Op, id []byte, l store.Load, v store.BagVisitor) error {
	h := e.hold(op, id)
	defer h.release()
	x, s, err := h.session(id)
	if err != nil {
		if err == store.ErrNoSession {
			h.at(id).count.misses++
		}
		return err
	}
	s.count.loaded++
	s.count.hits++
	if !l.NoTouch {
		s.use(x, op.Now, 0)
		s.changed(change{what: used, entry: x})
	}
	b := x.data.bag(l.Component)
	if b == nil {
		b = new(bag)
	}
	if l.Fields == nil {
		v.Bag(x.data.revision, len(b.fields))
		for i := range b.fields {
			v.Field(b.fields[i].name, b.fields[i].value, true)
		}
		return nil
	}
	v.Bag(x.data.revision, len(l.Fields))
	for _, name := range l.Fields {
		if i := b.find(name); i >= 0 {
			v.Field(name, b.fields[i].value, true)
		} else {
			v.Field(name, nil, false)
		}
	}
	return nil
}

// SaveSession implements store.Sessions.
func (e *Engine) SaveSession(_ context.Context, op store.Op, id []byte, save store.Save) (int64, error) {
	h := e.hold(op, id)
	defer h.release()
	x, s, err := h.session(id)
	if err != nil {
		return 0, err
	}
	if save.Bound && save.Revision != x.data.revision {
		s.count.conflicts++
		return 0, &store.RevisionError{Revision: x.data.revision}
	}
	if err := e.applySave(x, &save); err != nil {
		return 0, err
	}
	x.data.revision++
	s.resized(x)
	s.use(x, op.Now, save.IdleTimeout)
	s.changed(change{what: saved, entry: x, bag: save.Component, save: &save})
	return x.data.revision, nil
}

// applySave changes a session's fields if the limits let it.
func (e *Engine) applySave(x *entry, save *store.Save) error {
	d, limits := x.data, e.Limits()
	fields, size, counted := d.growth(save)
	if (limits.SessionFields <= 0 || d.fields+fields <= limits.SessionFields) &&
		(limits.SessionBytes <= 0 || d.bytes+size <= limits.SessionBytes) && e.room(counted) {
		d.apply(save)
		return nil
	}
	// That was an upper bound, for a name may come twice, or be unset first. Near a limit the save is tried on a copy.
	trial := d.with(save)
	if err := trial.within(limits, d); err != nil {
		return err
	}
	if !e.room(trial.size(len(x.key)) - x.bytes) {
		return store.ErrNoMemory
	}
	*d = *trial
	return nil
}

// ClearSession implements store.Sessions.
func (e *Engine) ClearSession(_ context.Context, op store.Op, id, component []byte) (int64, error) {
	h := e.hold(op, id)
	defer h.release()
	x, s, err := h.session(id)
	if err != nil {
		return 0, err
	}
	x.data.dropBag(component)
	x.data.revision++
	s.resized(x)
	s.use(x, op.Now, 0)
	s.changed(change{what: cleared, entry: x, bag: component})
	return x.data.revision, nil
}

// TouchSession implements store.Sessions.
func (e *Engine) TouchSession(_ context.Context, op store.Op, id []byte, idle int64) (bool, error) {
	h := e.hold(op, id)
	defer h.release()
	x, s, err := h.session(id)
	if err == store.ErrNoSession {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.use(x, op.Now, idle)
	s.changed(change{what: used, entry: x})
	return true, nil
}

// RotateSession implements store.Sessions.
func (e *Engine) RotateSession(_ context.Context, op store.Op, id, newid []byte, r store.Rotate) error {
	h := e.holdEach(op, [][]byte{id, newid}, 1)
	defer h.release()
	if x := h.entry(id); x != nil && x.kind == typeAlias {
		h.at(id).count.refused++
		return store.ErrNoSession
	}
	x, from, err := h.session(id)
	if err != nil {
		return err
	}
	if y := h.find(newid); y != nil {
		if y.kind != store.TypeSession {
			return store.ErrWrongType
		}
		return store.ErrSessionExists
	}
	moved := *x.data
	if r.SetPrincipal {
		moved.principal = string(r.Principal)
		moved.bytes += int64(len(r.Principal) - len(x.data.principal))
	}
	if err := moved.within(e.Limits(), x.data); err != nil {
		return err
	}
	need := moved.size(len(newid)) - x.bytes
	if r.Grace > 0 {
		need += aliasSize(len(id))
	}
	if !e.room(need) {
		return store.ErrNoMemory
	}

	to, former := h.at(newid), x.key
	from.detach(x)
	h.space.principals.remove(x)
	*x.data = moved
	x.key, x.hash = bytes.Clone(newid), h.space.hash(newid)
	to.attach(x)
	to.resized(x)
	h.space.principals.add(x)
	if r.Grace > 0 {
		alias := h.newEntry(former, typeAlias)
		alias.leads, alias.expireAt = x, after(op.Now, r.Grace)
		from.add(alias)
	}
	to.changed(change{what: rotated, entry: x, former: former})
	return nil
}

// DestroySessions implements store.Sessions.
func (e *Engine) DestroySessions(_ context.Context, op store.Op, ids [][]byte) (int, error) {
	h := e.holdEach(op, ids, 1)
	defer h.release()
	for _, id := range ids {
		if x := h.find(id); x != nil && x.kind != store.TypeSession {
			return 0, store.ErrWrongType
		}
	}
	return h.destroy(ids), nil
}

// destroy removes the entries to which keys lead and returns how many there were.
func (h *hold) destroy(keys [][]byte) int {
	n := 0
	for _, key := range keys {
		if x := h.find(key); x != nil {
			h.home(x).remove(x, store.Destroyed)
			n++
		}
	}
	return n
}

// SessionMeta implements store.Sessions.
func (e *Engine) SessionMeta(_ context.Context, op store.Op, id []byte) (store.Meta, error) {
	h := e.hold(op, id)
	defer h.release()
	x, _, err := h.session(id)
	if err != nil {
		return store.Meta{}, err
	}
	d := x.data
	m := store.Meta{
		CreatedAt: d.createdAt, AccessedAt: d.accessedAt, ExpiresAt: x.expireAt,
		IdleTimeout: d.idle, AbsoluteTimeout: d.absolute,
		Revision: d.revision, Fields: int(d.fields), Bytes: x.bytes,
	}
	if d.principal != "" {
		m.Principal = []byte(d.principal)
	}
	for name := range d.components {
		m.Components = append(m.Components, []byte(name))
	}
	slices.SortFunc(m.Components, bytes.Compare)
	return m, nil
}
