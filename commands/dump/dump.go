package dump

import (
	"bytes"
	"errors"
	"slices"

	"sessd/commands"
	"sessd/commands/dump/rdb"
	"sessd/store"
)

// collector collects what an entry holds. It is a visitor of every type.
type collector struct{ value rdb.Value }

func (v *collector) add(texts ...[]byte) {
	for _, text := range texts {
		v.value.Texts = append(v.value.Texts, bytes.Clone(text))
	}
}

// Value implements store.ValueVisitor.
func (v *collector) Value(value []byte, found bool) {
	if found {
		v.add(value)
	}
}

type listCollector struct{ *collector }

// List implements store.ListVisitor.
func (listCollector) List([]byte, int) {}

// Element implements store.ListVisitor.
func (v listCollector) Element(value []byte) { v.add(value) }

type setCollector struct{ *collector }

// Set implements store.SetVisitor.
func (setCollector) Set(int) {}

// Member implements store.SetVisitor.
func (v setCollector) Member(member []byte, _ bool) { v.add(member) }

type hashCollector struct{ *collector }

// Hash implements store.HashVisitor.
func (hashCollector) Hash(int) {}

// Field implements store.HashVisitor.
func (v hashCollector) Field(name, value []byte, _ bool) { v.add(name, value) }

type sortedCollector struct{ *collector }

// Members implements store.SortedVisitor.
func (sortedCollector) Members(int) {}

// Member implements store.SortedVisitor.
func (v sortedCollector) Member(member []byte, score float64, _ bool) {
	v.add(member)
	v.value.Scores = append(v.value.Scores, score)
}

// collect reads what a key holds; nothing where there is no such key.
func (f *family) collect(c *commands.Call, key []byte) (v collector, err error) {
	t, err := f.engine.KeyType(c.Context, c.Op, key)
	if err != nil {
		return v, err
	}
	switch t {
	case store.TypeNone:
	case store.TypeString:
		v.value.Kind = rdb.String
		err = f.engine.GetString(c.Context, c.Op, key, &v)
	case store.TypeList:
		v.value.Kind = rdb.List
		err = f.engine.ReadList(c.Context, c.Op, key, 0, -1, listCollector{&v})
	case store.TypeSet:
		v.value.Kind = rdb.Set
		err = f.engine.ReadSet(c.Context, c.Op, key, store.SetRead{}, setCollector{&v})
	case store.TypeHash:
		v.value.Kind = rdb.Hash
		err = f.collectHash(c, key, &v)
	case store.TypeSortedSet:
		v.value.Kind = rdb.SortedSet
		err = f.engine.ReadRange(c.Context, c.Op, key, store.SortedRange{By: store.ByRank, Stop: -1, Count: -1}, sortedCollector{&v})
	case store.TypeStream:
		v.value.Kind = rdb.StreamKind
		v.value.Stream, err = f.collectStream(c, key)
	default:
		err = errNotDumped
	}
	return v, err
}

// endsAtOnce is of how many fields the ends are looked up at once.
const endsAtOnce = 500

// collectHash reads a hash, and when its fields end. Where some do, or where it changes meanwhile, it reads both in one step.
func (f *family) collectHash(c *commands.Call, key []byte, v *collector) error {
	if err := f.engine.ReadHash(c.Context, c.Op, key, store.HashRead{}, hashCollector{v}); err != nil {
		return err
	}
	if complete, err := f.collectEnds(c, c.Op, key, v); err != nil || complete && v.value.Expiries == nil {
		return err
	}
	var plan commands.Plan
	plan.Cover(c.Op.Keyspace, key)
	step, err := c.BeginStep(&plan)
	if err != nil {
		return err
	}
	defer step.End()
	v.value.Texts, v.value.Expiries = nil, nil
	if err := f.engine.ReadHash(c.Context, step.Op(), key, store.HashRead{}, hashCollector{v}); err != nil {
		return err
	}
	_, err = f.collectEnds(c, step.Op(), key, v)
	return err
}

// collectEnds looks up when the fields that were read end. complete is false where some are there no more.
func (f *family) collectEnds(c *commands.Call, op store.Op, key []byte, v *collector) (complete bool, err error) {
	engine, able := f.engine.(store.FieldExpirer)
	if !able {
		return true, nil
	}
	var names [][]byte
	for i := 0; i < len(v.value.Texts); i += 2 {
		names = append(names, v.value.Texts[i])
	}
	var ends []int64
	complete, timed := true, false
	for some := range slices.Chunk(names, endsAtOnce) {
		err := engine.FieldEnds(c.Context, op, key, some, func(at int64, found bool) {
			complete = complete && found
			if !found || at == store.Never {
				at = 0
			}
			ends, timed = append(ends, at), timed || at != 0
		})
		if err != nil {
			return false, err
		}
	}
	if timed {
		v.value.Expiries = ends
	}
	return complete, nil
}

// dump is DUMP. Where another type comes under the key meanwhile, it begins anew.
func (f *family) dump(c *commands.Call) error {
	for {
		v, err := f.collect(c, c.Args[0])
		switch {
		case errors.Is(err, store.ErrWrongType):
			continue
		case err != nil:
			return err
		case len(v.value.Texts) == 0 && v.value.Stream == nil:
			c.Reply.Null()
		default:
			c.Reply.Bulk(rdb.Encode(&v.value))
		}
		return nil
	}
}
