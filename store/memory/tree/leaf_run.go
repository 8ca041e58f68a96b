package tree

// leafRun is the elements of up to two leaves while they are divided anew, in the plain form.
type leafRun struct {
	buf      [2*maxLeaf + 2*maxText + 64]byte
	bytes    int
	elements int
	flags    byte
}

// add adds an element to the run.
func (r *leafRun) add(o Order, e *element) {
	f := o.plain()
	r.bytes += f.write(r.buf[r.bytes:], e)
	if e.name.overflow || e.value.overflow {
		r.flags |= flagOverflow
	}
}

// append adds elements of a form to the run.
func (r *leafRun) append(f form, b []byte) {
	if f.size == 0 {
		r.bytes += copy(r.buf[r.bytes:], b)
		return
	}
	for at := 0; at < len(b); {
		var e element
		e, at = f.read(b, at)
		r.add(f.order, &e)
	}
}

// appendLeaf adds a leaf to the run.
func (r *leafRun) appendLeaf(o Order, b []byte) {
	r.append(o.formOf(b), b[nodeSize:used(b)])
	r.elements += count(b)
	r.flags |= b[nodeFlags]
}

// half returns the place in the run that divides its weight best, and the elements before it.
func (r *leafRun) half(o Order) (at, elements int) {
	f, whole := o.plain(), leafWeight(r.bytes, r.elements)
	for {
		next := f.next(r.buf[:r.bytes], at)
		before, after := leafWeight(at, elements), leafWeight(next, elements+1)
		if elements > 0 && before+after >= whole || elements+1 == r.elements {
			return at, elements
		}
		at, elements = next, elements+1
	}
}

// storeLeaf writes elements of a run to leaf n, which is b, and returns it.
func (t *Tree) storeLeaf(n uint32, b []byte, r *leafRun, from, to, elements int) []byte {
	all := r.buf[from:to]
	f := t.order.fixedForm(all, elements)
	size := nodeSize + len(all) - elements*f.codes()
	b = t.resize(n, b, size)
	b[nodeKind], b[nodeFlags], b[nodeName], b[nodeValue] = kindLeaf, r.flags&^flagFixed, f.name, f.value
	setCounts(b, size, elements)
	if f.size == 0 {
		copy(b[nodeSize:], all)
		return b
	}
	b[nodeFlags] |= flagFixed
	for i, at := 0, 0; i < elements; i++ {
		var e element
		e, at = (&form{order: t.order}).read(all, at)
		f.write(b[nodeSize+i*f.size:], &e)
	}
	return b
}

// separate returns the separator between the elements of a run before and after a place.
func (t *Tree) separate(r *leafRun, cut, left int) (sep separator) {
	if t.order&named == 0 {
		return sep
	}
	f := t.order.plain()
	at := 0
	for range left - 1 {
		at = f.next(r.buf[:r.bytes], at)
	}
	before, _ := f.read(r.buf[:r.bytes], at)
	after, _ := f.read(r.buf[:r.bytes], cut)
	return t.makeSeparator(&before, &after)
}
