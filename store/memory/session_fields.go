package memory

import (
	"context"
	"math"
	"strconv"

	"sessd/store"
)

// IncrSession implements store.Sessions.
func (e *Engine) IncrSession(_ context.Context, op store.Op, id []byte, i store.IncrOptions) (int64, error) {
	return withRoom(e, &op, func(claimed int64) (int64, shortage, error) { return e.incrSession(op, id, &i, claimed) })
}

func (e *Engine) incrSession(op store.Op, id []byte, o *store.IncrOptions, claimed int64) (int64, shortage, error) {
	p, err := e.lockEntryWith(op, id, claimed)
	if err != nil {
		return 0, shortage{}, err
	}
	defer p.unlock()
	if err := p.free(); err != nil {
		return 0, shortage{}, err
	}
	sum := int64(0)
	b, _ := p.bag(p.entry, o.Component)
	if value, found := b.find(o.Field); found {
		var ok bool
		if sum, ok = store.ParseInt(value); !ok {
			return 0, shortage{}, store.ErrNotInteger
		}
	}
	if o.Delta > 0 && sum > math.MaxInt64-o.Delta || o.Delta < 0 && sum < math.MinInt64-o.Delta {
		return 0, shortage{}, store.ErrOverflow
	}
	if sum += o.Delta; sum < o.Min || sum > o.Max {
		return 0, shortage{}, store.ErrOverflow
	}
	short, err := p.saveField(o.Component, o.Field, strconv.AppendInt(p.editor.number[:0], sum, 10))
	return sum, short, err
}

// TakeSession implements store.Sessions.
func (e *Engine) TakeSession(_ context.Context, op store.Op, id, component []byte, fields [][]byte, v store.BagVisitor) error {
	p, err := e.lockEntry(op, id)
	if err != nil {
		return err
	}
	defer p.unlock()
	if err := p.free(); err != nil {
		return err
	}
	b, _ := p.bag(p.entry, component)
	d := &p.editor
	d.load(&p)
	d.apply(&store.SaveOptions{Component: component, Unset: fields}, op.Now)
	if left, _ := d.size(); left == d.fields { // there is nothing to take
		if err := p.use(0); err != nil {
			return err
		}
		p.emit(store.EventTouched)
		b, _ = p.bag(p.entry, component)
		b.show(revisionOf(p.entry), fields, v)
		return nil
	}
	d.saved(op.Now)
	if _, err := p.prepare(d, 0); err != nil {
		return err
	}
	shown := false
	defer func() {
		if !shown { // the visitor panicked
			p.forget(p.scratch)
		}
	}()
	b.show(d.revision, fields, v)
	shown = true
	p.commit()
	p.count.saved++
	p.emit(store.EventSaved)
	return nil
}

// AppendSession implements store.Sessions.
func (e *Engine) AppendSession(_ context.Context, op store.Op, id []byte, a store.AppendOptions) (int, error) {
	return withRoom(e, &op, func(claimed int64) (int, shortage, error) { return e.appendSession(op, id, &a, claimed) })
}

func (e *Engine) appendSession(op store.Op, id []byte, o *store.AppendOptions, claimed int64) (int, shortage, error) {
	p, err := e.lockEntryWith(op, id, claimed)
	if err != nil {
		return 0, shortage{}, err
	}
	defer p.unlock()
	if err := p.free(); err != nil {
		return 0, shortage{}, err
	}
	b, _ := p.bag(p.entry, o.Component)
	value, _ := b.find(o.Field)
	more := o.Value
	if o.MaxLength > 0 {
		more = more[max(0, len(more)-o.MaxLength):]
		value = value[max(0, len(value)-(o.MaxLength-len(more))):]
	}
	whole := append(append(make([]byte, 0, len(value)+len(more)), value...), more...)
	short, err := p.saveField(o.Component, o.Field, whole)
	return len(whole), short, err
}

// saveField saves one field, which keeps its deadline.
func (p *entryRef) saveField(component, name, value []byte) (short shortage, err error) {
	pair := &p.editor.pair
	*pair = [2][]byte{name, value}
	defer clear(pair[:])
	o := store.SaveOptions{Component: component, Fields: pair[:]}
	if ttl := p.ttlOf(component, name); ttl > 0 {
		o = store.SaveOptions{More: []store.BagChange{{Component: component, Fields: pair[:], TTL: ttl}}}
	}
	_, short, err = p.save(&o)
	return short, err
}
