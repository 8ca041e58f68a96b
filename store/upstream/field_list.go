package upstream

import (
	"bytes"
	"encoding/binary"
	"iter"
	"sort"
)

// field is a field of a bag, component empty for the global one.
type field struct{ component, name, value []byte }

func compareFields(a, b field) int {
	if order := bytes.Compare(a.component, b.component); order != 0 {
		return order
	}
	return bytes.Compare(a.name, b.name)
}

// fieldList is the fields of a session, by component and then by name. All of it lies together, so a read touches little memory: the
// places of the fields, and then their texts.
type fieldList struct {
	text   []byte
	fields uint32
	global uint32 // how many of them are in the global bag
}

// A place is where in the text a field's component, name and value begin, and where it ends: four numbers of 32 bits.
const placeBytes = 16

// makeFields returns an empty list with room for so many fields, whose texts have so many bytes.
func makeFields(fields, size int) fieldList {
	return fieldList{text: make([]byte, fields*placeBytes, fields*placeBytes+size)}
}

// listOf returns a list of fields in their order.
func listOf(fields []field) fieldList {
	size := 0
	for i := range fields {
		size += fields[i].size()
	}
	l := makeFields(len(fields), size)
	for _, f := range fields {
		l.add(f)
	}
	return l
}

func (f *field) size() int { return len(f.component) + len(f.name) + len(f.value) }

// len returns how many fields there are.
func (l *fieldList) len() int { return int(l.fields) }

func (l *fieldList) at(i int) field {
	place := l.text[i*placeBytes : i*placeBytes+placeBytes]
	component, name := binary.LittleEndian.Uint32(place), binary.LittleEndian.Uint32(place[4:])
	value, end := binary.LittleEndian.Uint32(place[8:]), binary.LittleEndian.Uint32(place[12:])
	return field{l.text[component:name:name], l.text[name:value:value], l.text[value:end:end]}
}

// textBytes returns how long the texts are.
func (l *fieldList) textBytes() int {
	if l.fields == 0 {
		return 0
	}
	return len(l.text) - int(binary.LittleEndian.Uint32(l.text))
}

// add adds a field behind those that come before it.
func (l *fieldList) add(f field) {
	place := int(l.fields) * placeBytes
	for i, part := range [...][]byte{f.component, f.name, f.value} {
		binary.LittleEndian.PutUint32(l.text[place+4*i:], uint32(len(l.text)))
		l.text = append(l.text, part...)
	}
	binary.LittleEndian.PutUint32(l.text[place+12:], uint32(len(l.text)))
	l.fields++
	if len(f.component) == 0 {
		l.global++
	}
}

// bag returns where the fields of a bag are. The global one comes first.
func (l *fieldList) bag(component []byte) (from, to int) {
	if len(component) == 0 {
		return 0, int(l.global)
	}
	count := l.len()
	from = sort.Search(count, func(i int) bool { return bytes.Compare(l.at(i).component, component) >= 0 })
	for to = from; to < count && bytes.Equal(l.at(to).component, component); {
		to++
	}
	return from, to
}

// find returns the value of a field of a bag.
func (l *fieldList) find(from, to int, name []byte) (value []byte, found bool) {
	i := from + sort.Search(to-from, func(i int) bool { return bytes.Compare(l.at(from+i).name, name) >= 0 })
	if i == to {
		return nil, false
	}
	f := l.at(i)
	return f.value, bytes.Equal(f.name, name)
}

// value returns the value of a field, nil if it is not there.
func (l *fieldList) value(component, name []byte) []byte {
	from, to := l.bag(component)
	if value, found := l.find(from, to, name); found {
		return value
	}
	return nil
}

// components returns the components that there are, in order.
func (l *fieldList) components() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var last []byte
		for i := int(l.global); i < l.len(); i++ {
			if c := l.at(i).component; !bytes.Equal(c, last) {
				if last = c; !yield(c) {
					return
				}
			}
		}
	}
}

// bags returns how many bags there are, the global one among them.
func (l *fieldList) bags() int {
	n := 1
	for range l.components() {
		n++
	}
	return n
}
