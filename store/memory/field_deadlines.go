package memory

import (
	"bytes"
	"context"

	"sessd/store"
)

// fieldEnd returns when a field ends, or store.Never. b has the fields of a small hash, and is nil with a large one.
func (p *entryRef) fieldEnd(b *bag, name []byte) (at int64, found bool) {
	if b == nil {
		if _, found = p.hashField(name); found {
			at = p.fieldUntil(name)
		}
	} else if i := b.find(name); i >= 0 {
		at, found = b.fields[i].until, true
	}
	if at == untilNone {
		at = store.Never
	}
	return at, found
}

// smallFields returns the fields of a small hash, and nil of a large one.
func (p *entryRef) smallFields() *bag {
	if isLarge(p.entry) {
		return nil
	}
	_, b := p.loadHash()
	return b
}

// FieldEnds implements store.FieldExpirer.
func (e *Engine) FieldEnds(_ context.Context, op store.Op, key []byte, fields [][]byte, visit func(at int64, found bool)) error {
	p, err := e.lockHash(op, key, 0)
	if err != nil {
		return err
	}
	defer p.unlock()
	if !p.read() {
		for range fields {
			visit(store.Never, false)
		}
		return nil
	}
	b := p.smallFields()
	for _, name := range fields {
		visit(p.fieldEnd(b, name))
	}
	return nil
}

// ExpireFields implements store.FieldExpirer.
func (e *Engine) ExpireFields(_ context.Context, op store.Op, key []byte, fields [][]byte, o store.ExpireOptions, visit func(store.FieldOutcome)) error {
	outcomes, err := withRoom(e, &op, func(claimed int64) ([]store.FieldOutcome, shortage, error) {
		p, err := e.lockHash(op, key, claimed)
		if err != nil {
			return nil, shortage{}, err
		}
		defer p.unlock()
		outcomes := make([]store.FieldOutcome, len(fields))
		if p.ref == 0 {
			return outcomes, shortage{}, nil
		}
		short, err := p.setEnds(fields, o, outcomes)
		return outcomes, short, err
	})
	if err == nil {
		for _, outcome := range outcomes {
			visit(outcome)
		}
	}
	return err
}

// setEnds changes when fields end, or removes them where that is not to come, and says what becomes of each.
func (p *entryRef) setEnds(fields [][]byte, o store.ExpireOptions, outcomes []store.FieldOutcome) (shortage, error) {
	changes := p.endsToChange(fields, o, outcomes)
	if len(changes) == 0 {
		return shortage{}, nil
	}
	if o.At != store.Never && o.At <= p.now {
		_, err := p.deleteFields(changes)
		return shortage{}, err
	}
	event, until := store.EventHExpire, o.At
	if o.At == store.Never {
		event, until = store.EventHPersist, untilNone
	}
	if short, err := p.setUntils(changes, until); err != nil {
		return short, err
	}
	p.useCollection()
	p.emit(event)
	return shortage{}, nil
}

// endsToChange returns those fields whose end is to change, one after the other: each finds what became of those before.
func (p *entryRef) endsToChange(fields [][]byte, o store.ExpireOptions, outcomes []store.FieldOutcome) (changes [][]byte) {
	b, seen := p.smallFields(), make(map[string]bool, len(fields))
	for i, name := range fields {
		end, found := p.fieldEnd(b, name)
		if seen[string(name)] {
			end, found = o.At, o.At == store.Never || o.At > p.now
		}
		switch {
		case !found:
			outcomes[i] = store.FieldMissing
		case o.At == store.Never && end == store.Never || !meets(o, end):
			outcomes[i] = store.FieldKept
		default:
			if outcomes[i] = store.FieldExpires; o.At != store.Never && o.At <= p.now {
				outcomes[i] = store.FieldRemoved
			}
			seen[string(name)] = true
			changes = append(changes, name)
		}
	}
	return changes
}

// meets reports whether an end meets the conditions for another one.
func meets(o store.ExpireOptions, end int64) bool {
	never := end == store.Never
	return !(o.IfNever && !never || o.IfExpires && never || o.IfLater && (never || o.At <= end) || o.IfEarlier && !never && o.At >= end)
}

// setUntils changes when fields end that are there; 0: with the hash.
func (p *entryRef) setUntils(names [][]byte, until int64) (shortage, error) {
	if !isLarge(p.entry) {
		h, b := p.loadHash()
		for _, name := range names {
			b.fields[b.find(name)].until = until
		}
		if until != untilNone {
			h.first = tagTimedHash
		}
		return p.storeSmallHash(&h, b)
	}
	short, err := p.planTimed(func(d *treeDemand) {
		for _, name := range names {
			d.addUntil(name)
		}
	})
	if err != nil {
		return short, err
	}
	for _, name := range names {
		p.setFieldUntil(name, until)
	}
	return shortage{}, nil
}

