package memory

import (
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// overwrite makes the entry at p, whatever it was, a collection of n elements, which write stores, by an event. With none
// the entry ends. Nothing has changed with an error.
func (h *lockSet) overwrite(p *entryRef, n int, event store.Event, write func() (shortage, error)) (shortage, error) {
	if n == 0 {
		if p.ref != 0 {
			p.remove(store.Destroyed)
		}
		return shortage{}, nil
	}
	takeBack := h.lend(p.shard)
	defer takeBack()
	isNew := p.ref == 0 || p.is(tagAlias)
	if short, err := write(); err != nil {
		return short, err
	}
	if isNew {
		p.emit(store.EventNew)
	}
	p.emit(event)
	return shortage{}, nil
}

// lend lets a shard use what the lockSet has claimed, until takeBack is called.
func (h *lockSet) lend(s *shard) (takeBack func()) {
	s.claimed, h.claimed = h.claimed, 0
	return func() { h.claimed, s.claimed = s.claimed, 0 }
}

// overwriteSmall makes what is in the scratch the entry.
func (p *entryRef) overwriteSmall() (shortage, error) {
	if short, err := p.room(len(p.scratch), 0); err != nil {
		return short, err
	}
	if err := p.makeWay(); err != nil {
		return shortage{}, err
	}
	p.commit()
	return shortage{}, nil
}

// makeWay takes away the entry over which what is in the scratch is to be stored, and obtains what that takes.
func (p *entryRef) makeWay() error {
	if !p.table.Reserve(p.hash, len(p.scratch)) {
		return store.ErrNoMemory
	}
	if p.ref != 0 {
		p.replace()
	}
	return nil
}

func (p *entryRef) overwriteSet(c *collected) (shortage, error) {
	h, size := newCollection(tagSet, p.now), 2
	for _, one := range c.all {
		size += len(one.Member) + 1
	}
	if len(c.all) <= smallElements && size <= p.space.engine.smallBytes {
		all := make([][]byte, 0, len(c.all))
		for _, one := range c.all {
			all = append(all, one.Member)
		}
		p.appendSet(&h, all)
		return p.overwriteSmall()
	}
	return p.overwriteLarge(setType{}, h, func(d *treeDemand) {
		for _, one := range c.all {
			d.add(len(one.Member), 0)
		}
	}, func(_ int, t *tree.Tree) {
		for _, one := range c.all {
			t.Set(p.fieldKey(one.Member), nil)
		}
	})
}

func (p *entryRef) overwriteSorted(c *collected) (shortage, error) {
	h, z := newCollection(tagSorted, p.now), make(smallSorted, 0, len(c.all))
	for _, one := range c.all {
		z = append(z, scoreKey(one.Score, one.Member))
	}
	slices.SortFunc(z, compareKeys)
	if len(z) <= smallElements && z.bytes() <= p.space.engine.smallBytes {
		p.scratch = z.append(h.append(p.scratch[:0], p.key))
		return p.overwriteSmall()
	}
	return p.overwriteLarge(sortedType{}, h, func(d *treeDemand) {
		for _, one := range c.all {
			d.add(len(one.Member), 8)
		}
	}, func(root int, t *tree.Tree) {
		if root == orderTree { // in order, so that leaves become full
			for _, k := range z {
				t.Set(k, nil)
			}
			return
		}
		for _, one := range c.all {
			p.setScore(t, scoreKey(one.Score, one.Member))
		}
	})
}

func (p *entryRef) overwriteLarge(k collectionType, h collectionHead, demand func(*treeDemand), set func(root int, t *tree.Tree)) (shortage, error) {
	var d treeDemand
	kind := collectionKind{k}
	if short, err := p.planLarge(kind, h, demand, &d); err != nil {
		return short, err
	}
	if err := p.makeWay(); err != nil {
		return shortage{}, err
	}
	p.fillLarge(kind, set)
	return shortage{}, nil
}

func (p *entryRef) overwriteList(all [][]byte) (shortage, error) {
	h, size := newCollection(tagList, p.now), 2
	for _, element := range all {
		size += len(element) + 1
	}
	if len(all) <= smallElements && size <= p.space.engine.smallBytes {
		p.appendSet(&h, all) // a small list lies as a small set does
		return p.overwriteSmall()
	}
	return p.overwriteLarge(listType{}, h, func(d *treeDemand) { d.addElements(all) }, func(_ int, t *tree.Tree) {
		for i, element := range all {
			t.InsertAt(i, element)
		}
	})
}
