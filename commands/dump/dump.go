package dump

import (
	"bytes"
	"errors"

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
		err = f.engine.ReadHash(c.Context, c.Op, key, store.HashRead{}, hashCollector{&v})
	case store.TypeSortedSet:
		v.value.Kind = rdb.SortedSet
		err = f.engine.ReadRange(c.Context, c.Op, key, store.SortedRange{By: store.ByRank, Stop: -1, Count: -1}, sortedCollector{&v})
	default:
		err = errNotDumped
	}
	return v, err
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
		case len(v.value.Texts) == 0:
			c.Reply.Null()
		default:
			c.Reply.Bulk(rdb.Encode(&v.value))
		}
		return nil
	}
}
