package memory

import "bytes"

// bag is the fields of one component, in the order in which they came; one that goes is replaced by the last.
type bag struct {
	fields []field
	places map[string]int // of the names in fields; nil while there are few
}

type field struct {
	name, value []byte
}

// fewFields is the number of fields up to which a bag is searched from end to end.
const fewFields = 16

// find returns the place of a field, or -1.
func (b *bag) find(name []byte) int {
	if b.places != nil {
		if i, ok := b.places[string(name)]; ok {
			return i
		}
		return -1
	}
	for i := range b.fields {
		if bytes.Equal(b.fields[i].name, name) {
			return i
		}
	}
	return -1
}

// set stores a value and returns by how many fields and bytes the bag has grown.
func (b *bag) set(name, value []byte) (fields, size int64) {
	if i := b.find(name); i >= 0 {
		f := &b.fields[i]
		size = int64(len(value) - len(f.value))
		if cap(f.value) < len(value) || cap(f.value) > 2*len(value)+32 {
			f.value = make([]byte, 0, len(value))
		}
		f.value = append(f.value[:0], value...)
		return 0, size
	}
	b.fields = append(b.fields, field{bytes.Clone(name), bytes.Clone(value)})
	switch {
	case b.places != nil:
		b.places[string(name)] = len(b.fields) - 1
	case len(b.fields) > fewFields:
		b.places = make(map[string]int, len(b.fields))
		for i := range b.fields {
			b.places[string(b.fields[i].name)] = i
		}
	}
	return 1, int64(len(name) + len(value))
}

// unset removes a field, if it is there, and returns by how many fields and bytes the bag has grown.
func (b *bag) unset(name []byte) (fields, size int64) {
	i := b.find(name)
	if i < 0 {
		return 0, 0
	}
	size = int64(len(name) + len(b.fields[i].value))
	last := len(b.fields) - 1
	if b.places != nil {
		b.places[string(b.fields[last].name)] = i
		delete(b.places, string(name))
	}
	b.fields[i] = b.fields[last]
	b.fields[last] = field{}
	b.fields = b.fields[:last]
	return -1, -size
}

// growth returns by how many fields and bytes the bag grows at most when the pairs are set.
func (b *bag) growth(pairs [][]byte) (fields, size int64) {
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		if at := b.find(name); at >= 0 {
			size += int64(max(0, len(value)-len(b.fields[at].value)))
		} else {
			fields++
			size += int64(len(name) + len(value))
		}
	}
	return fields, size
}

// clone returns a copy that shares nothing which changes.
func (b *bag) clone() *bag {
	c := new(bag)
	for _, f := range b.fields {
		c.set(f.name, f.value)
	}
	return c
}
