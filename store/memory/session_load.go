package memory

import (
	"context"

	"sessd/store"
)

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
