package memory

import (
	"bytes"
	"context"
	"slices"

	"sessd/store"
	"sessd/store/memory/arena"
)

// CreateSession implements store.Sessions.
func (e *Engine) CreateSession(_ context.Context, op store.Op, id []byte, c store.CreateOptions) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		short, err := e.createSession(op, id, &c, claimed)
		return struct{}{}, short, err
	})
	for err == errCrowded {
		_, err = withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
			short, err := e.createInCrowd(op, id, &c, claimed)
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
		if err := p.space.principals.add(c.Principal, p.space.hash(id), c.Crowd.Max, &p.beside); err != nil {
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
	p.place(len(p.scratch), func() { copy(p.entry, p.scratch) })
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

// LoadSession implements store.Sessions.
func (e *Engine) LoadSession(_ context.Context, op store.Op, id []byte, l store.LoadOptions, v store.BagVisitor) error {
	if l.Token != nil {
		_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
			short, err := e.lockAndLoad(op, id, &l, v, claimed)
			return struct{}{}, short, err
		})
		return err
	}
	var p entryRef
	if err := p.lockIn(e, &op, id); err != nil {
		return err
	}
	defer p.unlock()
	return p.load(&l, v)
}

// lockAndLoad is LoadSession of a session that it locks.
func (e *Engine) lockAndLoad(op store.Op, id []byte, l *store.LoadOptions, v store.BagVisitor, claimed int64) (shortage, error) {
	p, err := e.lockEntryWith(op, id, claimed)
	if err != nil {
		return shortage{}, err
	}
	defer p.unlock()
	if p.is(tagSession) {
		if short, err := p.lock(l.Token, l.LockFor); err != nil {
			return short, err
		}
	}
	return shortage{}, p.load(l, v)
}

// load shows a session to v.
func (p *entryRef) load(l *store.LoadOptions, v store.BagVisitor) error {
	if err := p.session(); err != nil {
		if p.ref == 0 {
			p.read()
		}
		return err
	}
	p.count.loaded++
	p.read()
	if !l.NoTouch {
		if err := p.use(0); err != nil {
			return err
		}
		p.emit(store.EventTouched)
	}
	if l.Info != nil {
		*l.Info = p.info()
	}
	if l.Each != nil {
		p.showAll(l.Each, v)
		return nil
	}
	b, _ := p.bag(p.entry, l.Component)
	if l.Fields == nil {
		b.showAll(revisionOf(p.entry), v)
		return nil
	}
	b.show(revisionOf(p.entry), l.Fields, v)
	return nil
}

// showAll shows every bag of a session.
func (p *entryRef) showAll(each func(component []byte), v store.BagVisitor) {
	body, revision := readBody(p.entry), revisionOf(p.entry)
	for range body.bags {
		b := p.shapes.read(body.rest)
		each(b.component)
		body.rest = b.showAll(revision, v)
	}
}

// showAll shows every field of a bag, and returns what follows it.
func (b *bagReader) showAll(revision int64, v store.BagVisitor) (rest []byte) {
	v.Bag(revision, b.fields)
	for i := range b.fields {
		name, value := b.next(i)
		v.Field(name, value, true)
	}
	return b.rest
}

// show shows some fields of a bag.
func (b *bagReader) show(revision int64, names [][]byte, v store.BagVisitor) {
	v.Bag(revision, len(names))
	if b.fields > fewFields && len(names) > fewFields {
		showMany(*b, names, v)
		return
	}
	for _, name := range names {
		value, found := b.find(name)
		v.Field(name, value, found)
	}
}

// showMany shows many fields of a bag that has many.
func showMany(b bagReader, names [][]byte, v store.BagVisitor) {
	values := make(map[string][]byte, b.fields)
	for i := range b.fields {
		name, value := b.next(i)
		values[string(name)] = value
	}
	for _, name := range names {
		value, found := values[string(name)]
		v.Field(name, value, found)
	}
}

