package upstream

import (
	"context"
	"strconv"

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

// replace makes what is cached of a session what a change of ours made of it.
func (e *Engine) replace(c changed, change func(*record) edit) {
	if e.cache == nil {
		return
	}
	e.cache.replace(c.key[nameFrom:], func(r *record) *record {
		if r.revision != c.record.revision-1 || r.handle != c.record.handle {
			return nil
		}
		return r.edited(change(r), c.record.meta)
	})
}

// renew is replace for a change that left all fields and the revision.
func (e *Engine) renew(c changed) {
	if e.cache == nil {
		return
	}
	e.cache.replace(c.key[nameFrom:], func(r *record) *record {
		next := *r
		if !next.setMeta(c.record.meta) || next.revision != r.revision || next.handle != r.handle {
			return nil
		}
		return &next
	})
}

// SaveSession is part of store.Sessions.
func (e *Engine) SaveSession(ctx context.Context, op store.Op, id []byte, s store.SaveOptions) (int64, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	first := store.BagChange{Component: s.Component, Unset: s.Unset, Fields: s.Fields}
	change := editOf(append([]store.BagChange{first}, s.More...)...)
	key, limits := e.names.key(id), e.Limits()
	known := e.reckon(op, key, &s, change)
	made, land, err := e.gatherSave(ctx, key, known, change.pairs)
	defer land()
	c := changed{answer: answer{word: knownWord}, key: key}
	if made {
		e.counts.saved.Add(1)
	} else if err == nil {
		args := saveArgs(limits, &s, known, change)
		c, err = e.fieldsChanged(e.changeWith(ctx, op, key, lockTerms(s.Token, s.Unlock), saveScript, args...))
	}
	switch {
	case err != nil:
		return 0, err
	case c.word == knownWord && known.base.state == "":
		return 0, errNonsense
	case c.word == knownWord:
		c.record = known.next
		if err := e.kept(ctx, c, known); err != nil {
			return 0, err
		}
	default:
		e.replace(c, func(*record) edit { return change })
	}
	if s.Info != nil {
		shift := op.Now - e.now(op.Now)
		*s.Info = store.SessionInfo{Revision: c.record.revision, Expiry: expiryOf(c.record.expires, shift), RenewAt: c.record.renewAt(shift)}
	}
	return c.record.revision, nil
}

// saveArgs returns what the script of a save is told.
func saveArgs(limits store.Limits, s *store.SaveOptions, known known, change edit) []string {
	var numbers []byte
	for _, n := range []int64{limits.SessionFields, limits.SessionBytes, min(s.IdleTimeout, mostTime), int64(len(change.unset))} {
		numbers = append(strconv.AppendInt(numbers, n, 10), ' ')
	}
	if s.Bound {
		numbers = strconv.AppendInt(numbers, s.Revision, 10)
	}
	if len(change.ends) > 0 {
		numbers = append(append(numbers, ';'), formatEnds(change.ends)...)
	}
	args := make([]string, 0, 4+len(change.unset)+len(change.pairs))
	args = append(args, string(numbers), known.base.state, known.stamp, known.next.state)
	return append(append(args, change.unset...), change.pairs...)
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
