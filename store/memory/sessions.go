package memory

import (
	"bytes"
	"context"
	"slices"

	"sessd/store"
)

// CreateSession implements store.Sessions.
func (e *Engine) CreateSession(_ context.Context, op store.Op, id []byte, c store.CreateOptions) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		short, err := e.createSession(op, id, &c, claimed)
		return struct{}{}, short, err
	})
	for err == errPrincipalFull {
		_, err = withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
			short, err := e.createLimited(op, id, &c, claimed)
			return struct{}{}, short, err
		})
	}
	return err
}

func (e *Engine) createSession(op store.Op, id []byte, c *store.CreateOptions, claimed int64) (shortage, error) {
	p, err := e.lockEntryWith(op, id, claimed)
	if err != nil {
		return shortage{}, err
	}
	defer p.unlock()
	d, err := p.begin(id, c)
	if err != nil {
		return shortage{}, err
	}
	if short, err := p.prepare(d, p.space.principals.need(c.Principal, p.space.hash(id))); err != nil {
		return short, err
	}
	return shortage{}, p.finishCreate(id, c)
}

// finishCreate makes what was prepared a session of its principal.
func (p *entryRef) finishCreate(id []byte, c *store.CreateOptions) error {
	if len(c.Principal) > 0 {
		if err := p.space.principals.add(c.Principal, p.space.hash(id), c.PrincipalLimit.Max, &p.beside); err != nil {
			p.forget(p.scratch)
			return err
		}
	}
	p.commit()
	p.count.created++
	p.emit(store.EventNew)
	p.emit(store.EventCreated)
	return nil
}

// begin makes an editor of a session that is to begin, unless it may not.
func (p *entryRef) begin(id []byte, c *store.CreateOptions) (*sessionEditor, error) {
	if p.ref != 0 {
		if !p.is(tagSession) {
			return nil, store.ErrWrongType
		}
		return nil, store.ErrSessionExists
	}
	now := p.now
	d := &p.editor
	d.begin(id, head{
		uses: usesAtFirst, created: now, accessed: now,
		timeouts: timeouts{idle: max(c.IdleTimeout, 0), absolute: max(c.AbsoluteTimeout, 0), renew: max(c.RenewAfter, 0)},
	})
	d.principal = c.Principal
	if c.UninitializedTimeout > 0 && len(c.Principal) == 0 {
		d.uninitialized, d.timeouts.uninitialized = true, c.UninitializedTimeout
	}
	d.apply(&store.SaveOptions{Fields: c.Fields, More: c.More}, now)
	return d, d.within(p.space.engine.limits.Load())
}

// prepare writes what an editor has made into scratch, and obtains the memory for it and for more bytes that come with
// it. What needs no more memory than before may be above the limit.
func (p *entryRef) prepare(d *sessionEditor, more int64) (shortage, error) {
	p.scratch = d.append(p.scratch[:0], p.shard)
	short, err := p.room(len(p.scratch), more)
	if err != nil {
		p.forget(p.scratch)
	}
	return short, err
}

// commit makes what prepare has written the entry.
func (p *entryRef) commit() {
	p.place(len(p.scratch), func() {
		p.table.Spoil(p.entry) // which may be the slot of the entry before
		copy(p.entry, p.scratch)
	})
}

// write makes what an editor has made the entry, whatever the limit.
func (p *entryRef) write(d *sessionEditor) error {
	p.scratch = d.append(p.scratch[:0], p.shard)
	if err := p.reserve(len(p.scratch)); err != nil {
		p.forget(p.scratch)
		return err
	}
	p.commit()
	return nil
}

// session returns an error unless there is a session.
func (p *entryRef) session() error {
	switch {
	case p.ref == 0:
		p.count.refused++
		return store.ErrNoSession
	case tag(p.entry) != tagSession:
		return store.ErrWrongType
	}
	return nil
}

// use counts as use of a session, whose idle timeout becomes idle unless that is 0.
func (p *entryRef) use(idle int64) error {
	entry, wide := p.entry, flagged(p.entry, flagWide)
	before, at := sessionKind{}.usage(entry)
	if p.space.engine.limits.Load().Policy.LFU() {
		entry[at] = usedAgain(entry[at], p.now-before)
	}
	if idle > 0 && idle != p.idle() || !wide && !fits48(p.now) {
		d := &p.editor
		d.load(p)
		d.accessed = p.now
		if idle > 0 {
			d.timeouts.idle = idle
		}
		return p.write(d)
	}
	if wide {
		set64(entry, wideAccessed, p.now)
	} else {
		set48(entry, narrowAccessed, p.now)
	}
	if p.now < before {
		p.table.NoteDeadline(p.ref, p.deadline(entry))
	}
	if p.recorder != nil {
		p.tellUse(before)
	}
	return nil
}

