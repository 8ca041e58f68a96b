package upstream

import (
	"bytes"
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

// fieldList is the fields of a session, by component and then by name. Their bytes lie together, so a read touches little memory.
type fieldList struct {
	data   []byte
	places []place
	global int // how many of them are in the global bag
}

// place is where in the data a field's component, name and value begin, and where it ends.
type place struct{ component, name, value, end uint32 }

// makeFields returns an empty list with room for so many fields and bytes.
func makeFields(fields, size int) fieldList {
	return fieldList{data: make([]byte, 0, size), places: make([]place, 0, fields)}
}

func (l *fieldList) at(i int) field {
	p := &l.places[i]
	return field{l.data[p.component:p.name:p.name], l.data[p.name:p.value:p.value], l.data[p.value:p.end:p.end]}
}

// add adds a field behind those that come before it.
func (l *fieldList) add(f field) {
	var p place
	p.component = uint32(len(l.data))
	l.data = append(l.data, f.component...)
	p.name = uint32(len(l.data))
	l.data = append(l.data, f.name...)
	p.value = uint32(len(l.data))
	l.data = append(l.data, f.value...)
	p.end = uint32(len(l.data))
	l.places = append(l.places, p)
	if len(f.component) == 0 {
		l.global++
	}
}

// bag returns where the fields of a bag are. The global one comes first.
func (l *fieldList) bag(component []byte) (from, to int) {
	if len(component) == 0 {
		return 0, l.global
	}
	count := len(l.places)
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
		for i := l.global; i < len(l.places); i++ {
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
