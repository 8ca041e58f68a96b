package memory

import (
	"bytes"
	"encoding/binary"
)

// field is a name and its value.
type field struct {
	name, value []byte
	until       int64 // when it ends, in milliseconds since the Unix epoch, while its session changes; 0: with that
}

// bagReader goes through the fields of a bag where they lie.
type bagReader struct {
	component []byte
	shape     uint16
	names     [][]byte // of the shape
	fields    int
	rest      []byte // from the next field on
}

// read begins at a bag.
func (t *shapeTable) read(at []byte) bagReader {
	b := bagReader{shape: binary.LittleEndian.Uint16(at)}
	switch at = at[2:]; b.shape {
	case shapeInline:
		b.component, at = takeBytes(at)
		n, w := binary.Uvarint(at)
		b.fields, at = int(n), at[w:]
	case shapeEmpty:
	default:
		s := &t.list[b.shape]
		b.component, b.names, b.fields = s.component, s.names, len(s.names)
	}
	b.rest = at
	return b
}

// next returns the name and the value of the i-th field, which must be asked for in order. As two results they stay in
// registers.
func (b *bagReader) next(i int) (name, value []byte) {
	if b.shape == shapeInline {
		name, b.rest = takeBytes(b.rest)
	} else {
		name = b.names[i]
	}
	value, b.rest = takeBytes(b.rest)
	return name, value
}

// appendTo appends the fields.
func (b *bagReader) appendTo(all []field) []field {
	for i := range b.fields {
		name, value := b.next(i)
		all = append(all, field{name: name, value: value})
	}
	return all
}

// end returns what follows the bag.
func (b bagReader) end() []byte {
	for i := range b.fields {
		b.next(i)
	}
	return b.rest
}

// find returns the value of a field.
func (b bagReader) find(name []byte) (value []byte, ok bool) {
	if b.shape == shapeInline {
		for i := range b.fields {
			if own, value := b.next(i); bytes.Equal(own, name) {
				return value, true
			}
		}
		return nil, false
	}
	for i := range b.names {
		var v []byte
		v, b.rest = takeBytes(b.rest)
		if bytes.Equal(b.names[i], name) {
			return v, true
		}
	}
	return nil, false
}

// fewFields is the number of fields up to which a bag is searched from end to end.
const fewFields = 32

// bag is the fields of one component while they change. What they hold lies in the entry before or belongs to the caller.
type bag struct {
	component []byte
	fields    []field
	shape     uint16
	named     bool           // the names are not those of the shape any more
	places    map[string]int // of the names in fields, when there are many
}

// reset makes it an empty bag of a component.
func (b *bag) reset(component []byte) {
	b.component, b.fields, b.shape, b.named, b.places = component, b.fields[:0], shapeInline, true, nil
}

// find returns the place of a field, or -1.
func (b *bag) find(name []byte) int {
	if len(b.fields) > fewFields {
		if b.places == nil {
			b.places = make(map[string]int, len(b.fields))
			for i, f := range b.fields {
				b.places[string(f.name)] = i
			}
		}
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

// setUntil sets a field that ends at a time; 0: with its session.
func (b *bag) setUntil(name, value []byte, until int64) {
	if i := b.find(name); i >= 0 {
		b.fields[i].value, b.fields[i].until = value, until
		return
	}
	b.named = true
	if b.places != nil {
		b.places[string(name)] = len(b.fields)
	}
	b.fields = append(b.fields, field{name, value, until})
}

// unset removes a field, if it is there; the last one takes its place.
func (b *bag) unset(name []byte) {
	i := b.find(name)
	if i < 0 {
		return
	}
	b.named = true
	last := len(b.fields) - 1
	if b.places != nil {
		b.places[string(b.fields[last].name)] = i
		delete(b.places, string(name))
	}
	b.fields[i] = b.fields[last]
	b.fields = b.fields[:last]
	if last <= fewFields {
		b.places = nil
	}
}

// size returns the bytes of names and values.
func (b *bag) size() int64 {
	n := int64(len(b.component))
	for _, f := range b.fields {
		n += int64(len(f.name) + len(f.value))
	}
	return n
}

// append appends the bag as it lies in an entry, of a shape.
func (b *bag) append(to []byte, shape uint16) []byte {
	to = binary.LittleEndian.AppendUint16(to, shape)
	if shape == shapeInline {
		to = appendBytes(to, b.component)
		to = binary.AppendUvarint(to, uint64(len(b.fields)))
		for _, f := range b.fields {
			to = appendBytes(appendBytes(to, f.name), f.value)
		}
		return to
	}
	for _, f := range b.fields {
		to = appendBytes(to, f.value)
	}
	return to
}
