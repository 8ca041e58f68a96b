package memory

import (
	"context"
	"slices"

	"sessd/store"
)

// ReadCombined implements store.Algebra.
func (e *Engine) ReadCombined(ctx context.Context, op store.Op, keys [][]byte, c store.Combination, v store.SortedVisitor) error {
	all, err := e.lockOperands(ctx, op, keys, &c)
	if err != nil {
		return err
	}
	defer all.close()
	if c.Size {
		n := 0
		combine(all.operands, &c, func([]byte, float64) bool {
			n++
			return c.Limit == 0 || int64(n) < c.Limit
		})
		all.close()
		v.Members(n)
		return nil
	}
	found := newCollected(all.expected(&c))
	combine(all.operands, &c, found.add)
	all.close()
	v.Members(len(found.all))
	if c.Scores {
		found.sort(op)
	}
	found.each(op, func(one *store.Scored) { v.Member(one.Member, one.Score, true) })
	return nil
}

// operands are those of a combination: under locks, or with views if it is long.
type operands struct {
	operands []*operand
	unlock   func() // nil: nothing is locked
	long     bool
}

// expected returns about how many members a combination has at most.
func (o *operands) expected(c *store.Combination) int {
	least, most, sum := o.operands[0].size, 0, 0
	for _, one := range o.operands {
		least, most, sum = min(least, one.size), max(most, one.size), sum+one.size
	}
	switch c.How {
	case store.Intersection:
		return least
	case store.Difference:
		return o.operands[0].size
	}
	return min(sum, 2*most) // the same may come many times
}

// lockOperands returns the operands of a combination that is read. They have to be closed.
func (e *Engine) lockOperands(ctx context.Context, op store.Op, keys [][]byte, c *store.Combination) (*operands, error) {
	h, err := e.lockKeys(op, keys, 1)
	if err != nil {
		return nil, err
	}
	all, err := h.operands(ctx, keys, c)
	if err != nil || all.long {
		h.unlock()
		return all, err
	}
	all.unlock = h.unlock
	return all, nil
}

// close ends the use of operands. It may be called again.
func (all *operands) close() {
	if all.unlock != nil {
		all.unlock()
		all.unlock = nil
	}
	for _, o := range all.operands {
		o.close()
	}
	all.operands = nil
}

// operands returns the entries under keys as operands. Where the combination is long they have views; else nothing under
// the locks may change while they are in use.
func (h *lockSet) operands(ctx context.Context, keys [][]byte, c *store.Combination) (*operands, error) {
	sizes := make([]int, len(keys))
	for i, key := range keys { // first, since what has expired is removed, and other entries move with that
		p := h.find(key)
		if p.ref != 0 && !p.isCollection(tagSet) && !(c.Scores && p.isCollection(tagSorted)) {
			h.useAll(keys[:i])
			p := h.find(key)
			p.read()
			return nil, store.ErrWrongType
		}
		sizes[i] = p.elementCount()
	}
	all := &operands{long: h.tx == nil && !isAtOnce(ctx) && workOf(c, sizes) > h.space.engine.longElements}
	if all.long && store.IsImmediate(ctx) {
		return nil, store.ErrLong
	}
	h.useAll(keys)
	for _, key := range keys {
		p := h.find(key)
		o, err := operandOf(&p, c.Scores)
		if err != nil {
			return nil, err
		}
		if all.long {
			o.detach(&p)
		}
		all.operands = append(all.operands, o)
	}
	return all, nil
}

// useAll counts the reads of collections.
func (h *lockSet) useAll(keys [][]byte) {
	for _, key := range keys {
		if p := h.find(key); p.read() {
			p.useCollection()
		}
	}
}

// workOf returns how many members a combination of operands of these sizes looks at.
func workOf(c *store.Combination, sizes []int) int {
	total := 0
	for _, n := range sizes {
		total += n
	}
	switch c.How {
	case store.Intersection:
		return slices.Min(sizes) * len(sizes)
	case store.Difference:
		return min(sizes[0]*len(sizes), total)
	}
	return total
}

