package memory

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// A revision is a collection as a long operation leaves it. It is made in steps, from a copy, with no lock held between
// them. One last step puts it in its place if the original is the same still. Else the operation begins anew; after
// some tries it is done under its lock.
type revision struct {
	transplant // of a large collection; without views where none was there
	engine     *Engine
	op         store.Op
	key        []byte
	absent     [][]byte // keys that must not be there when it takes its place
	makes      byte     // the first byte of what it makes
}

// longChange is a long operation on a collection of a type. Its parts may be called several times.
type longChange struct {
	first  byte
	plan   func(p *entryRef) (elements int) // returns how many elements it changes, of a collection or none
	change func(r *revision) error          // makes of a copy of the collection what the operation leaves
	done   func(r *revision, p *entryRef)   // reports the change, when it is in its place
	absent [][]byte                         // keys that must not be there
	ends   bool                             // fields of a hash are to end
}

// copiedPerChange is up to how many elements are copied for each one that changes. Beyond that a change under the lock
// holds others up for less than it would cost to copy.
const copiedPerChange = 256

// errAtOnce says that an operation needs its lock.
var errAtOnce = errors.New("memory: an operation needs its lock")

// errUnchanged says that an operation leaves a collection as it is.
var errUnchanged = errors.New("memory: an operation changes nothing")

// revise does a long operation. It returns false, with nothing changed, where that is to be done under its lock.
func (e *Engine) revise(ctx context.Context, op store.Op, key []byte, c *longChange) (bool, error) {
	switch {
	case op.Tx != nil:
		return false, nil
	case store.IsImmediate(ctx):
		return false, store.ErrLong
	}
	for range tries {
		switch err := e.tryRevision(op, key, c); err {
		case nil, errUnchanged:
			return true, nil
		case errChanged:
		case errAtOnce, store.ErrNoMemory:
			return false, nil
		default:
			return false, err
		}
	}
	return false, nil
}

// tryRevision is revise, and returns errChanged where the collection has changed meanwhile.
func (e *Engine) tryRevision(op store.Op, key []byte, c *longChange) error {
	r, err := e.beginRevision(op, key, c)
	if err != nil {
		return err
	}
	defer r.close()
	if err = r.copy(); err == nil {
		err = c.change(r)
	}
	if err != nil {
		return err
	}
	return r.finish(c.done)
}

// beginRevision opens views of the collection, to copy it. A small collection becomes a large one for that.
func (e *Engine) beginRevision(op store.Op, key []byte, c *longChange) (*revision, error) {
	return withRoom(e, &op, func(claimed int64) (*revision, shortage, error) {
		p, err := e.lockCollection(op, key, c.first, claimed)
		if err != nil {
			return nil, shortage{}, err
		}
		defer p.unlock()
		r := &revision{transplant{first: c.first}, e, op, key, c.absent, c.first}
		elements := c.plan(&p)
		if elements <= e.longElements {
			return nil, shortage{}, errAtOnce
		}
		if c.ends {
			r.makes = tagTimedHash
		}
		if p.ref == 0 {
			return r, shortage{}, nil
		}
		if !isLarge(p.entry) {
			if short, err := p.enlarge(); err != nil {
				return nil, short, err
			}
		}
		l, bytes := e.limits.Load(), kindOf(p.entry).bytes(p.shard, p.entry)
		switch {
		case largeCount(p.entry)/copiedPerChange > elements,
			l.MaxMemory > 0 && e.used.Load()+bytes > e.ceiling(l):
			return nil, shortage{}, errAtOnce
		}
		if r.first = p.entry[0] & collectionMask; r.first == tagTimedHash {
			r.makes = tagTimedHash
		}
		for i := range len(rootsOf(p.entry)) / rootSize {
			r.views = append(r.views, p.openView(i))
		}
		return r, shortage{}, nil
	})
}

// enlarge makes a small collection a large one.
func (p *entryRef) enlarge() (shortage, error) {
	switch p.entry[0] & collectionMask {
	case tagSet:
		var all [][]byte
		for m := membersOf(collectionBody(p.entry)); m.left > 0; {
			all = append(all, m.next())
		}
		return p.makeSetLarge(headOfCollection(p.entry), all, nil)
	case tagSorted:
		return p.makeSortedLarge(p.loadSorted(nil), nil)
	case tagList:
		all := p.smallList().elements(0, p.listLength())
		for i := range all { // the entry goes before they are set
			all[i] = bytes.Clone(all[i])
		}
		return p.makeListLarge(all)
	}
	return p.makeHashLarge(nil, untilKept)
}