// idle returns a session's idle timeout.
func (p *entryRef) idle() int64 {
	if flagged(p.entry, flagWide) {
		return get64(p.entry, wideIdle)
	}
	return p.timeouts.list[p.entry[narrowTimeouts]].idle
}

// mostInPlace is the greatest number of fields that are saved in place.
const mostInPlace = 16

// ClearSession implements store.Sessions.
func (e *Engine) ClearSession(_ context.Context, op store.Op, id, component []byte) (int64, error) {
	p, err := e.lockEntry(op, id)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	if err := p.free(); err != nil {
		return 0, err
	}
	d := &p.editor
	d.load(&p)
	d.bag(component).reset(component)
	d.prune()
	d.saved(op.Now)
	if err := p.write(d); err != nil {
		return 0, err
	}
	p.count.saved++
	p.emit(store.EventCleared)
	return d.revision, nil
}

// TouchSession implements store.Sessions.
func (e *Engine) TouchSession(_ context.Context, op store.Op, id []byte, idle int64) (bool, error) {
	p, err := e.lockEntry(op, id)
	if err != nil {
		return false, err
	}
	defer p.unlock()
	if err := p.session(); err == store.ErrNoSession {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if err := p.use(idle); err != nil {
		return false, err
	}
	p.emit(store.EventTouched)
	return true, nil
}

// TouchSessions implements store.Sessions.
func (e *Engine) TouchSessions(_ context.Context, op store.Op, ids [][]byte, idle int64, expiries []int64) (int, error) {
	return e.sessionsInSteps(op, ids, func(h *lockSet, some [][]byte) (n int, err error) {
		for i, id := range some {
			p, at := h.find(id), store.NoExpiry
			if p.is(tagSession) {
				if err := p.use(idle); err != nil {
					return n, err
				}
				p.emit(store.EventTouched)
				at = p.expires(p.entry)
				n++
			}
			if expiries != nil {
				expiries[i] = at
			}
		}
		if expiries != nil {
			expiries = expiries[len(some):]
		}
		return n, nil
	})
}

// DestroySessions implements store.Sessions.
func (e *Engine) DestroySessions(_ context.Context, op store.Op, ids [][]byte) (int, error) {
	return e.sessionsInSteps(op, ids, func(h *lockSet, some [][]byte) (n int, err error) {
		for _, id := range some {
			if p := h.find(id); p.is(tagSession) {
				p.remove(store.Destroyed)
				n++
			}
		}
		return n, nil
	})
}

// sessionsInSteps does something with sessions, some in a step, and nothing where an id leads to an entry of another type.
func (e *Engine) sessionsInSteps(op store.Op, ids [][]byte, do func(h *lockSet, some [][]byte) (int, error)) (int, error) {
	if len(ids) > keysAtOnce { // too many for one step: look at all before anything is done
		if _, err := e.inSteps(op, ids, (*lockSet).onlySessions); err != nil {
			return 0, err
		}
		return e.inSteps(op, ids, do)
	}
	return e.inSteps(op, ids, func(h *lockSet, some [][]byte) (int, error) {
		if _, err := h.onlySessions(some); err != nil {
			return 0, err
		}
		return do(h, some)
	})
}

// onlySessions returns ErrWrongType when a key leads to an entry of another type.
func (h *lockSet) onlySessions(ids [][]byte) (int, error) {
	for _, id := range ids {
		if p := h.find(id); p.ref != 0 && !p.is(tagSession) {
			return 0, store.ErrWrongType
		}
	}
	return 0, nil
}

// SessionMeta implements store.Sessions.
func (e *Engine) SessionMeta(_ context.Context, op store.Op, id []byte) (store.Meta, error) {
	p, err := e.lockEntry(op, id)
	if err != nil {
		return store.Meta{}, err
	}
	defer p.unlock()
	if err := p.session(); err != nil {
		return store.Meta{}, err
	}
	d := &p.editor
	d.load(&p)
	m := store.Meta{
		CreatedAt: d.created, AccessedAt: d.accessed, ExpiresAt: d.expires(),
		IdleTimeout: d.timeouts.idle, AbsoluteTimeout: d.timeouts.absolute,
		Expiring: d.expiringFields(), RenewAfter: d.timeouts.renew, RenewAt: d.renewAt(d.extras),
		Revision: d.revision, Fields: int(d.fields), Bytes: p.bytes(),
	}
	if l := p.lockOf(); l != nil {
		m.LockedUntil = l.until
	}
	if len(d.principal) > 0 {
		m.Principal = bytes.Clone(d.principal)
	}
	for _, b := range d.bags[1:] {
		m.Components = append(m.Components, bytes.Clone(b.component))
	}
	slices.SortFunc(m.Components, bytes.Compare)
	return m, nil
}
