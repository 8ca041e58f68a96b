package memory

import (
	"math/rand/v2"

	"sessd/store/memory/tree"
)

// largeCount returns the number of elements of a large collection.
func largeCount(entry []byte) int { return tree.CountOf(collectionBody(entry)[rootState:]) }

// appendRoots appends the body of a large collection without elements.
func (k collectionKind) appendRoots(dst []byte, e *Engine) []byte {
	orders := k.orders()
	for _, order := range orders[:orders.count()] {
		var root [rootSize]byte
		set64(root[:], rootToken, int64(rand.Uint64()))
		t := tree.New(nil, order|e.treeOrder)
		t.AppendTo(root[rootState:rootState])
		dst = append(dst, root[:]...)
	}
	return dst
}

// growTree sets elements in a large collection: demand adds them to what is demanded, and set sets them.
func (p *entryRef) growTree(demand func(*treeDemand), set func(*tree.Tree)) (shortage, error) {
	d, t := p.newDemand(), &p.open[0].tree
	demand(d)
	if short, err := d.room(p, rootsOf(p.entry), 0); err != nil {
		return short, err
	}
	set(t)
	p.endTree()
	return shortage{}, nil
}

// makeLarge stores a collection in its large form over a small one or nothing, as growTree does; set sets the elements in
// each tree. What set uses of the small one must lie elsewhere.
func (p *entryRef) makeLarge(k collectionKind, h collectionHead, demand func(*treeDemand), d *treeDemand, set func(root int, t *tree.Tree)) (shortage, error) {
	if short, err := p.planLarge(k, h, demand, d); err != nil {
		return short, err
	}
	p.fillLarge(k, set)
	return shortage{}, nil
}

// planLarge writes a collection in its large form, without elements, into the scratch, and obtains what it takes with
// them: demand adds them to d.
func (p *entryRef) planLarge(k collectionKind, h collectionHead, demand func(*treeDemand), d *treeDemand) (shortage, error) {
	h.first |= flagLarge
	p.scratch = h.append(p.scratch[:0], p.key)
	at := len(p.scratch)
	p.scratch = k.appendRoots(p.scratch, p.space.engine)
	roots := len(p.scratch) - at
	p.scratch = append(p.scratch, h.beside...)
	t := tree.Open(nil, p.scratch[at+rootState:])
	d.limit = t.TextLimit()
	demand(d)
	if short, err := d.room(p, p.scratch[at:at+roots], p.need(len(p.scratch))); err != nil {
		return short, err
	}
	return shortage{}, p.reserve(len(p.scratch))
}

// fillLarge stores what planLarge wrote, and lets set set the elements in each tree.
func (p *entryRef) fillLarge(k collectionKind, set func(root int, t *tree.Tree)) {
	p.commit()
	for root := range k.orders().count() {
		set(root, p.beginTreeAt(root))
		p.endTree()
	}
}
