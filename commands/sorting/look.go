package sorting

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

// lookedAtOnce is how many keys are looked up in one step.
const lookedAtOnce = 256

// look returns what a pattern leads to for each element, nil for nothing.
func (f *family) look(c *commands.Call, op store.Op, pattern []byte, elements [][]byte) ([][]byte, error) {
	if isElement(pattern) {
		return elements, nil
	}
	p := parsePattern(pattern)
	switch {
	case !p.known, p.field == nil && f.strings == nil, p.field != nil && f.hashes == nil:
		return make([][]byte, len(elements)), nil
	case p.field != nil:
		return f.lookFields(c, op, &p, elements)
	}
	v := make(values, 0, len(elements)) // it grows while shards are locked
	for len(elements) > 0 {
		n := min(len(elements), lookedAtOnce)
		keys := make([][]byte, n)
		for i := range keys {
			keys[i] = p.key(elements[i])
		}
		if err := f.strings.GetStrings(c.Context, op, keys, &v); err != nil {
			return nil, err
		}
		elements = elements[n:]
		giveWay(c, op)
	}
	return v, nil
}

// lookFields is look for fields of hashes.
func (f *family) lookFields(c *commands.Call, op store.Op, p *place, elements [][]byte) ([][]byte, error) {
	v, read := make(values, 0, len(elements)), store.HashRead{Fields: [][]byte{p.field}}
	for i, element := range elements {
		err := f.hashes.ReadHash(c.Context, op, p.key(element), read, &v)
		if err != nil && !errors.Is(err, store.ErrWrongType) {
			return nil, err
		}
		if len(v) == i {
			v = append(v, nil)
		}
		if len(v)%lookedAtOnce == 0 {
			giveWay(c, op)
		}
	}
	return v, nil
}

// values collects copies of values, nil for one that is not there.
type values [][]byte

// Value implements store.ValueVisitor.
func (v *values) Value(value []byte, found bool) {
	if !found {
		*v = append(*v, nil)
		return
	}
	*v = append(*v, append([]byte{}, value...))
}

// Hash implements store.HashVisitor.
func (v *values) Hash(int) {}

// Field implements store.HashVisitor.
func (v *values) Field(_, value []byte, found bool) { v.Value(value, found) }
