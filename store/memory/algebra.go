package memory

import (
	"context"

	"sessd/store"
)

// ReadCombined implements store.Algebra.
func (e *Engine) ReadCombined(_ context.Context, op store.Op, keys [][]byte, c store.Combination, v store.SortedVisitor) error {
	found, n, err := e.readCombined(op, keys, &c)
	if err != nil {
		return err
	}
	v.Members(n)
	if c.Scores {
		found.sort()
	}
	for _, one := range found.all {
		v.Member(one.Member, one.Score, true)
	}
	return nil
}

// readCombined returns copies of the members of a combination, or with c.Size none, and how many they are.
func (e *Engine) readCombined(op store.Op, keys [][]byte, c *store.Combination) (found collected, n int, err error) {
	h, err := e.lockKeys(op, keys, 1)
	if err != nil {
		return found, 0, err
	}
	defer h.unlock()
	all, err := h.operands(keys, c.Scores)
	if err != nil {
		return found, 0, err
	}
	if c.Size {
		combine(all, c, func([]byte, float64) bool {
			n++
			return c.Limit == 0 || int64(n) < c.Limit
		})
		return found, n, nil
	}
	combine(all, c, found.add)
	return found, len(found.all), nil
}

// operands returns the entries under keys as operands. Nothing under the locks may change while they are in use.
func (h *lockSet) operands(keys [][]byte, scores bool) (all []*operand, err error) {
	for _, key := range keys { // first, since what has expired is removed, and other entries move with that
		p := h.find(key)
		found := p.read()
		if found && !p.isCollection(tagSet) && !(scores && p.isCollection(tagSorted)) {
			return nil, store.ErrWrongType
		}
		if found {
			p.useCollection()
		}
	}
	for _, key := range keys {
		p := h.find(key)
		o, err := operandOf(&p, scores)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// combinationEvents are the events of storing a combination, without and with scores.
var combinationEvents = [...][2]store.Event{
	store.Union:        {store.EventSUnionStore, store.EventZUnionStore},
	store.Intersection: {store.EventSInterStore, store.EventZInterStore},
	store.Difference:   {store.EventSDiffStore, store.EventZDiffStore},
}

// StoreCombined implements store.Algebra.
func (e *Engine) StoreCombined(_ context.Context, op store.Op, target []byte, keys [][]byte, c store.Combination) (int, error) {
	words := append([][]byte{target}, keys...)
	return withRoom(e, op, func(claimed int64) (int, shortage, error) { return e.storeCombined(op, words, &c, claimed) })
}

func (e *Engine) storeCombined(op store.Op, words [][]byte, c *store.Combination, claimed int64) (int, shortage, error) {
	h, err := e.lockKeysWith(op, words, 1, claimed)
	if err != nil {
		return 0, shortage{}, err
	}
	defer h.unlock()
	h.own(words[0]) // first, as in operands
	all, err := h.operands(words[1:], c.Scores)
	if err != nil {
		return 0, shortage{}, err
	}
	var found collected
	combine(all, c, found.add)
	p := h.own(words[0])
	event, write := combinationEvents[c.How][0], p.overwriteSet
	if c.Scores {
		event, write = combinationEvents[c.How][1], p.overwriteSorted
	}
	short, err := h.overwrite(&p, len(found.all), event, func() (shortage, error) { return write(&found) })
	return len(found.all), short, err
}