// GetFields implements store.FieldExpirer.
func (e *Engine) GetFields(_ context.Context, op store.Op, key []byte, g store.GetFieldsOptions, v store.HashVisitor) error {
	type shown struct {
		value []byte
		found bool
	}
	all, err := withRoom(e, &op, func(claimed int64) ([]shown, shortage, error) {
		p, err := e.lockHash(op, key, claimed)
		if err != nil {
			return nil, shortage{}, err
		}
		defer p.unlock()
		all := make([]shown, len(g.Fields))
		if p.ref == 0 {
			return all, shortage{}, nil
		}
		gone := g.Delete || g.Expires && g.At != store.Never && g.At <= p.now
		seen := make(map[string]bool, len(g.Fields))
		for i, name := range g.Fields {
			value, found := p.hashField(name)
			all[i] = shown{bytes.Clone(value), found && !(gone && seen[string(name)])}
			seen[string(name)] = true
		}
		var short shortage
		switch {
		case g.Delete:
			if _, err = p.deleteFields(g.Fields); err != nil {
				return nil, shortage{}, err
			}
		case g.Expires:
			short, err = p.setEnds(g.Fields, store.ExpireOptions{At: g.At}, make([]store.FieldOutcome, len(g.Fields)))
		default:
			p.useCollection()
		}
		return all, short, err
	})
	if err != nil {
		return err
	}
	v.Hash(len(all))
	for i, x := range all {
		if !x.found {
			x.value = nil
		}
		v.Field(g.Fields[i], x.value, x.found)
	}
	return nil
}

// SetFields implements store.FieldExpirer.
func (e *Engine) SetFields(_ context.Context, op store.Op, key []byte, o store.SetFieldsOptions) (bool, error) {
	return withRoom(e, &op, func(claimed int64) (bool, shortage, error) {
		p, err := e.lockHash(op, key, claimed)
		if err != nil {
			return false, shortage{}, err
		}
		defer p.unlock()
		for i := 0; (o.IfAbsent || o.IfPresent) && i < len(o.Pairs); i += 2 {
			if _, there := p.hashField(o.Pairs[i]); there == o.IfAbsent {
				return false, shortage{}, nil
			}
		}
		until, ended := int64(untilNone), false
		switch {
		case o.KeepEnds:
			until = untilKept
		case o.At != store.Never:
			if until = o.At; o.At <= p.now {
				until, ended = untilNone, true
			}
		}
		_, short, err := p.setFields(o.Pairs, until, store.EventHSet)
		switch {
		case err != nil:
			return false, short, err
		case ended:
			var names [][]byte
			for i := 0; i < len(o.Pairs); i += 2 {
				names = append(names, o.Pairs[i])
			}
			if _, err = p.deleteFields(names); err != nil {
				return false, shortage{}, err
			}
		case until > untilNone:
			p.emit(store.EventHExpire)
		}
		return true, shortage{}, nil
	})
}

// expireHash removes fields that have ended from a timed hash, elementsAtOnce at most of a large one, and the hash with its
// last one.
func (p *entryRef) expireHash() {
	before, left := p.elementCount(), 0
	var err error
	if isLarge(p.entry) {
		left, err = p.expireLarge()
	} else {
		left, err = p.expireSmall()
	}
	if err != nil { // the system has no memory for less: rather no hash than one with more than it should have
		p.remove(store.Evicted)
		return
	}
	if left < 0 { // none had ended
		return
	}
	p.count.expiredFields += uint64(before - left)
	p.emit(store.EventHExpired)
	if left == 0 {
		p.remove(store.Destroyed)
	}
}

// expireSmall removes the fields that have ended from a small hash, unless none is left. It returns how many are.
func (p *entryRef) expireSmall() (left int, err error) {
	h, b := p.loadHash()
	defer p.editor.letGo()
	for i := len(b.fields) - 1; i >= 0; i-- {
		if f := &b.fields[i]; f.until != untilNone && f.until <= p.now {
			b.unset(f.name)
		}
	}
	if len(b.fields) == 0 {
		return 0, nil
	}
	p.appendHash(&h, b)
	if err := p.reserve(len(p.scratch)); err != nil {
		p.releaseScratch()
		return 0, err
	}
	p.commit()
	return len(b.fields), nil
}

// expireLarge removes some of the fields that have ended from a large hash. It returns how many are left, or -1 where
// none had ended.
func (p *entryRef) expireLarge() (left int, err error) {
	var names [][]byte
	t := p.beginTreeAt(1)
	for i := 0; i < t.Len() && len(names) < elementsAtOnce; i++ {
		item := t.At(i)
		if item.Prefix >= byFieldName || int64(item.Prefix) > p.now {
			break
		}
		names = append(names, bytes.Clone(item.Name))
	}
	if len(names) == 0 { // what was said of the first is not so
		p.endTree()
		return -1, nil
	}
	if _, err = p.deleteLarge(names); err != nil {
		return 0, err
	}
	return p.elementCount(), nil
}
