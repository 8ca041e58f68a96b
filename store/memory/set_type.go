package memory

import (
	"bytes"
	"encoding/binary"
	"errors"

	"sessd/store"
	"sessd/store/memory/tree"
)

// setType is of sets. The body of a small one is the count of its members, and each after its length.
type setType struct{}

var tagSet = collectionTag(2)

var errMembers = errors.New("memory: a set has a member twice, or none")

func (setType) typ() store.Type        { return store.TypeSet }
func (setType) orders() treeOrders     { return treeOrders{tree.Set} }
func (setType) retain(*shard, []byte)  {}
func (setType) release(*shard, []byte) {}
func (setType) size(_ *shard, body []byte) int {
	m := membersOf(body)
	for m.left > 0 {
		m.next()
	}
	return len(body) - len(m.rest)
}

func (k setType) appendTo(s *shard, body, dst []byte) []byte {
	return append(dst, body[:k.size(s, body)]...)
}

func (setType) appendTree(t *tree.Tree, dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(t.Len()))
	var c tree.Cursor
	for ok := c.SeekAt(t, 0); ok; ok = c.Next() {
		dst = appendBytes(dst, c.Item().Name)
	}
	return dst
}

func (setType) check(_ *shard, body []byte, _ *contents) error {
	seen, m := make(map[string]bool), membersOf(body)
	n := m.left
	for m.left > 0 {
		seen[string(m.next())] = true
	}
	if n == 0 || len(seen) != n {
		return errMembers
	}
	return nil
}

func (setType) byName() int { return 0 }

func (setType) count(_ *shard, body []byte) int { return membersOf(body).left }

func (setType) each(_ *shard, body []byte, visit func(name, value []byte)) {
	for m := membersOf(body); m.left > 0; {
		visit(m.next(), nil)
	}
}

// memberReader is the members of a small set that are left to be read.
type memberReader struct {
	left int
	rest []byte
}

func membersOf(body []byte) memberReader {
	n, w := binary.Uvarint(body)
	return memberReader{int(n), body[w:]}
}

// next returns the next member. There must be one.
func (m *memberReader) next() (member []byte) {
	member, m.rest = takeBytes(m.rest)
	m.left--
	return member
}

// has reports whether a member is among those left.
func (m memberReader) has(member []byte) bool {
	for m.left > 0 {
		if bytes.Equal(m.next(), member) {
			return true
		}
	}
	return false
}

// hasMember reports whether a set has a member.
func (p *entryRef) hasMember(member []byte) bool {
	switch {
	case p.ref == 0:
		return false
	case isLarge(p.entry):
		_, ok := p.beginTree().Get(p.fieldKey(member))
		return ok
	}
	return membersOf(collectionBody(p.entry)).has(member)
}

// addToSet adds members, makes the set if there is none, and returns how many are new.
func (p *entryRef) addToSet(added [][]byte) (n int, short shortage, err error) {
	isNew := p.ref == 0
	if n, short, err = p.growSet(added); err == nil {
		p.emitAdded(isNew, n)
	}
	return n, short, err
}

// growSet is addToSet without its events.
func (p *entryRef) growSet(added [][]byte) (n int, short shortage, err error) {
	before := p.elementCount()
	if p.ref != 0 && isLarge(p.entry) {
		if len(added) == 1 {
			if p.setInPlace(p.fieldKey(added[0]), nil) {
				return p.elementCount() - before, shortage{}, nil
			}
		}
		short, err = p.growTree(func(d *treeDemand) { d.addNames(added) }, func(t *tree.Tree) { p.putMembers(t, added) })
	} else {
		short, err = p.addToSmallSet(added)
	}
	if err != nil {
		return 0, short, err
	}
	return p.elementCount() - before, shortage{}, nil
}

// emitAdded reports that n members are new in a set that may be, too.
func (p *entryRef) emitAdded(isNew bool, n int) {
	if isNew {
		p.emit(store.EventNew)
	}
	p.useCollection()
	if n > 0 {
		p.emit(store.EventSAdd)
	}
}

func (d *treeDemand) addNames(all [][]byte) {
	for _, member := range all {
		d.add(len(member), 0)
	}
}

func (p *entryRef) putMembers(t *tree.Tree, all [][]byte) {
	for _, member := range all {
		t.Set(p.fieldKey(member), nil)
	}
}