// combinationEvents are the events of storing a combination, without and with scores.
var combinationEvents = [...][2]store.Event{
	store.Union:        {store.EventSUnionStore, store.EventZUnionStore},
	store.Intersection: {store.EventSInterStore, store.EventZInterStore},
	store.Difference:   {store.EventSDiffStore, store.EventZDiffStore},
}

// StoreCombined implements store.Algebra.
func (e *Engine) StoreCombined(ctx context.Context, op store.Op, target []byte, keys [][]byte, c store.Combination) (n int, err error) {
	words := append([][]byte{target}, keys...)
	for try := 0; ; try++ {
		ctx, again := ctx, false
		if try == tries {
			ctx = atOnce{ctx}
		}
		n, err = withRoom(e, &op, func(claimed int64) (int, shortage, error) {
			all, n, short, err := e.storeCombined(ctx, op, words, &c, claimed)
			if err == nil && all.long {
				defer all.close()
				n, err = e.storeBeside(op, words, all, &c)
				again = err == errChanged
			}
			return n, short, err
		})
		if !again {
			return n, err
		}
	}
}

// atOnce is the context of an operation that is done under its locks, however long it takes.
type atOnce struct{ context.Context }

func isAtOnce(ctx context.Context) bool {
	_, is := ctx.(atOnce)
	return is
}

// storeCombined stores a combination, or returns its operands where it is long.
func (e *Engine) storeCombined(ctx context.Context, op store.Op, words [][]byte, c *store.Combination, claimed int64) (all *operands, n int, short shortage, err error) {
	h, err := e.lockKeysWith(op, words, 1, claimed)
	if err != nil {
		return nil, 0, shortage{}, err
	}
	defer h.unlock()
	h.own(words[0]) // first, as in operands
	if all, err = h.operands(ctx, words[1:], c); err != nil || all.long {
		return all, 0, shortage{}, err
	}
	var found collected
	combine(all.operands, c, found.add)
	short, err = h.storeFound(words[0], c, &found, nil)
	return all, len(found.all), short, err
}

// storeFound stores the members of a combination, which are in made if that is not nil.
func (h *lockSet) storeFound(target []byte, c *store.Combination, found *collected, made *stagedCollection) (shortage, error) {
	p := h.own(target)
	event, write := combinationEvents[c.How][0], p.overwriteSet
	if c.Scores {
		event, write = combinationEvents[c.How][1], p.overwriteSorted
	}
	return h.overwrite(&p, len(found.all), event, func() (shortage, error) {
		if made != nil {
			return p.overwriteStaged(made)
		}
		return write(found)
	})
}

// storeBeside stores a long combination: it is made while nothing is locked, and stored if its operands are the same
// then. Else it returns errChanged, with nothing changed.
func (e *Engine) storeBeside(op store.Op, words [][]byte, all *operands, c *store.Combination) (int, error) {
	found := newCollected(all.expected(c))
	combine(all.operands, c, found.add)
	var made *stagedCollection
	if len(found.all) > e.longElements && found.isLarge(e) {
		var err error
		make := e.makeSet
		if c.Scores {
			make = e.makeSorted
		}
		if made, err = make(op, words[0], found.all); err != nil {
			return 0, err
		}
		defer made.drop()
	}
	return withRoom(e, &op, func(claimed int64) (int, shortage, error) {
		h, err := e.lockKeysWith(op, words, 1, claimed)
		if err != nil {
			return 0, shortage{}, err
		}
		defer h.unlock()
		h.own(words[0])
		for _, key := range words[1:] { // first, as in operands
			h.find(key)
		}
		for i, key := range words[1:] {
			if p := h.find(key); !all.operands[i].isSame(&p) {
				return 0, shortage{}, errChanged
			}
		}
		short, err := h.storeFound(words[0], c, &found, made)
		return len(found.all), short, err
	})
}