// SaveSession implements store.Sessions.
func (e *Engine) SaveSession(_ context.Context, op store.Op, id []byte, c store.SaveOptions) (int64, error) {
	return withRoom(e, &op, func(claimed int64) (int64, shortage, error) { return e.saveSession(op, id, &c, claimed) })
}

func (e *Engine) saveSession(op store.Op, id []byte, c *store.SaveOptions, claimed int64) (int64, shortage, error) {
	var p entryRef
	if err := p.lockInWith(e, &op, id, claimed); err != nil {
		return 0, shortage{}, err
	}
	defer p.unlock()
	if err := p.session(); err != nil {
		return 0, shortage{}, err
	}
	if err := p.mayChange(c.Token); err != nil {
		return 0, shortage{}, err
	}
	if revision := revisionOf(p.entry); c.Bound && c.Revision != revision {
		p.count.conflicts++
		return 0, shortage{}, &store.RevisionError{Revision: revision}
	}
	revision, short, err := p.save(c)
	if err == nil && c.Unlock && c.Token != nil {
		p.endLock()
		p.emit(store.EventUnlocked)
	}
	return revision, short, err
}

// free returns an error unless there is a session that is not locked.
func (p *entryRef) free() error {
	if err := p.session(); err != nil {
		return err
	}
	return p.mayChange(nil)
}

// save applies a save to a session and returns the new revision.
func (p *entryRef) save(c *store.SaveOptions) (int64, shortage, error) {
	revision := revisionOf(p.entry) + 1
	timed := false
	if !p.saveInPlace(c, revision) {
		d := &p.editor
		d.load(p)
		d.apply(c, p.now)
		timed = d.timed
		if err := d.within(p.space.engine.limits.Load()); err != nil {
			return 0, shortage{}, err
		}
		d.saved(p.now)
		if c.IdleTimeout > 0 {
			d.timeouts.idle = c.IdleTimeout
		}
		if short, err := p.prepare(d, 0); err != nil {
			return 0, short, err
		}
		if !timed { // it has a record of its own
			p.tellOfNext()
		}
		p.commit()
	}
	if p.recorder != nil && !timed {
		p.tellSave(c)
	}
	p.count.saved++
	p.emit(store.EventSaved)
	if c.Info != nil {
		*c.Info = p.info()
	}
	return revision, shortage{}, nil
}

// info tells of a session what a load and a save do.
func (p *entryRef) info() store.SessionInfo {
	h, body := p.readHead(p.entry), readBody(p.entry)
	return store.SessionInfo{Revision: h.revision, Expiry: h.expires(), RenewAt: h.renewAt(body.extras()), Bags: body.bags}
}

// mostInPlace is the greatest number of fields that are saved in place.
const mostInPlace = 16

// saveInPlace makes a save that only gives fields values as long as those before. It returns false, with nothing
// changed, when the save is of another kind.
func (p *entryRef) saveInPlace(c *store.SaveOptions, revision int64) bool {
	n := len(c.Fields) / 2
	if len(c.Unset) > 0 || c.More != nil || n > mostInPlace || p.entry[0]&(flagWide|flagUninitialized) != 0 || revision>>32 != 0 ||
		!fits48(p.now) || c.IdleTimeout > 0 && c.IdleTimeout != p.idle() || p.elementsDue(p.entry) != arena.NoDeadline {
		return false
	}
	b, ok := p.bag(p.entry, c.Component)
	if !ok {
		return false
	}
	var places [mostInPlace][]byte
	for i := range n {
		value, found := b.find(c.Fields[2*i])
		if !found || len(value) != len(c.Fields[2*i+1]) {
			return false
		}
		places[i] = value
	}
	for i := range n {
		copy(places[i], c.Fields[2*i+1])
	}
	set32(p.entry, narrowRevision, int(revision))
	return p.use(0) == nil // the header stays narrow, so nothing is refused
}

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
