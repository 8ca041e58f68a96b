package memory

import (
	"context"

	"sessd/store"
	"sessd/store/memory/arena"
)

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
