package memory

import (
	"context"

	"sessd/store"
	"sessd/store/memory/tree"
)

// derivation is a list that is made of a collection while nothing is locked. It implements store.Derivation.
type derivation struct {
	engine *Engine
	op     store.Op
	source []byte
	first  byte  // of the collection
	view   *view // of its first tree
}

// Derive implements store.Deriver.
func (e *Engine) Derive(ctx context.Context, op store.Op, source []byte) (store.Derivation, error) {
	h, err := e.lockKeys(op, [][]byte{source}, 1)
	if err != nil {
		return nil, err
	}
	defer h.unlock()
	p := h.find(source)
	if p.ref == 0 || tag(p.entry) != tagCollection || !isLarge(p.entry) {
		return nil, nil
	}
	if root := rootsOf(p.entry); op.Tx != nil || tree.CountOf(root[rootState:]) <= e.longElements/4 {
		return nil, nil
	}
	if store.IsImmediate(ctx) {
		return nil, store.ErrLong
	}
	return &derivation{e, op, source, p.entry[0] & collectionMask, p.openView(0)}, nil
}

// Close is part of store.Derivation.
func (d *derivation) Close() { d.view.close() }

// Replace is part of store.Derivation.
func (d *derivation) Replace(target []byte, elements [][]byte) (bool, error) {
	e := d.engine
	var made *stagedCollection
	if len(elements) > max(smallElements, e.longElements/4) {
		var err error
		if made, err = e.makeList(d.op, target, elements); err != nil {
			return false, ignoreChange(err)
		}
		defer made.drop()
	}
	_, err := withRoom(e, &d.op, func(claimed int64) (struct{}, shortage, error) {
		h, err := e.lockKeysWith(d.op, [][]byte{target, d.source}, 1, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer h.unlock()
		h.own(target) // first, since what has expired is removed, and other entries move with that
		if p := h.find(d.source); !d.isOf(&p) {
			return struct{}{}, shortage{}, errChanged
		}
		p := h.own(target)
		short, err := h.overwrite(&p, len(elements), store.EventSortStore, func() (shortage, error) {
			if made != nil {
				return p.overwriteStaged(made)
			}
			return p.overwriteList(elements)
		})
		return struct{}{}, short, err
	})
	return err == nil, ignoreChange(err)
}

// isOf reports whether the entry is what the list was made of.
func (d *derivation) isOf(p *entryRef) bool {
	return p.ref != 0 && tag(p.entry) == tagCollection && isLarge(p.entry) && p.entry[0]&collectionMask == d.first && d.view.shows(rootsOf(p.entry))
}

func ignoreChange(err error) error {
	if err == errChanged {
		return nil
	}
	return err
}

// makeList makes a list.
func (e *Engine) makeList(op store.Op, key []byte, all [][]byte) (*stagedCollection, error) {
	u := e.newStaged(op, key, tagList)
	err := u.each(e, op, key, 0, len(all), func(i int) (name, value int) { return 0, len(all[i]) },
		func(_ *entryRef, t *tree.Tree, i int) { t.InsertAt(i, all[i]) })
	return u.made(err)
}
