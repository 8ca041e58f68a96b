package memory

import (
	"context"

	"sessd/store"
)

// transfer is an entry on its way to another key, in the same shard or another one, maybe of another keyspace.
type transfer struct {
	from, to entryRef
	moves    bool              // from ends
	need     int64             // bytes of what is stored beside the entry
	beside   demand            // what is stored beside the entry
	nodes    [][]uint32        // of a large collection, that are copied
	refused  bool              // the system refuses the memory for some of them
	made     *stagedCollection // what was copied of a large collection before; nil: nothing
}

// within reports whether the entry stays in its keyspace.
func (t *transfer) within() bool { return t.from.space == t.to.space }

// plain is of kinds that know of an entry in its slot alone.
type plain struct{}

func (plain) arrive(*transfer) bool { return true }
func (plain) leave(*transfer)       {}

// TransferKey implements store.Transferrer.
func (e *Engine) TransferKey(ctx context.Context, op store.Op, key []byte, o store.TransferOptions) (found, done bool, err error) {
	var copied *transplant
	for try := 0; ; try++ {
		if try > tries {
			ctx = atOnce{ctx}
		}
		found, done, err = e.transferWith(ctx, op, key, &o, copied)
		if copied.close(); err != errChanged && err != errBeside {
			return found, done, err
		}
		if copied, err = e.transplant(op, key, &o); err != nil && err != errChanged {
			return true, false, err
		}
	}
}

// there returns the operation in the keyspace of a transfer's target.
func there(op store.Op, o *store.TransferOptions) store.Op {
	op.Keyspace = o.Keyspace
	return op
}

// transferWith transfers an entry, of which a copy may have been made before. With nothing changed it returns errChanged
// where that is not what the entry is now, and errBeside where there should be one.
func (e *Engine) transferWith(ctx context.Context, op store.Op, key []byte, o *store.TransferOptions, copied *transplant) (found, done bool, err error) {
	over := int64(mostOver)
	if o.Copies {
		over = 0
	}
	_, err = withRoomOver(e, &op, over, func(claimed int64) (struct{}, shortage, error) {
		var short shortage
		found, done, short, err = e.transferKey(ctx, op, key, o, copied, claimed)
		return struct{}{}, short, err
	})
	return found, done, err
}

// lockTwo locks the shards of a key and of the target of a transfer. Where both are in one keyspace, the two are one lockSet.
func (e *Engine) lockTwo(op store.Op, key []byte, o *store.TransferOptions, claimed int64) (from, to *lockSet, err error) {
	if o.Keyspace == op.Keyspace {
		h, err := e.lockKeysWith(op, [][]byte{key, o.Key}, 1, claimed)
		return &h, &h, err
	}
	there := there(op, o)
	e.spaceOf(op) // both are there before a shard is locked: who makes one, or locks all of them, excludes others from that
	e.spaceOf(there)
	lockFrom := func() error {
		h, err := e.lockKeys(op, [][]byte{key}, 1)
		from = &h
		return err
	}
	lockTo := func() error {
		h, err := e.lockKeysWith(there, [][]byte{o.Key}, 1, claimed)
		to = &h
		return err
	}
	if op.Keyspace < o.Keyspace {
		if err = lockFrom(); err != nil {
			e.account(0, claimed)
		} else if err = lockTo(); err != nil {
			from.unlock()
		}
	} else if err = lockTo(); err == nil {
		if err = lockFrom(); err != nil {
			to.unlock()
		}
	}
	if err == nil && op.Tx == nil {
		if e.observers.Load() != nil {
			step := e.steps.Add(1)
			from.setStep(step)
			to.setStep(step)
		}
		to.shareRedo(from.shareRedo(nil))
	}
	return from, to, err
}

