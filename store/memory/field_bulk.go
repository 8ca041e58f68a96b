package memory

import (
	"bytes"
	"context"

	"sessd/store"
	"sessd/store/memory/tree"
)

// What follows does operations on very many fields that end by revisions, as bulk.go does others.

// endCost is how many elements one end of a field is like, in the time that it takes.
const endCost = 4

// reviseFields is revise for so many fields of a hash that is there. ends says that some are to end.
func (e *Engine) reviseFields(ctx context.Context, op store.Op, key []byte, fields int, ends bool, change func(*revision) error, done func(*revision, *entryRef)) (bool, error) {
	return e.revise(ctx, op, key, &longChange{first: tagHash, ends: ends, change: change, done: done, plan: func(p *entryRef) int {
		if p.ref == 0 {
			return 0
		}
		return endCost * fields
	}})
}

// isTimed reports whether fields of the hash may end.
func (r *revision) isTimed() bool { return r.makes == tagTimedHash }

// eachField visits fields, with the tree that finds them by name.
func (r *revision) eachField(fields [][]byte, visit func(t *tree.Tree, k tree.Key, i int)) error {
	return r.remove(0, len(fields), func(p *entryRef, t *tree.Tree, i int) { visit(t, p.fieldKey(fields[i]), i) })
}

// eachEnd visits fields of a hash that is timed, with the tree of their ends. Each word that is step further on is one.
func (r *revision) eachEnd(words [][]byte, step int, visit func(t *tree.Tree, i int)) error {
	size := func(i int) (name, value int) { return 2 * len(words[i*step]), 0 }
	demand := func(d *treeDemand, i int) { d.addUntil(words[i*step]) }
	return r.made.eachDemanding(r.engine, r.op, r.key, 1, len(words)/step, stepElements/endCost, size, demand,
		func(_ *entryRef, t *tree.Tree, i int) { visit(t, i) })
}

// endAt has fields end at a time; 0: with the hash.
func (r *revision) endAt(words [][]byte, step int, at int64) error {
	return r.eachEnd(words, step, func(t *tree.Tree, i int) { changeEnd(t, words[i*step], at) })
}

// endWithHash has fields, or those that are removed, have no end.
func (r *revision) endWithHash(words [][]byte, step int) error {
	if !r.isTimed() {
		return nil
	}
	return r.endAt(words, step, untilNone)
}

// expireManyFields is ExpireFields.
func (e *Engine) expireManyFields(ctx context.Context, op store.Op, key []byte, fields [][]byte, o store.ExpireOptions) (outcomes []store.FieldOutcome, done bool, err error) {
	x := fieldEnds{fields: fields, o: o, outcomes: make([]store.FieldOutcome, len(fields)), met: make([]bool, len(fields))}
	if hasCome(o.At, op.Now) {
		done, err = e.reviseFields(ctx, op, key, len(fields), false, x.remove, func(r *revision, p *entryRef) { p.emitDeleted(x.changed, r.count()) })
		return x.outcomes, done, err
	}
	event, _ := endOf(o.At)
	done, err = e.reviseFields(ctx, op, key, len(fields), o.At != store.Never, x.change, func(_ *revision, p *entryRef) {
		p.useCollection()
		p.emit(event)
	})
	return x.outcomes, done, err
}

// fieldEnds is the ends of very many fields that are to change.
type fieldEnds struct {
	fields   [][]byte
	o        store.ExpireOptions
	outcomes []store.FieldOutcome
	met      []bool // what is said of each field on the way
	changed  int
}

// end returns when a field ends of which k is the key by name, or store.Never.
func (x *fieldEnds) end(t *tree.Tree, k tree.Key) int64 {
	if at := endIn(t, k); at != untilNone {
		return at
	}
	return store.Never
}

// begin begins anew.
func (x *fieldEnds) begin() {
	clear(x.outcomes)
	x.changed = 0
}

// result returns err, or errUnchanged where nothing changes.
func (x *fieldEnds) result(err error) error {
	if err == nil && x.changed == 0 {
		return errUnchanged
	}
	return err
}

// change changes when fields end.
func (x *fieldEnds) change(r *revision) error {
	x.begin()
	err := r.eachField(x.fields, func(t *tree.Tree, k tree.Key, i int) {
		if _, x.met[i] = t.Get(k); x.met[i] {
			x.outcomes[i] = store.FieldKept
		}
	})
	if err != nil || !r.isTimed() {
		return x.result(err)
	}
	_, until := endOf(x.o.At)
	return x.result(r.eachEnd(x.fields, 1, func(t *tree.Tree, i int) {
		if !x.met[i] {
			return
		}
		k := fieldNameKey(x.fields[i])
		end := x.end(t, k)
		if !meets(x.o, end) {
			return
		}
		x.outcomes[i] = store.FieldExpires
		x.changed++
		if end == store.Never {
			end = untilNone
		}
		if end != until {
			replaceEnd(t, x.fields[i], k, end, until)
		}
	}))
}

