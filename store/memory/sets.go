package memory

import (
	"context"
	"math/rand/v2"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// ReadSet implements store.Sets.
func (e *Engine) ReadSet(ctx context.Context, op store.Op, key []byte, r store.SetRead, v store.SetVisitor) error {
	all, err := e.readSet(ctx, op, key, &r, v)
	switch {
	case all == nil:
	case r.Members != nil:
		all.lookUp(r.Members, func(member, _ []byte, found bool) { v.Member(member, found) })
	default:
		all.showAll(func(member, _ []byte) { v.Member(member, true) })
	}
	return err
}

// readSet shows a set, or returns the view in which its members are still to be shown.
func (e *Engine) readSet(ctx context.Context, op store.Op, key []byte, r *store.SetRead, v store.SetVisitor) (all *view, err error) {
	var p entryRef
	if err = p.lockCollection(e, &op, key, tagSet, 0); err != nil {
		return nil, err
	}
	defer p.unlock()
	switch {
	case r.Size:
	case r.Members != nil:
		all, err = p.viewNames(ctx, 0, len(r.Members))
	default:
		all, err = p.viewLong(ctx, 0, p.elementCount())
	}
	if err != nil {
		return nil, err
	}
	if p.read() {
		p.useCollection()
	}
	v.Set(p.elementCount())
	switch {
	case r.Size || all != nil:
	case r.Members != nil:
		for _, member := range r.Members {
			v.Member(member, p.hasMember(member))
		}
	case p.ref != 0:
		p.eachElement(func(member, _ []byte) { v.Member(member, true) })
	}
	return all, nil
}

// AddToSet implements store.Sets.
func (e *Engine) AddToSet(ctx context.Context, op store.Op, key []byte, members [][]byte) (int, error) {
	if len(members) > e.longElements {
		if n, done, err := e.addManyToSet(ctx, op, key, members); done || err != nil {
			return n, err
		}
	}
	return withRoom(e, &op, func(claimed int64) (int, shortage, error) {
		var p entryRef
		if err := p.lockCollection(e, &op, key, tagSet, claimed); err != nil {
			return 0, shortage{}, err
		}
		defer p.unlock()
		return p.addToSet(members)
	})
}

// RemoveFromSet implements store.Sets.
func (e *Engine) RemoveFromSet(ctx context.Context, op store.Op, key []byte, members [][]byte) (int, error) {
	if len(members) > e.longElements {
		if n, done, err := e.removeManyFromSet(ctx, op, key, members); done || err != nil {
			return n, err
		}
	}
	p, err := e.lockCollection(op, key, tagSet, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	if p.ref == 0 {
		return 0, nil
	}
	return p.removeFromSet(members)
}

// MoveMember implements store.Sets.
func (e *Engine) MoveMember(_ context.Context, op store.Op, from, to, member []byte) (bool, error) {
	return withRoomOver(e, &op, mostOver, func(claimed int64) (bool, shortage, error) {
		h, err := e.lockKeysWith(op, [][]byte{from, to}, 1, claimed)
		if err != nil {
			return false, shortage{}, err
		}
		defer h.unlock()
		return h.moveMember(from, to, [][]byte{member})
	})
}

// moveMember moves one member. It is added before it is taken away, since only that may fail.
func (h *lockSet) moveMember(from, to []byte, member [][]byte) (bool, shortage, error) {
	h.find(to) // first, since what has expired is removed, and other entries move with that
	source := h.find(from)
	target := h.find(to)
	switch {
	case source.ref == 0:
		return false, shortage{}, nil
	case !source.isCollection(tagSet), target.ref != 0 && !target.isCollection(tagSet):
		return false, shortage{}, store.ErrWrongType
	case !source.hasMember(member[0]):
		return false, shortage{}, nil
	case source.shard == target.shard && source.ref == target.ref:
		return true, shortage{}, nil
	}
	if err := source.reserveDrop(); err != nil {
		return false, shortage{}, err
	}
	isNew := target.ref == 0
	takeBack := h.lend(target.shard)
	n, short, err := target.growSet(member)
	takeBack()
	if err != nil {
		return false, short, err
	}
	source = h.find(from) // which may have moved
	source.dropMember(member[0])
	target = h.find(to)
	target.emitAdded(isNew, n)
	return true, shortage{}, nil
}

// PopFromSet implements store.Sets. Few members are shown before the set changes, so it is whole if the visitor panics.
func (e *Engine) PopFromSet(ctx context.Context, op store.Op, key []byte, count int64, v store.SetVisitor) error {
	if count > int64(e.longElements) {
		if done, err := e.popManyFromSet(ctx, op, key, count, v); done || err != nil {
			return err
		}
	}
	all, err := e.popFromSet(ctx, op, key, count, v)
	if all != nil {
		all.showAll(func(member, _ []byte) { v.Member(member, true) })
	}
	return err
}

// popFromSet pops members, or returns the view in which all are still to be shown.
func (e *Engine) popFromSet(ctx context.Context, op store.Op, key []byte, count int64, v store.SetVisitor) (all *view, err error) {
	var p entryRef
	if err = p.lockCollection(e, &op, key, tagSet, 0); err != nil {
		return nil, err
	}
	defer p.unlock()
	size := p.elementCount()
	n := int(min(max(count, 0), int64(size)))
	switch {
	case n == 0:
		v.Set(0)
	case n == size && p.isLong(0, n):
		if all, err = p.viewLong(ctx, 0, n); err == nil {
			v.Set(n)
			p.emitTaken(n, 0, store.EventSPop)
		}
		return all, err
	case n == size:
		v.Set(n)
		p.eachElement(func(member, _ []byte) { v.Member(member, true) })
		p.emitTaken(n, 0, store.EventSPop)
	case n == 1 && isLarge(p.entry):
		return nil, p.popMember(rand.IntN(size), v)
	case isLarge(p.entry):
		return nil, p.popLarge(places(n, size), v)
	default:
		return nil, p.popSmall(places(n, size), v)
	}
	return nil, nil
}

// places returns n different numbers below size, in order.
func places(n, size int) []int {
	all := make([]int, 0, n)
	if n > size/4 {
		for i := range size {
			if rand.IntN(size-i) < n-len(all) {
				all = append(all, i)
			}
		}
		return all
	}
	seen := make(map[int]bool, n)
	for len(all) < n {
		if i := rand.IntN(size); !seen[i] {
			seen[i] = true
			all = append(all, i)
		}
	}
	slices.Sort(all)
	return all
}

// popMember pops the member at a place of a large set that has others.
func (p *entryRef) popMember(at int, v store.SetVisitor) error {
	var c tree.InPlace
	c.FindAt(p.beginTree(), at)
	if !c.Delete() {
		return p.popLarge([]int{at}, v)
	}
	v.Set(1)
	v.Member(c.Key().Name, true)
	c.Do()
	p.endInPlace(0)
	p.emitTaken(1, p.elementCount(), store.EventSPop)
	return nil
}

// popLarge pops the members at some places of a large set, but not all.
func (p *entryRef) popLarge(at []int, v store.SetVisitor) error {
	t := p.beginTree()
	if err := p.reserveChange(t, len(at)); err != nil {
		return err
	}
	v.Set(len(at))
	for _, i := range at {
		v.Member(t.At(i).Name, true)
	}
	for _, i := range slices.Backward(at) {
		t.DeleteAt(i)
	}
	left := t.Len()
	p.endTree()
	p.emitTaken(len(at), left, store.EventSPop)
	return nil
}

// popSmall pops the members at some places of a small set, but not all.
func (p *entryRef) popSmall(at []int, v store.SetVisitor) error {
	var popped, left [][]byte
	for m, i := membersOf(collectionBody(p.entry)), 0; m.left > 0; i++ {
		if member := m.next(); len(popped) < len(at) && at[len(popped)] == i {
			popped = append(popped, member)
		} else {
			left = append(left, member)
		}
	}
	if err := p.keepMembers(len(popped), left); err != nil {
		return err
	}
	v.Set(len(popped))
	for _, member := range popped {
		v.Member(member, true)
	}
	p.commitKept(len(popped), left)
	p.emitTaken(len(popped), len(left), store.EventSPop)
	return nil
}

// ScanSet implements store.Sets.
func (e *Engine) ScanSet(_ context.Context, op store.Op, key []byte, cursor uint64, count int, visit func(member []byte)) (uint64, error) {
	return e.scanElements(op, key, tagSet, cursor, count, func(member, _ []byte) { visit(member) })
}

// RandomFromSet implements store.Sets.
func (e *Engine) RandomFromSet(ctx context.Context, op store.Op, key []byte, count int64, v store.SetVisitor) error {
	return e.randomElements(ctx, op, key, tagSet, count, memberVisitor{v})
}

// memberVisitor shows elements as members.
type memberVisitor struct{ store.SetVisitor }

func (v memberVisitor) begin(count int)          { v.Set(count) }
func (v memberVisitor) element(member, _ []byte) { v.Member(member, true) }