// isNew reports whether there was no collection.
func (r *revision) isNew() bool { return r.views == nil }

// copy copies what there is.
func (r *revision) copy() error {
	r.made = r.engine.newStaged(r.op, r.key, r.makes)
	for root := range r.views {
		if err := r.copyTree(r.engine, r.op, r.key, root, 0); err != nil {
			return err
		}
	}
	return nil
}

// count returns the number of elements.
func (r *revision) count() int { return tree.CountOf(r.made.roots[rootState:]) }

// step changes up to n elements of a tree, whose names and values are that long together.
func (r *revision) step(root, n int, set func(p *entryRef, t *tree.Tree)) error {
	return r.made.step(r.engine, r.op, r.key, root, func(d *treeDemand) { d.count += n }, set)
}

// each sets elements of a tree in steps. size returns the lengths of their names and values.
func (r *revision) each(root, n int, size func(i int) (name, value int), set func(p *entryRef, t *tree.Tree, i int)) error {
	return r.made.each(r.engine, r.op, r.key, root, n, size, set)
}

// remove removes elements of a tree in steps.
func (r *revision) remove(root, n int, remove func(p *entryRef, t *tree.Tree, i int)) error {
	return r.each(root, n, func(int) (name, value int) { return 0, 0 }, remove)
}

// finish puts what was made in its place.
func (r *revision) finish(done func(*revision, *entryRef)) error {
	words := append([][]byte{r.key}, r.absent...)
	_, err := withRoom(r.engine, &r.op, func(claimed int64) (struct{}, shortage, error) {
		h, err := r.engine.lockKeysWith(r.op, words, 1, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer h.unlock()
		for _, key := range r.absent {
			if p := h.find(key); p.ref != 0 {
				return struct{}{}, shortage{}, errChanged
			}
		}
		p := h.find(r.key)
		takeBack := h.lend(p.shard)
		defer takeBack()
		short, err := r.finishAt(&p)
		if err == nil {
			done(r, &p)
		}
		return struct{}{}, short, err
	})
	return err
}

// finishAt makes what was made the entry, unless that is to end.
func (r *revision) finishAt(p *entryRef) (shortage, error) {
	t := tree.Open(nil, r.made.roots[rootState:])
	switch {
	case r.made.ended || r.made.shard.Load() != p.shard || r.isNew() != (p.ref == 0) || !r.isNew() && !r.transplant.isOf(p):
		return shortage{}, errChanged
	case t.Len() == 0:
		return shortage{}, nil
	case r.isNew() && t.Len() <= smallElements && t.Bytes() <= 2*int64(p.space.engine.smallBytes):
		return shortage{}, errAtOnce // it is a small one, or nearly
	case r.isNew():
		return p.overwriteStaged(r.made)
	}
	return p.adopt(r.made)
}

// adopt gives a large collection the trees of another one, and the type.
func (p *entryRef) adopt(u *stagedCollection) (shortage, error) {
	former := bytes.Clone(rootsOf(p.entry))
	h := headOfCollection(p.entry)
	h.first = u.first | h.first&^collectionMask
	p.scratch = u.appendBody(h.append(p.scratch[:0], p.key), p.shard)
	if short, err := p.room(len(p.scratch), 0); err != nil {
		return short, err
	}
	p.tellOfNext()
	p.commit()
	for root := range slices.Chunk(former, rootSize) {
		p.shard.addOrphan(root)
	}
	u.leave(p.shard)
	if p.recorder != nil && !p.tellChanges(u) {
		p.tellWhole()
	}
	return shortage{}, nil
}

// tellChanges tells of what was done to a collection while it had no key. It returns false where that is not known, or a
// walk has not met all of the entry.
func (p *entryRef) tellChanges(u *stagedCollection) bool {
	if u.untold || p.standing() != standsBehind {
		return false
	}
	p.redo.join(&u.redo)
	return true
}