// remove removes fields, whose ends are not to come.
func (x *fieldEnds) remove(r *revision) error {
	x.begin()
	for i := range x.met {
		x.met[i] = meets(x.o, store.Never)
	}
	if r.isTimed() {
		err := r.eachEnd(x.fields, 1, func(t *tree.Tree, i int) { x.met[i] = meets(x.o, x.end(t, fieldNameKey(x.fields[i]))) })
		if err != nil {
			return err
		}
	}
	err := r.eachField(x.fields, func(t *tree.Tree, k tree.Key, i int) {
		if _, found := t.Get(k); !found {
			return
		}
		if x.outcomes[i] = store.FieldKept; x.met[i] {
			t.Delete(k)
			x.outcomes[i] = store.FieldRemoved
			x.changed++
		}
	})
	if err != nil || !r.isTimed() {
		return x.result(err)
	}
	return x.result(r.eachEnd(x.fields, 1, func(t *tree.Tree, i int) {
		if x.outcomes[i] == store.FieldRemoved {
			changeEnd(t, x.fields[i], untilNone)
		}
	}))
}

// getManyFields is GetFields where that changes fields.
func (e *Engine) getManyFields(ctx context.Context, op store.Op, key []byte, g store.GetFieldsOptions) (all []fieldShown, done bool, err error) {
	if g.Delete || hasCome(g.At, op.Now) {
		return e.takeManyFields(ctx, op, key, g.Fields)
	}
	all = make([]fieldShown, len(g.Fields))
	x := fieldEnds{fields: g.Fields, o: store.ExpireOptions{At: g.At}, outcomes: make([]store.FieldOutcome, len(g.Fields)), met: make([]bool, len(g.Fields))}
	event, _ := endOf(g.At)
	done, err = e.reviseFields(ctx, op, key, len(g.Fields), g.At != store.Never, func(r *revision) error {
		err := r.eachField(g.Fields, func(t *tree.Tree, k tree.Key, i int) {
			value, found := t.Get(k)
			all[i] = fieldShown{bytes.Clone(value), found}
		})
		if err != nil {
			return err
		}
		return x.change(r)
	}, func(_ *revision, p *entryRef) {
		p.useCollection()
		p.emit(event)
	})
	return all, done, err
}

// takeManyFields is GetFields where that removes them.
func (e *Engine) takeManyFields(ctx context.Context, op store.Op, key []byte, fields [][]byte) (all []fieldShown, done bool, err error) {
	all = make([]fieldShown, len(fields))
	taken := 0
	done, err = e.reviseFields(ctx, op, key, len(fields), false, func(r *revision) error {
		before := r.count()
		err := r.eachField(fields, func(t *tree.Tree, k tree.Key, i int) {
			value, found := t.Get(k)
			if all[i] = (fieldShown{bytes.Clone(value), found}); found {
				t.Delete(k)
			}
		})
		if taken = before - r.count(); err == nil && taken == 0 {
			return errUnchanged
		}
		if err != nil {
			return err
		}
		return r.endWithHash(fields, 1)
	}, func(r *revision, p *entryRef) { p.emitDeleted(taken, r.count()) })
	return all, done, err
}

// setManyEnds is SetFields.
func (e *Engine) setManyEnds(ctx context.Context, op store.Op, key []byte, o store.SetFieldsOptions) (set, done bool, err error) {
	n, come := len(o.Pairs)/2, !o.KeepEnds && hasCome(o.At, op.Now)
	ends := !o.KeepEnds && !come && o.At != store.Never
	done, err = e.revise(ctx, op, key, &longChange{first: tagHash, ends: ends, plan: func(p *entryRef) int {
		if p.ref == 0 && (o.IfPresent || come) {
			return 0
		}
		return endCost * n
	}, change: func(r *revision) (err error) {
		if set, err = r.meets(&o); err == nil && !set {
			return errUnchanged
		}
		switch {
		case err != nil:
			return err
		case come:
			err = r.remove(0, n, func(p *entryRef, t *tree.Tree, i int) { t.Delete(p.fieldKey(o.Pairs[2*i])) })
		default:
			err = r.each(0, n, func(i int) (name, value int) { return len(o.Pairs[2*i]), len(o.Pairs[2*i+1]) },
				func(p *entryRef, t *tree.Tree, i int) { t.Set(p.fieldKey(o.Pairs[2*i]), o.Pairs[2*i+1]) })
		}
		switch {
		case err != nil || o.KeepEnds:
			return err
		case ends:
			return r.endAt(o.Pairs, 2, o.At)
		}
		return r.endWithHash(o.Pairs, 2)
	}, done: func(r *revision, p *entryRef) {
		p.emitSet(r.isNew(), store.EventHSet)
		switch {
		case come:
			p.emitDeleted(n, r.count())
		case ends:
			p.emit(store.EventHExpire)
		}
	}})
	return set, done, err
}

// meets reports whether fields that are there meet the conditions for being set.
func (r *revision) meets(o *store.SetFieldsOptions) (does bool, err error) {
	does = true
	if o.IfAbsent || o.IfPresent {
		err = r.remove(0, len(o.Pairs)/2, func(p *entryRef, t *tree.Tree, i int) {
			if _, there := t.Get(p.fieldKey(o.Pairs[2*i])); there == o.IfAbsent {
				does = false
			}
		})
	}
	return does, err
}
