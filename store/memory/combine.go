package memory

import (
	"bytes"
	"cmp"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// combine calls yield for each member of a combination, in the order of operands, until it returns false. What it is
// given lies in the operands. all are in the order of their keys.
func combine(all []*operand, c *store.Combination, yield func(name []byte, score float64) bool) {
	for i, o := range all {
		if c.Weights != nil {
			o.weight = c.Weights[i]
		}
	}
	bySize := slices.Clone(all)
	slices.SortStableFunc(bySize, func(a, b *operand) int { return cmp.Compare(a.size, b.size) })
	for i, o := range bySize {
		o.rank = i
	}
	switch c.How {
	case store.Union:
		unite(bySize, c.Aggregate, yield)
	case store.Intersection:
		intersect(bySize, c.Aggregate, yield)
	case store.Difference:
		total := 0
		for _, o := range all {
			total += o.size
		}
		if first := all[0].size; first*len(all) <= total {
			subtract(all, yield)
		} else {
			subtractMerged(all, yield)
		}
	}
}

func unite(all []*operand, how store.Aggregate, yield func([]byte, float64) bool) {
	for m := newMerge(all); len(m) > 0; {
		k, score := m[0].Key, store.Number(m[0].score*m[0].weight)
		for m.advance(); len(m) > 0 && compareKeys(m[0].Key, k) == 0; m.advance() {
			score = how.Of(score, store.Number(m[0].score*m[0].weight))
		}
		if !yield(k.Name, score) {
			return
		}
	}
}

// intersect looks up the members of the smallest operand in all others.
func intersect(bySize []*operand, how store.Aggregate, yield func([]byte, float64) bool) {
	o := bySize[0]
	for ok := o.first(); ok; ok = o.next() {
		if score, in := inAll(bySize[1:], o.Key, store.Number(o.score*o.weight), how); in && !yield(o.Name, score) {
			return
		}
	}
}

// inAll returns the aggregate of a score with those that a member has in operands, and whether it is in all of them.
func inAll(all []*operand, k tree.Key, score float64, how store.Aggregate) (float64, bool) {
	for _, o := range all {
		one, found := o.find(k)
		if !found {
			return 0, false
		}
		score = how.Of(score, one*o.weight) // no number is less or greater than any
	}
	return score, true
}

// subtract looks up the members of the first operand in all others.
func subtract(all []*operand, yield func([]byte, float64) bool) {
	o := all[0]
	for ok := o.first(); ok; ok = o.next() {
		if !slices.ContainsFunc(all[1:], func(other *operand) bool { _, found := other.find(o.Key); return found }) && !yield(o.Name, o.score) {
			return
		}
	}
}

// subtractMerged goes through all operands once, which costs less where the others are small and many.
func subtractMerged(all []*operand, yield func([]byte, float64) bool) {
	for i, o := range all {
		o.rank = i
	}
	for m := newMerge(all); len(m) > 0; {
		o := m[0]
		k, score, alone := o.Key, o.score, o.rank == 0
		for m.advance(); len(m) > 0 && compareKeys(m[0].Key, k) == 0; m.advance() {
			alone = false
		}
		if alone && !yield(k.Name, score) {
			return
		}
	}
}

// collected is members that were copied out of the engine.
type collected struct {
	all   []store.Scored
	chunk []byte
}

// collectedChunk is how many bytes of names are copied into one allocation.
const collectedChunk = 64 << 10

// newCollected returns one with room for n members: to grow takes long, for others too that the collector stops then.
func newCollected(n int) collected { return collected{all: make([]store.Scored, 0, n)} }

func (c *collected) add(name []byte, score float64) bool {
	if c.chunk == nil || cap(c.chunk)-len(c.chunk) < len(name) { // an empty name is not nil
		c.chunk = make([]byte, 0, max(collectedChunk, len(name)))
	}
	at := len(c.chunk)
	c.chunk = append(c.chunk, name...)
	c.all = append(c.all, store.Scored{Member: c.chunk[at:len(c.chunk):len(c.chunk)], Score: score})
	return true
}

// isLarge reports whether a collection of the members is a large one.
func (c *collected) isLarge(e *Engine) bool {
	size := 2
	for i := 0; i < len(c.all) && size <= e.smallBytes; i++ {
		size += len(c.all[i].Member) + 10
	}
	return len(c.all) > smallElements || size > e.smallBytes
}

// sort sorts members by score, then by name.
func (c *collected) sort(op store.Op) { sortScored(op, c.all) }

// comparesAtOnce is after how many comparisons a sort gives way.
const comparesAtOnce = 4096

// sortScored sorts members by score, then by name, while the operation has locked nothing.
func sortScored(op store.Op, all []store.Scored) {
	if len(all) <= longElements {
		slices.SortFunc(all, compareScored)
		return
	}
	n := 0
	slices.SortFunc(all, func(a, b store.Scored) int {
		n++
		giveWayAfter(op, n, comparesAtOnce)
		return compareScored(a, b)
	})
}

// each shows members to a visitor while the operation has locked nothing.
func (c *collected) each(op store.Op, visit func(one *store.Scored)) {
	for i := range c.all {
		visit(&c.all[i])
		giveWayAfter(op, i+1, longElements)
	}
}

func compareScored(a, b store.Scored) int {
	if a.Score != b.Score {
		return cmp.Compare(a.Score, b.Score)
	}
	return bytes.Compare(a.Member, b.Member)
}
