package upstream

import (
	"context"

	"sessd/store"
)

// changeFields runs a script that changes fields of the session under an id.
func (e *Engine) changeFields(ctx context.Context, op store.Op, id []byte, s script, args ...string) (changed, error) {
	limits := e.Limits()
	if s == takeScript {
		limits = store.Limits{}
	}
	c, err := e.change(ctx, op, e.names.key(id), s, append([]string{decimal(limits.SessionFields), decimal(limits.SessionBytes)}, args...)...)
	switch {
	case err != nil:
		return c, err
	case c.word == "overflow":
		return c, store.ErrOverflow
	case c.word == "integer":
		return c, store.ErrNotInteger
	}
	e.counts.saved.Add(1)
	return c, nil
}

// replace makes what is cached of a session what a change of ours made of it.
func (e *Engine) replace(c changed, change edit) {
	if e.cache == nil {
		return
	}
	e.cache.replace(c.key[nameFrom:], c.record.revision, func(r *record) *record { return r.edited(change, c.record.meta) })
}

// renew makes the metadata of what is cached those that a change of ours left, which did not change fields.
func (e *Engine) renew(c changed) {
	if e.cache != nil {
		e.cache.renew(c.key[nameFrom:], c.record)
	}
}

// SaveSession is part of store.Sessions.
func (e *Engine) SaveSession(ctx context.Context, op store.Op, id []byte, s store.SaveOptions) (int64, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	if err := lacks(s.More); err != nil || s.Token != nil || s.Unlock {
		return 0, store.ErrMissing
	}
	bound := ""
	if s.Bound {
		bound = decimal(s.Revision)
	}
	first := store.BagChange{Component: s.Component, Unset: s.Unset, Fields: s.Fields}
	change := editOf(append([]store.BagChange{first}, s.More...)...)
	args := make([]string, 0, 8+len(change.unset)+len(change.pairs))
	args = append(args, bound, duration(s.IdleTimeout), decimal(int64(len(change.unset))), "", "", "")
	args = append(append(append(args, change.unset...), metaField, ""), change.pairs...)
	c, err := e.changeFields(ctx, op, id, saveScript, args...)
	if err != nil {
		return 0, err
	}
	e.replace(c, change)
	if s.Info != nil {
		shift := op.Now - e.now(op.Now)
		*s.Info = store.SessionInfo{Revision: c.record.revision, Expiry: expiryOf(c.record.expires, shift), RenewAt: c.record.renewAt(shift)}
	}
	return c.record.revision, nil
}

// IncrSession is part of store.Sessions.
func (e *Engine) IncrSession(ctx context.Context, op store.Op, id []byte, i store.IncrOptions) (int64, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	name := bagPrefix(i.Component) + string(i.Field)
	c, err := e.changeFields(ctx, op, id, incrScript, decimal(i.Delta), decimal(i.Min), decimal(i.Max), name)
	if err != nil {
		return 0, err
	}
	sum := c.text(1)
	e.replace(c, edit{pairs: []string{name, sum}})
	n, _ := store.ParseInt([]byte(sum))
	return n, nil
}

// TakeSession is part of store.Sessions.
func (e *Engine) TakeSession(ctx context.Context, op store.Op, id, component []byte, fields [][]byte, v store.BagVisitor) error {
	if store.IsImmediate(ctx) {
		return e.refuse(ctx)
	}
	names, prefix := make([]string, len(fields)), bagPrefix(component)
	for i, name := range fields {
		names[i] = prefix + string(name)
	}
	c, err := e.changeFields(ctx, op, id, takeScript, names...)
	if err != nil {
		return err
	}
	e.forget(c.key)
	values, err := c.rest[1].ToArray()
	if err != nil {
		return err
	}
	v.Bag(c.record.revision, len(fields))
	for i, name := range fields {
		if value, err := values[i].AsBytes(); err == nil {
			v.Field(name, value, true)
		} else {
			v.Field(name, nil, false)
		}
	}
	return nil
}

// AppendSession is part of store.Sessions.
func (e *Engine) AppendSession(ctx context.Context, op store.Op, id []byte, a store.AppendOptions) (int, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	c, err := e.changeFields(ctx, op, id, appendScript, string(a.Value), decimal(int64(a.MaxLength)), bagPrefix(a.Component)+string(a.Field))
	if err != nil {
		return 0, err
	}
	e.forget(c.key)
	return int(c.number(1)), nil
}
