package tree

import "encoding/binary"

// branchEntry is an entry of a branch while it changes; its separator lies in the buffer of its run.
type branchEntry struct {
	child, count uint32
	from, to     uint16
	overflow     bool
}

// branchRun is the entries of up to two branches while they change.
type branchRun struct {
	buf     [2*maxBranch + 4*maxSplit]byte
	used    int
	entries [2*maxBranch/entrySize + 4]branchEntry
	count   int
}

// appendBranch adds the entries of a branch.
func (r *branchRun) appendBranch(b []byte) {
	n, base := count(b), r.used
	r.used += copy(r.buf[base:], b[entryAt(n):used(b)])
	from := base
	for i := range n {
		end := endAt(b, i)
		to := base + end&endMask
		r.entries[r.count] = branchEntry{childAt(b, i), countAt(b, i), uint16(from), uint16(to), end&endOverflow != 0}
		r.count++
		from = to
	}
}

// bytes returns the separator of an entry as it lies in a branch.
func (r *branchRun) bytes(i int) []byte { return r.buf[r.entries[i].from:r.entries[i].to] }

// setSeparator changes the separator of an entry.
func (r *branchRun) setSeparator(i int, sep *separator) {
	w := &r.entries[i]
	w.from, w.overflow = uint16(r.used), sep.overflow
	r.used += copy(r.buf[r.used:], sep.buf[:sep.size])
	w.to = uint16(r.used)
}

// insert makes an entry the i-th.
func (r *branchRun) insert(i int, w branchEntry, sep *separator) {
	copy(r.entries[i+1:r.count+1], r.entries[i:r.count])
	r.entries[i] = w
	r.count++
	r.setSeparator(i, sep)
}

// remove removes the i-th entry, and returns the separator that goes with it: its own, or the next one's if it is the
// first.
func (r *branchRun) remove(i int) (sep separator) {
	if gone := max(i, 1); gone < r.count {
		sep.set(r.bytes(gone), r.entries[gone].overflow)
	}
	copy(r.entries[i:], r.entries[i+1:r.count])
	r.count--
	return sep
}

// weight returns the bytes that entries take in a branch of their own.
func (r *branchRun) weight(from, to int) int {
	n := (to - from) * entrySize
	for i := from + 1; i < to; i++ {
		n += int(r.entries[i].to - r.entries[i].from)
	}
	return n
}

// half returns the entry that divides the weight of the run best and leaves two entries on each side. The separator of
// that entry goes up and counts for neither.
func (r *branchRun) half() int {
	whole, before := r.weight(0, r.count), entrySize
	for i := 1; ; i++ {
		sep := int(r.entries[i].to - r.entries[i].from)
		next := before + entrySize + sep
		if i >= 2 && (before+next >= whole-sep || i+2 >= r.count) {
			return i
		}
		before = next
	}
}

// elements returns the count of elements below entries.
func (r *branchRun) elements(from, to int) int {
	n := 0
	for _, w := range r.entries[from:to] {
		n += int(w.count)
	}
	return n
}

// storeBranch writes entries to branch n, which is b. The first one loses its separator.
func (t *Tree) storeBranch(n uint32, b []byte, r *branchRun, from, to int) {
	size := nodeSize + r.weight(from, to)
	b = t.resize(n, b, size)
	b[nodeKind], b[nodeFlags] = kindBranch, 0
	setCounts(b, size, to-from)
	base := entryAt(to - from)
	end := 0
	for i := from; i < to; i++ {
		w := &r.entries[i]
		if i > from {
			end += copy(b[base+end:], r.bytes(i))
		}
		putEntry(b, i-from, w, end, w.overflow && i > from)
	}
}

// putEntry writes the i-th entry of a branch, and where its separator ends, which may overflow.
func putEntry(b []byte, i int, w *branchEntry, end int, overflow bool) {
	if overflow {
		end |= endOverflow
	}
	at := entryAt(i)
	binary.LittleEndian.PutUint32(b[at+entryChild:], w.child)
	binary.LittleEndian.PutUint32(b[at+entryCount:], w.count)
	binary.LittleEndian.PutUint16(b[at+entryEnd:], uint16(end))
}
