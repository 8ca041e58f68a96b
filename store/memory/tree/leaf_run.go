package tree

// leafRun is the elements of up to two leaves while they are divided anew. They have the form of those leaves, or the plain
// form where these differ.
type leafRun struct {
	form     form
	elements int
	bytes    int
	flags    byte
	buf      [2*maxLeaf + 2*maxText + 64]byte
}

// add adds an element to the run, which has begun.
func (r *leafRun) add(e *element) {
	if !r.form.fits(e) {
		r.makePlain()
	}
	r.bytes += r.form.write(r.buf[r.bytes:], e)
	if e.name.overflow || e.value.overflow {
		r.flags |= flagOverflow
	}
}

// append adds elements of a form to the run.
func (r *leafRun) append(f form, b []byte) {
	if r.bytes == 0 {
		r.form = f
	}
	if r.form != f {
		r.makePlain()
	}
	if r.form == f {
		r.bytes += copy(r.buf[r.bytes:], b)
		return
	}
	for at := 0; at < len(b); {
		var e element
		e, at = f.read(b, at)
		r.add(&e)
	}
}

// appendLeaf adds a leaf to the run.
func (r *leafRun) appendLeaf(o Order, b []byte) {
	r.append(o.formOf(b), b[nodeSize:used(b)])
	r.elements += count(b)
	r.flags |= b[nodeFlags]
}

// makePlain gives the elements of the run the plain form.
func (r *leafRun) makePlain() {
	f := r.form
	if f.size == 0 {
		return
	}
	var one [8 + 2*codeLong]byte
	n := r.bytes / f.size
	r.form = f.order.plain()
	r.bytes += n * f.codes()
	for i, end := n-1, r.bytes; i >= 0; i-- { // each moves to where it or one after it was
		e, _ := f.read(one[:copy(one[:], r.buf[i*f.size:(i+1)*f.size])], 0)
		end -= f.size + f.codes()
		r.form.write(r.buf[end:], &e)
	}
}

// weight returns the weight of the run's elements.
func (r *leafRun) weight() int {
	return leafWeight(r.bytes+r.elements*r.form.codes(), r.elements)
}

// half returns the place in the run that divides its weight best, and the elements before it.
func (r *leafRun) half() (at, elements int) {
	if r.form.size > 0 {
		elements = r.elements / 2
		return elements * r.form.size, elements
	}
	whole := r.weight()
	for {
		next := r.form.next(r.buf[:r.bytes], at)
		before, after := leafWeight(at, elements), leafWeight(next, elements+1)
		if elements > 0 && before+after >= whole || elements+1 == r.elements {
			return at, elements
		}
		at, elements = next, elements+1
	}
}

// storeLeaf writes elements of a run to leaf n, which is b, and returns it.
func (t *Tree) storeLeaf(n uint32, b []byte, r *leafRun, from, to, elements int) []byte {
	all, f := r.buf[from:to], r.form
	if f.size == 0 {
		f = t.order.fixedForm(all, elements)
	}
	size := nodeSize + len(all)
	if f != r.form {
		size -= elements * f.codes()
	}
	b = t.resize(n, b, size)
	b[nodeKind], b[nodeFlags], b[nodeName], b[nodeValue] = kindLeaf, r.flags&^flagFixed, f.name, f.value
	setCounts(b, size, elements)
	if f.size > 0 {
		b[nodeFlags] |= flagFixed
	}
	if f == r.form {
		copy(b[nodeSize:], all)
		return b
	}
	for i, at := 0, 0; i < elements; i++ {
		var e element
		e, at = r.form.read(all, at)
		f.write(b[nodeSize+i*f.size:], &e)
	}
	return b
}

// separate returns the separator between the elements of a run before and after a place.
func (t *Tree) separate(r *leafRun, cut, left int) (sep separator) {
	if t.order&named == 0 {
		return sep
	}
	at := cut - r.form.size
	if r.form.size == 0 {
		at = 0
		for range left - 1 {
			at = r.form.next(r.buf[:r.bytes], at)
		}
	}
	before, _ := r.form.read(r.buf[:r.bytes], at)
	after, _ := r.form.read(r.buf[:r.bytes], cut)
	return t.makeSeparator(&before, &after)
}
