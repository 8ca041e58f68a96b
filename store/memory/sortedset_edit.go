package memory

import (
	"bytes"
	"encoding/binary"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// addScores gives members scores, of a sorted set that may not be there.
func (p *entryRef) addScores(members []store.Scored, o store.ScoreOptions) (r store.ScoreResult, short shortage, err error) {
	isNew := p.ref == 0
	if isNew && o.IfPresent {
		return r, shortage{}, nil
	}
	switch {
	case !isNew && isLarge(p.entry):
		if len(members) == 1 {
			var done bool
			if done, err = p.addInPlace(members[0], o, &r); done {
				break
			}
		}
		d := p.newDemand()
		d.addMembers(members)
		if short, err = d.room(p, rootsOf(p.entry), 0); err == nil {
			err = p.addLarge(members, o, &r)
		}
	case p.sortedSize()+len(members) > smallElements:
		short, err = p.addMany(p.loadSorted(nil), members, o, &r)
	default:
		short, err = p.addSmall(members, o, &r)
	}
	if err != nil {
		return store.ScoreResult{}, short, err
	}
	p.emitScored(isNew, &r, o)
	return r, shortage{}, nil
}

// emitScored reports that members got scores in a sorted set that may be new.
func (p *entryRef) emitScored(isNew bool, r *store.ScoreResult, o store.ScoreOptions) {
	if isNew {
		p.emit(store.EventNew)
	}
	p.useCollection()
	if r.Added+r.Changed > 0 {
		event := store.EventZAdd
		if o.Add {
			event = store.EventZIncr
		}
		p.emit(event)
	}
}

// addMembers adds members twice: a new score is one element less and one more.
func (d *treeDemand) addMembers(members []store.Scored) {
	for i := range members {
		d.add(len(members[i].Member), 8)
		d.add(len(members[i].Member), 8)
	}
}

// note notes what became of a member in a result, and reports whether its score changes.
func note(r *store.ScoreResult, score, old float64, found, done bool) bool {
	r.Score, r.Done = score, done
	switch {
	case !done:
		return false
	case !found:
		r.Added++
	case score == old:
		return false
	default:
		r.Changed++
	}
	return true
}

// addSmall is addScores for a small sorted set, which becomes large where it is too long for a small one.
func (p *entryRef) addSmall(members []store.Scored, o store.ScoreOptions, r *store.ScoreResult) (shortage, error) {
	var room sortedRoom
	z := p.loadSorted(&room)
	for _, m := range members {
		i, old := z.find(m.Member), 0.0
		if i >= 0 {
			old = tree.ScoreOf(z[i].Prefix)
		}
		score, done, err := decideScore(m, old, i >= 0, o)
		if err != nil {
			return shortage{}, err
		}
		if note(r, score, old, i >= 0, done) {
			z = z.set(i, scoreKey(score, m.Member))
		}
	}
	if r.Added+r.Changed == 0 {
		return shortage{}, nil
	}
	if z.bytes() > p.space.engine.smallBytes {
		return p.makeSortedLarge(slices.Clone(z), nil)
	}
	p.appendSorted(z)
	short, err := p.room(len(p.scratch), 0)
	if err == nil {
		p.commit()
	}
	return short, err
}

// appendSorted writes a small sorted set into the scratch.
func (p *entryRef) appendSorted(z smallSorted) {
	h := newCollection(tagSorted, p.now)
	if p.ref != 0 {
		h = headOfCollection(p.entry)
	}
	p.scratch = z.append(h.append(p.scratch[:0], p.key))
}

// addMany makes a small sorted set, or none, a large one and gives members scores.
func (p *entryRef) addMany(z smallSorted, members []store.Scored, o store.ScoreOptions, r *store.ScoreResult) (shortage, error) {
	if short, err := p.makeSortedLarge(z, members); err != nil {
		return short, err
	}
	return shortage{}, p.addLarge(members, o, r)
}

// makeSortedLarge stores members in the large form, with room for more.
func (p *entryRef) makeSortedLarge(z smallSorted, more []store.Scored) (shortage, error) {
	h := newCollection(tagSorted, p.now)
	if p.ref != 0 {
		h = headOfCollection(p.entry)
	}
	for i := range z { // the entry goes before its members are set
		z[i].Name = bytes.Clone(z[i].Name)
	}
	var d treeDemand
	return p.makeLarge(collectionKind{sortedType{}}, h, func(d *treeDemand) {
		for _, k := range z {
			d.add(len(k.Name), 8)
		}
		d.addMembers(more)
	}, &d, func(root int, t *tree.Tree) {
		for _, k := range z {
			if root == orderTree {
				t.Set(k, nil)
			} else {
				p.setScore(t, k)
			}
		}
	})
}

// setScore gives a member its score in the tree of scores.
func (p *entryRef) setScore(t *tree.Tree, k tree.Key) {
	binary.LittleEndian.PutUint64(p.scored[:], k.Prefix)
	t.Set(p.fieldKey(k.Name), p.scored[:])
}

// addInPlace is addScores for a member of a large sorted set. It returns done as false, with nothing changed, where nodes
// have to move for that.
func (p *entryRef) addInPlace(m store.Scored, o store.ScoreOptions, r *store.ScoreResult) (done bool, err error) {
	old, found := p.scoreOf(m.Member)
	score, done, err := decideScore(m, old, found, o)
	if err != nil {
		return true, err
	}
	noted := *r
	if note(&noted, score, old, found, done) && !p.scoreInPlace(m.Member, score, old, found) {
		return false, nil
	}
	*r = noted
	return true, nil
}

// scoreInPlace gives a member of a large sorted set a score, and takes the old one if it has that. It returns false, with
// nothing changed, where nodes have to move for that.
func (p *entryRef) scoreInPlace(member []byte, score, old float64, found bool) bool {
	var inScores, before, after tree.InPlace
	inScores.FindValue(p.beginTreeAt(scoreTree), p.fieldKey(member))
	k, t := scoreKey(score, member), p.beginTree()
	binary.LittleEndian.PutUint64(p.scored[:], k.Prefix)
	if !inScores.Set(p.scored[:]) {
		return false
	}
	if found {
		if before.Find(t, scoreKey(old, member)); !before.Delete() {
			return false
		}
	}
	after.Find(t, k)
	together := found && before.SameLeaf(&after)
	if !together && !after.Set(nil) {
		return false
	}
	inScores.Do()
	if found {
		before.Do()
	}
	if together { // there is the room of the one before
		after.Find(t, k)
		after.Set(nil)
	}
	after.Do()
	p.endInPlace(scoreTree)
	p.endInPlace(orderTree)
	return true
}

// addLarge is addScores for a large sorted set, for which there is room.
func (p *entryRef) addLarge(members []store.Scored, o store.ScoreOptions, r *store.ScoreResult) error {
	for _, m := range members {
		old, found := p.scoreOf(m.Member)
		score, done, err := decideScore(m, old, found, o)
		if err != nil {
			return err
		}
		if !note(r, score, old, found, done) {
			continue
		}
		k := scoreKey(score, m.Member)
		p.setScore(p.beginTreeAt(scoreTree), k)
		p.endTree()
		t := p.beginTree()
		if found {
			t.Delete(scoreKey(old, m.Member))
		}
		t.Set(k, nil)
		p.endTree()
	}
	return nil
}

// removeMembers removes members, and returns how many there were.
func (p *entryRef) removeMembers(members [][]byte, event store.Event) (n int, err error) {
	if !isLarge(p.entry) {
		var room sortedRoom
		z := p.loadSorted(&room)
		for _, member := range members {
			if i := z.find(member); i >= 0 {
				z = append(z[:i], z[i+1:]...)
				n++
			}
		}
		return n, p.storeRest(z, n, event)
	}
	if err := p.reserveRemoval(len(members)); err != nil {
		return 0, err
	}
	for _, member := range members {
		score, found := p.scoreOf(member)
		if !found {
			continue
		}
		n++
		p.beginTreeAt(scoreTree).Delete(p.fieldKey(member))
		p.endTree()
		p.beginTree().Delete(scoreKey(score, member))
		p.endTree()
	}
	p.endRemoval(n, p.sortedSize(), event)
	return n, nil
}

// reserveRemoval obtains what removing members from both trees may take.
func (p *entryRef) reserveRemoval(members int) error {
	for root := range (sortedType{}).orders().count() {
		if err := p.reserveChange(p.beginTreeAt(root), members); err != nil {
			return err
		}
	}
	return nil
}

// storeRest stores what is left of a small sorted set that has lost n members.
func (p *entryRef) storeRest(z smallSorted, n int, event store.Event) error {
	if n > 0 && len(z) > 0 {
		p.appendSorted(z)
		if err := p.reserve(len(p.scratch)); err != nil {
			return err
		}
		p.commit()
	}
	p.endRemoval(n, len(z), event)
	return nil
}

// endRemoval reports that n members were removed, and removes the sorted set when none is left.
func (p *entryRef) endRemoval(n, left int, event store.Event) {
	if n > 0 {
		p.useCollection()
		p.emit(event)
	}
	if left == 0 {
		p.remove(store.Destroyed)
	}
}

// removeRanks removes the members of some ranks, of which there is at least one.
func (p *entryRef) removeRanks(from, to int, event store.Event) error {
	size := p.sortedSize()
	switch n := to - from; {
	case n == size: // the trees end in steps
		p.endRemoval(n, 0, event)
		return nil
	case !isLarge(p.entry):
		var room sortedRoom
		z := p.loadSorted(&room)
		return p.storeRest(append(z[:from], z[to:]...), n, event)
	}
	if err := p.reserveRemoval(to - from); err != nil {
		return err
	}
	var keys []tree.Key
	p.eachMember(from, to, false, func(k tree.Key) { keys = append(keys, p.fieldKey(bytes.Clone(k.Name))) })
	t := p.beginTree()
	for left := to - from; left > 0; {
		left -= t.DeleteSome(from, left)
	}
	p.endTree()
	t = p.beginTreeAt(scoreTree)
	for _, k := range keys {
		t.Delete(k)
	}
	p.endTree()
	p.endRemoval(to-from, size-(to-from), event)
	return nil
}
