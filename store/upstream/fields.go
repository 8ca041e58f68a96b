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
	args = append([]string{decimal(limits.SessionFields), decimal(limits.SessionBytes)}, args...)
	return e.fieldsChanged(e.change(ctx, op, e.names.key(id), s, args...))
}

// fieldsChanged returns what a script did to fields, or the error that it is.
func (e *Engine) fieldsChanged(c changed, err error) (changed, error) {
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
	e.replace(c, func(*record) edit { return edit{pairs: []string{name, sum}, keepsEnds: true} })
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
	values, err := c.part(1).ToArray()
	if err != nil || len(values) != len(fields) {
		return errNonsense
	}
	taken := false
	v.Bag(c.record.revision, len(fields))
	for i, name := range fields {
		value, err := values[i].AsBytes()
		taken = taken || err == nil
		v.Field(name, value, err == nil)
	}
	if taken {
		e.replace(c, func(*record) edit { return edit{unset: names} })
	} else {
		e.renew(c)
	}
	return nil
}

// AppendSession is part of store.Sessions.
func (e *Engine) AppendSession(ctx context.Context, op store.Op, id []byte, a store.AppendOptions) (int, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	name := bagPrefix(a.Component) + string(a.Field)
	c, err := e.changeFields(ctx, op, id, appendScript, string(a.Value), decimal(int64(a.MaxLength)), name)
	if err != nil {
		return 0, err
	}
	e.replace(c, func(r *record) edit {
		value := string(r.value(a.Component, a.Field)) + string(a.Value)
		if a.MaxLength > 0 {
			value = value[max(0, len(value)-a.MaxLength):]
		}
		return edit{pairs: []string{name, value}, keepsEnds: true}
	})
	return int(c.number(1)), nil
}