// addToSmallSet adds members to a small set or none, which becomes large where it is too long for a small one.
func (p *entryRef) addToSmallSet(added [][]byte) (shortage, error) {
	h, old := newCollection(tagSet, p.now), [][]byte(nil)
	if p.ref != 0 {
		h = headOfCollection(p.entry)
		for m := membersOf(collectionBody(p.entry)); m.left > 0; {
			old = append(old, m.next())
		}
	}
	all, size := old, 2
	for _, member := range old {
		size += len(member) + 1
	}
	for _, member := range added {
		if has(all, member) {
			continue
		}
		all = append(all, member)
		if size += len(member) + 1; size > p.space.engine.smallBytes || len(all) > smallElements {
			return p.makeSetLarge(h, old, added)
		}
	}
	if len(all) == len(old) {
		return shortage{}, nil
	}
	p.appendSet(&h, all)
	if short, err := p.room(len(p.scratch), 0); err != nil {
		return short, err
	}
	p.commit()
	return shortage{}, nil
}

func has(all [][]byte, member []byte) bool {
	for _, one := range all {
		if bytes.Equal(one, member) {
			return true
		}
	}
	return false
}

// appendSet writes a small set into the scratch.
func (p *entryRef) appendSet(h *collectionHead, all [][]byte) {
	p.scratch = binary.AppendUvarint(h.append(p.scratch[:0], p.key), uint64(len(all)))
	for _, member := range all {
		p.scratch = appendBytes(p.scratch, member)
	}
}

// makeSetLarge makes a small set, or none, a large one with further members.
func (p *entryRef) makeSetLarge(h collectionHead, old, added [][]byte) (shortage, error) {
	for i, member := range old {
		old[i] = bytes.Clone(member) // the entry goes before its members are added
	}
	var d treeDemand
	return p.makeLarge(collectionKind{setType{}}, h, func(d *treeDemand) {
		d.addNames(old)
		d.addNames(added)
	}, &d, func(_ int, t *tree.Tree) {
		p.putMembers(t, old)
		p.putMembers(t, added)
	})
}

// removeFromSet removes members, and the set with its last one. It returns how many there were.
func (p *entryRef) removeFromSet(removed [][]byte) (n int, err error) {
	if isLarge(p.entry) {
		t := p.beginTree()
		if err := p.reserveChange(t, len(removed)); err != nil {
			return 0, err
		}
		for _, member := range removed {
			if t.Delete(p.fieldKey(member)) {
				n++
			}
		}
		left := t.Len()
		p.endTree()
		p.emitTaken(n, left, store.EventSRem)
		return n, nil
	}
	var left [][]byte
	for m := membersOf(collectionBody(p.entry)); m.left > 0; {
		if member := m.next(); has(removed, member) {
			n++
		} else {
			left = append(left, member)
		}
	}
	if err := p.keepMembers(n, left); err != nil {
		return 0, err
	}
	p.commitKept(n, left)
	p.emitTaken(n, len(left), store.EventSRem)
	return n, nil
}

// keepMembers obtains what a small set without n of its members takes.
func (p *entryRef) keepMembers(n int, left [][]byte) error {
	if n == 0 || len(left) == 0 {
		return nil
	}
	h := headOfCollection(p.entry)
	p.appendSet(&h, left)
	return p.reserve(len(p.scratch))
}

// commitKept stores what keepMembers prepared.
func (p *entryRef) commitKept(n int, left [][]byte) {
	if n > 0 && len(left) > 0 {
		p.commit()
	}
}

// emitTaken reports that n members are gone, and removes the set when none is left.
func (p *entryRef) emitTaken(n, left int, event store.Event) {
	if n > 0 {
		p.useCollection()
		p.emit(event)
	}
	if left == 0 {
		p.remove(store.Destroyed)
	}
}

// reserveDrop obtains what dropMember may take.
func (p *entryRef) reserveDrop() error {
	if isLarge(p.entry) {
		return p.reserveChange(p.beginTree(), 1)
	}
	if !p.table.Reserve(p.hash, len(p.entry)) {
		return store.ErrNoMemory
	}
	return nil
}

// dropMember removes a member that is there, and the set with its last one.
func (p *entryRef) dropMember(member []byte) {
	left := p.elementCount() - 1
	switch {
	case left == 0:
	case isLarge(p.entry):
		p.beginTree().Delete(p.fieldKey(member))
		p.endTree()
	default:
		var kept [][]byte
		for m := membersOf(collectionBody(p.entry)); m.left > 0; {
			if one := m.next(); !bytes.Equal(one, member) {
				kept = append(kept, one)
			}
		}
		h := headOfCollection(p.entry)
		p.appendSet(&h, kept)
		p.commit()
	}
	p.emitTaken(1, left, store.EventSRem)
}