func (e *Engine) transferKey(ctx context.Context, op store.Op, key []byte, o *store.TransferOptions, copied *transplant, claimed int64) (found, done bool, short shortage, err error) {
	from, to, err := e.lockTwo(op, key, o, claimed)
	if err != nil {
		return false, false, shortage{}, err
	}
	defer func() {
		to.unlock()
		if from != to {
			from.unlock()
		}
	}()
	target := to.find(o.Key) // first, since what has expired is removed, and other entries move with that
	exists := target.ref != 0
	t := transfer{from: from.find(key), moves: !o.Copies}
	if copied == nil && (!exists || o.Replaces) && t.from.shouldTransplant(e.shardFor(there(op, o), o.Key), o) {
		switch {
		case store.IsImmediate(ctx):
			return true, false, shortage{}, store.ErrLong
		case !isAtOnce(ctx):
			return true, false, shortage{}, errBeside
		}
	}
	if copied != nil {
		if t.made = copied.made; !copied.isOf(&t.from) || t.made.ended || t.made.shard.Load() != e.shardFor(there(op, o), o.Key) {
			return false, false, shortage{}, errChanged
		}
	}
	if o.Copies {
		t.from.read()
	}
	if t.from.ref == 0 {
		return false, false, shortage{}, nil
	}
	t.to = to.own(o.Key)
	if exists && !o.Replaces || t.to.shard == t.from.shard && t.to.ref == t.from.ref {
		return true, false, shortage{}, nil
	}
	if t.from.is(tagSession) && (len(o.Key) == 0 || len(o.Key) > store.MaxSessionID) {
		return true, false, shortage{}, store.ErrSessionID
	}
	k := kindOf(t.from.entry)
	entry := k.copyTo(&t, t.to.scratch[:0])
	t.to.scratch = entry
	if short, err := t.obtain(to, k, len(entry)); err != nil {
		k.release(t.to.shard, entry)
		return true, false, short, err
	}
	t.finish(from, k, entry)
	return true, true, shortage{}, nil
}

// obtain obtains the memory that the entry takes at its target, in n bytes and beside them. An entry that moves is not
// refused for what the index of its new shard grows by.
func (t *transfer) obtain(to *lockSet, k kind, n int) (shortage, error) {
	need, own := t.to.need(n)+t.need, t.to.evictable()
	if t.moves {
		need -= k.bytes(t.from.shard, t.from.entry)
		if t.to.ref == 0 {
			need -= t.to.table.Index.Need(t.to.hash)
		}
		own += t.from.evictable()
	}
	if need = max(need, 0); !to.claim(need) {
		return shortage{need, own}, store.ErrNoMemory
	}
	if t.refused || !t.to.demand(n, &t.beside) || to.reserve(&t.beside) != nil || !k.arrive(t) {
		return shortage{}, store.ErrNoMemory
	}
	return shortage{}, nil
}

// finish stores the entry at its target, whatever is there, and takes it out of its place if it moves.
func (t *transfer) finish(from *lockSet, k kind, entry []byte) {
	key := t.from.key
	if t.to.ref != 0 {
		t.to.replace()
	}
	t.to.tellOfNext()
	t.to.place(len(entry), func() { copy(t.to.entry, entry) })
	t.from = from.own(key) // what was replaced may have moved it
	t.tell()
	t.to.emit(store.EventNew)
	if !t.moves {
		t.to.emit(store.EventCopyTo)
		return
	}
	within := t.within()
	if within {
		t.from.emitEnd(store.EventRenameFrom)
	} else {
		t.from.emitEnd(store.EventMoveFrom)
	}
	k.leave(t)
	t.from.detach()
	if within {
		t.to.emitRenamed(key)
	} else {
		t.to.emit(store.EventMoveTo)
	}
}

// emitRenamed reports that an entry has another key than before.
func (p *entryRef) emitRenamed(former []byte) {
	p.ref, p.entry = lookup(&p.table, p.hash, p.key) // the end of another entry may have moved it
	if o := p.space.engine.observers.Load(); o != nil && o.wants&store.GenericEvents != 0 {
		c := store.Change{Event: store.EventRenameTo, Type: kindOf(p.entry).typ(), Key: p.key, Former: former, Principal: p.principal(), Expiry: p.expires(p.entry)}
		p.report(o, c, p.entry)
	}
}
