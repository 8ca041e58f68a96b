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
func (e *Engine) ExpireFields(ctx context.Context, op store.Op, key []byte, fields [][]byte, o store.ExpireOptions, visit func(store.FieldOutcome)) error {
	if endCost*len(fields) > e.longElements {
		if outcomes, done, err := e.expireManyFields(ctx, op, key, fields, o); done || err != nil {
			for i := 0; err == nil && i < len(outcomes); i++ {
				visit(outcomes[i])
			}
			return err
		}
	}
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
	if hasCome(o.At, p.now) {
		_, err := p.deleteFields(changes)
		return shortage{}, err
	}
	event, until := endOf(o.At)
	if short, err := p.setUntils(changes, until); err != nil {
		return short, err
	}
	p.useCollection()
	p.emit(event)
	return shortage{}, nil
}

// hasCome reports whether an end is not to come.
func hasCome(at, now int64) bool { return at != store.Never && at <= now }

// endOf returns the event of an end that is to come, and the end as trees have it.
func endOf(at int64) (store.Event, int64) {
	if at == store.Never {
		return store.EventHPersist, untilNone
	}
	return store.EventHExpire, at
}

// endsToChange returns those fields whose end is to change, one after the other: each finds what became of those before.
func (p *entryRef) endsToChange(fields [][]byte, o store.ExpireOptions, outcomes []store.FieldOutcome) (changes [][]byte) {
	b, seen := p.smallFields(), make(map[string]bool, len(fields))
	for i, name := range fields {
		end, found := p.fieldEnd(b, name)
		if seen[string(name)] {
			end, found = o.At, !hasCome(o.At, p.now)
		}
		switch {
		case !found:
			outcomes[i] = store.FieldMissing
		case !meets(o, end):
			outcomes[i] = store.FieldKept
		default:
			if outcomes[i] = store.FieldExpires; hasCome(o.At, p.now) {
				outcomes[i] = store.FieldRemoved
			}
			seen[string(name)] = true
			changes = append(changes, name)
		}
	}
	return changes
}

// meets reports whether an end meets the conditions for another one. One that is not there is not taken away.
func meets(o store.ExpireOptions, end int64) bool {
	never := end == store.Never
	return !(never && o.At == store.Never || o.IfNever && !never || o.IfExpires && never || o.IfLater && (never || o.At <= end) || o.IfEarlier && !never && o.At >= end)
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
	p.changeEnds(names, 1, until)
	return shortage{}, nil
}

// fieldShown is a field of a hash as it was read.
type fieldShown struct {
	value []byte
	found bool
}

// GetFields implements store.FieldExpirer.
func (e *Engine) GetFields(ctx context.Context, op store.Op, key []byte, g store.GetFieldsOptions, v store.HashVisitor) (err error) {
	var all []fieldShown
	done := false
	if endCost*len(g.Fields) > e.longElements && (g.Delete || g.Expires) {
		all, done, err = e.getManyFields(ctx, op, key, g)
	}
	if !done && err == nil {
		all, err = e.getFields(op, key, g)
	}
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

// getFields is GetFields under one lock.
func (e *Engine) getFields(op store.Op, key []byte, g store.GetFieldsOptions) ([]fieldShown, error) {
	return withRoom(e, &op, func(claimed int64) ([]fieldShown, shortage, error) {
		p, err := e.lockHash(op, key, claimed)
		if err != nil {
			return nil, shortage{}, err
		}
		defer p.unlock()
		all := make([]fieldShown, len(g.Fields))
		if p.ref == 0 {
			return all, shortage{}, nil
		}
		gone := g.Delete || g.Expires && hasCome(g.At, p.now)
		seen := make(map[string]bool, len(g.Fields))
		for i, name := range g.Fields {
			value, found := p.hashField(name)
			all[i] = fieldShown{bytes.Clone(value), found && !(gone && seen[string(name)])}
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
}

// SetFields implements store.FieldExpirer.
func (e *Engine) SetFields(ctx context.Context, op store.Op, key []byte, o store.SetFieldsOptions) (bool, error) {
	if endCost*len(o.Pairs)/2 > e.longElements {
		if set, done, err := e.setManyEnds(ctx, op, key, o); done || err != nil {
			return set, err
		}
	}
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
		pairs, until, ended := o.Pairs, int64(untilNone), false
		switch {
		case o.KeepEnds:
			until = untilKept
		case o.At != store.Never:
			if until = o.At; o.At <= p.now {
				until, ended = untilNone, true
			}
		}
		if ended && p.ref == 0 { // nothing stays of them
			pairs = pairs[:2]
		}
		_, short, err := p.setFields(pairs, until, store.EventHSet)
		switch {
		case err != nil:
			return false, short, err
		case ended:
			var names [][]byte
			for i := 0; i < len(pairs); i += 2 {
				names = append(names, pairs[i])
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
