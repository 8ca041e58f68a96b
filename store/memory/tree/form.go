package tree

import "encoding/binary"

// form is how elements lie in a leaf. In a fixed-length leaf all have texts of the same lengths. Its header has these in place
// of a code for each, and an element is found by its position.
type form struct {
	order Order
	name  uint8 // length of the names in a fixed-length leaf
	value uint8 // and of the values
	size  int   // of an element in a fixed-length leaf, else 0
}

// plain returns the form of leaves without a fixed length.
func (o Order) plain() form { return form{order: o} }

// formOf returns the form of a leaf.
func (o Order) formOf(b []byte) form {
	if b[nodeFlags]&flagFixed == 0 {
		return form{order: o}
	}
	f := form{order: o, name: b[nodeName], value: b[nodeValue]}
	f.size = o.prefix() + int(f.name) + int(f.value)
	return f
}

// codes returns how many bytes a fixed-length leaf saves with each element.
func (f form) codes() int {
	switch {
	case f.size == 0:
		return 0
	case f.order&(named|valued) == named|valued:
		return 2
	}
	return 1
}

// next returns the place after the element at a place.
func (f *form) next(b []byte, at int) int {
	if f.size > 0 {
		return at + f.size
	}
	at += f.order.prefix()
	if f.order&named != 0 {
		at = skipText(b, at)
	}
	if f.order&valued != 0 {
		at = skipText(b, at)
	}
	return at
}

// skip returns the place of the i-th element of a leaf, or its end.
func (f *form) skip(b []byte, i int) int {
	if f.size > 0 {
		return nodeSize + i*f.size
	}
	at, width, both := nodeSize, f.order.prefix(), f.order&(named|valued) == named|valued
	for range i {
		if at += width; b[at] < codeLong {
			at += 1 + int(b[at])
		} else {
			at = skipLong(b, at)
		}
		if both {
			at = skipText(b, at)
		}
	}
	return at
}

// skipBelow returns the place and the position of the first element of a leaf without a fixed length whose prefix is not
// below another one. Most of a search in such a leaf is spent here.
func (f *form) skipBelow(b []byte, at, end int, prefix uint64) (place, i int) {
	width, both := f.order.prefix(), f.order&(named|valued) == named|valued
	switch {
	case width == 0:
		return at, 0
	case width == 8 && !both:
		return skipScores(b, at, end, prefix)
	}
	for ; at < end; i++ {
		if f.prefix(b, at) >= prefix {
			break
		}
		if at += width; b[at] < codeLong {
			at += 1 + int(b[at])
		} else {
			at = skipLong(b, at)
		}
		if !both {
			continue
		}
		if b[at] < codeLong {
			at += 1 + int(b[at])
		} else {
			at = skipLong(b, at)
		}
	}
	return at, i
}

// skipScores is skipBelow for elements that are a prefix of 8 bytes and a name. Names mostly are as long as the one before, so
// it looks whether the next four are, and then at the last of them.
func skipScores(b []byte, at, end int, prefix uint64) (place, i int) {
	code, size := byte(0), 9
	for ; at < end; i++ {
		for last := at + 3*size; last+9 <= end; last += 4 * size {
			if b[at+8] != code || b[at+size+8] != code || b[last-size+8] != code || b[last+8] != code || binary.BigEndian.Uint64(b[last:]) >= prefix {
				break
			}
			at, i = last+size, i+4
		}
		if at == end {
			break
		}
		e := b[at : at+9 : len(b)]
		if binary.BigEndian.Uint64(e) >= prefix {
			break
		}
		if e[8] >= codeLong {
			at = skipLong(b, at+8)
			continue
		}
		code, size = e[8], 9+int(e[8])
		at += size
	}
	return at, i
}

// prefix returns the prefix of the element at a place.
func (f *form) prefix(b []byte, at int) uint64 {
	switch f.order.prefix() {
	case 4:
		return uint64(binary.BigEndian.Uint32(b[at:]))
	case 8:
		return binary.BigEndian.Uint64(b[at:])
	}
	return 0
}

// read returns the element at a place, and the place after it.
func (f *form) read(b []byte, at int) (element, int) {
	e := element{prefix: f.prefix(b, at)}
	at += f.order.prefix()
	if f.size > 0 {
		middle := at + int(f.name)
		end := middle + int(f.value)
		e.name = text{bytes: b[at:middle], size: int(f.name)}
		e.value = text{bytes: b[middle:end], size: int(f.value)}
		return e, end
	}
	if f.order&named != 0 {
		e.name, at = readText(b, at)
	}
	if f.order&valued != 0 {
		e.value, at = readText(b, at)
	}
	return e, at
}

// fits reports whether an element can be written in this form.
func (f *form) fits(e *element) bool {
	return f.size == 0 || e.name.size == int(f.name) && e.value.size == int(f.value) && !e.name.overflow && !e.value.overflow
}

// room returns how many bytes an element takes.
func (f *form) room(e *element) int {
	if f.size > 0 {
		return f.size
	}
	n := f.order.prefix()
	if f.order&named != 0 {
		n += e.name.room()
	}
	if f.order&valued != 0 {
		n += e.value.room()
	}
	return n
}

// write writes an element at the beginning of b, and returns how many bytes it took.
func (f *form) write(b []byte, e *element) int {
	switch f.order.prefix() {
	case 4:
		binary.BigEndian.PutUint32(b, uint32(e.prefix))
	case 8:
		binary.BigEndian.PutUint64(b, e.prefix)
	}
	at := f.order.prefix()
	if f.size > 0 {
		at += copy(b[at:], e.name.bytes)
		return at + copy(b[at:], e.value.bytes)
	}
	if f.order&named != 0 {
		at += e.name.write(b[at:])
	}
	if f.order&valued != 0 {
		at += e.value.write(b[at:])
	}
	return at
}

// aloneForm returns the form of a leaf with one element.
func (o Order) aloneForm(e *element) form {
	fixed := form{o, uint8(e.name.size), uint8(e.value.size), o.prefix() + e.name.size + e.value.size}
	if fixed.size == 0 || e.name.overflow || e.value.overflow || e.name.size >= codeLong || e.value.size >= codeLong {
		return o.plain()
	}
	return fixed
}

// writeAlone makes b a leaf with one element.
func (f *form) writeAlone(b []byte, e *element) {
	b[nodeKind], b[nodeFlags], b[nodeName], b[nodeValue] = kindLeaf, 0, f.name, f.value
	if f.size > 0 {
		b[nodeFlags] = flagFixed
	}
	if e.name.overflow || e.value.overflow {
		b[nodeFlags] |= flagOverflow
	}
	setCounts(b, nodeSize+f.write(b[nodeSize:], e), 1)
}

// fixedForm returns the form of a fixed-length leaf for elements that are alike, else the plain form.
func (o Order) fixedForm(elements []byte, count int) form {
	plain := o.plain()
	e, at := plain.read(elements, 0)
	fixed := o.aloneForm(&e)
	for i := 1; i < count && fixed.size > 0; i++ {
		if e, at = plain.read(elements, at); !fixed.fits(&e) {
			return plain
		}
	}
	return fixed
}
