package memory

import (
	"context"
	"errors"
	"math"

	"sessd/store"
)

// frozen is the time while an engine is restored: nothing has expired.
const frozen = math.MinInt64

// Reasons to refuse a record.
var (
	errRedoFormat = errors.New("memory: records of another format")
	errRedo       = errors.New("memory: bytes that are no record")
	errRedoSpace  = errors.New("memory: a record is of a keyspace that there is not")
	errRedoEntry  = errors.New("memory: a record is of an entry that there is not")
	errForm       = errors.New("memory: bytes that are no entry")
)

// restorer implements store.Restorer.
type restorer struct {
	engine  *Engine
	workers int // goroutines that restore at once
	pool    restorePool
	walk    uint64 // of the snapshot that was applied; 0: none was
	records redoReader
	space   int // of the record
	key     []byte
	name    []byte // of the element before
	form    []byte // scratch
	base    []byte // scratch
}

// Restore implements store.Durable.
func (e *Engine) Restore() store.Restorer {
	e.loading.Store(true)
	return &restorer{engine: e, workers: workersOf(e)}
}

// Done implements store.Restorer.
func (r *restorer) Done() error {
	if err := r.pool.stop(); err != nil {
		return err
	}
	e := r.engine
	for i := range e.spaces {
		if k := e.spaces[i].Load(); k != nil {
			k.dropDangling()
			for j := range k.shards {
				s := &k.shards[j]
				s.mu.Lock()
				s.count = counters{types: s.count.types, groups: s.count.groups}
				s.unlock()
			}
		}
	}
	e.loading.Store(false)
	e.SetLimits(e.Limits())
	e.waker.set(immediately)
	return nil
}

// dropDangling ends the aliases of sessions that are not there.
func (k *keyspace) dropDangling() {
	for token, id := range k.aliases.all() {
		hash := k.hash(id)
		s := &k.shards[k.shardOf(hash)]
		s.mu.Lock()
		if p := s.at(hash, id, frozen); !p.is(tagSession) || readBody(p.entry).token != token {
			s.beside += k.aliases.drop(token, id)
		}
		s.unlock()
	}
}

// Apply implements store.Restorer.
func (r *restorer) Apply(payload []byte) error {
	if len(payload) == 0 || payload[0] != redoFormat {
		return errRedoFormat
	}
	if len(payload) >= minShared && r.workers > 1 && r.pool.workers == nil {
		r.pool.start(r.engine, r.workers)
	}
	err := r.applyAll(payload[1:], len(payload) >= minShared)
	if err != nil {
		_ = r.pool.stop()
	}
	return err
}

// Reset implements store.Restorer.
func (r *restorer) Reset() error {
	err := r.pool.join()
	r.walk = 0
	return errors.Join(err, r.engine.Flush(context.Background(), store.Op{Now: frozen}, true))
}

// applyAll applies records that follow each other. A malformed form is found out when it is read, so that a reader of
// entries may be as fast as it is. What panics then has not changed anything.
func (r *restorer) applyAll(records []byte, shared bool) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = errOfPanic(x)
		}
	}()
	r.records = redoReader{rest: records}
	r.space, r.key, r.name = 0, nil, nil
	for len(r.records.rest) > 0 {
		if shared && r.share() {
			continue
		}
		if err := r.pool.join(); err != nil {
			return err
		}
		if err := r.record(); err != nil {
			return err
		}
	}
	return nil
}

// record applies the next record.
func (r *restorer) record() error {
	in := &r.records
	first := in.byte()
	skips := false
	if first&redoWalked != 0 {
		number := in.uvarint()
		skips = r.walk != 0 && number == r.walk
		r.walked(number)
	}
	if first&redoSameKey == 0 {
		r.space, r.name = 0, nil
		if first&redoSpace != 0 {
			r.space = int(min(in.uvarint(), math.MaxInt32))
		}
		r.key = in.bytes()
	}
	if in.bad {
		return errRedo
	}
	if r.space >= len(r.engine.spaces) {
		return errRedoSpace
	}
	op := first & redoOp
	switch op {
	case redoElement:
		return r.element(skips, first&redoSame != 0)
	case redoPut: // most records are, so it is spared what the others take
		form := in.bytes()
		if in.bad {
			return errRedo
		}
		if skips {
			return nil
		}
		return r.applyPut(form)
	}
	apply, err := r.read(op)
	switch {
	case err != nil:
		return err
	case in.bad:
		return errRedo
	case skips:
		return nil
	}
	return apply()
}

// walked says that there was a walk of a number.
func (r *restorer) walked(number uint64) {
	if w := &r.engine.walks; number > w.Load() && number < math.MaxInt64 {
		w.Store(number)
	}
}

// read reads what a record has behind its key, and returns what applies it.
func (r *restorer) read(op byte) (apply func() error, err error) {
	in := &r.records
	switch op {
	case redoDelta:
		delta := in.bytes()
		return func() error { return r.change(func(p *entryRef) error { return r.applyDelta(p, delta) }) }, nil
	case redoDeltaOf:
		space, key, delta := in.uvarint(), in.bytes(), in.bytes()
		return func() error { return r.applyDeltaOf(space, key, delta) }, nil
	case redoEnd:
		return func() error {
			return r.change(func(p *entryRef) error {
				if p.ref == 0 { // an alias that leads nowhere is gone when it is looked for
					return nil
				}
				return p.end()
			})
		}, nil
	case redoExpiry:
		at := in.int64()
		return func() error { return r.change(func(p *entryRef) error { return p.restoreExpiry(at) }) }, nil
	case redoRange:
		length, from, part := in.uvarint(), in.uvarint(), in.bytes()
		return func() error { return r.change(func(p *entryRef) error { return p.restoreRange(length, from, part) }) }, nil
	case redoUse:
		at := in.int64()
		return func() error { return r.change(func(p *entryRef) error { return p.restoreUse(at) }) }, nil
	case redoSave:
		save := readSave(in)
		return func() error { return r.change(func(p *entryRef) error { return p.restoreSave(&save) }) }, nil
	}
	return r.readOther(op)
}

// readOther is read for what is not about one entry alone.
func (r *restorer) readOther(op byte) (apply func() error, err error) {
	in, e, key := &r.records, r.engine, r.key
	switch op {
	case redoTransfer:
		moves, space, to := in.byte(), in.uvarint(), in.bytes()
		return func() error { return r.transfer(moves == 1, space, to) }, nil
	case redoAlias:
		token, alias := uint64(in.int64()), oldID{order: uint64(in.int64())}
		alias.until = in.int64()
		at, id := in.int64(), in.bytes()
		return func() error { return r.change(func(p *entryRef) error { return p.restoreAlias(token, alias, at, id) }) }, nil
	case redoFlush:
		return func() error { return e.Flush(context.Background(), r.op(), false) }, nil
	case redoSwap:
		with := in.uvarint()
		return func() error {
			if with >= uint64(len(e.spaces)) {
				return errRedoSpace
			}
			return e.SwapKeyspaces(context.Background(), r.op(), r.space, int(with))
		}, nil
	case redoCondemn:
		var spared []byte
		if in.byte() == 1 {
			spared = in.bytes()
		}
		return func() error {
			_, err := e.DestroyPrincipal(context.Background(), r.op(), key, spared)
			for err == nil && e.space(r.space).sweepStep(r.op()) {
				// They are gone by the time that another session gets one of their ids.
			}
			return err
		}, nil
	case redoSnapshot:
		number := in.uvarint()
		return func() error {
			r.walk = number
			r.walked(number)
			return nil
		}, nil
	}
	return nil, errRedo
}

// op returns an operation in the keyspace of the record.
func (r *restorer) op() store.Op { return store.Op{Keyspace: r.space, Now: frozen} }

// lock locks the shard of the record's key, and returns what is stored under the key, which may be nothing.
func (r *restorer) lock() entryRef {
	k := r.engine.space(r.space)
	hash := k.hash(r.key)
	s := &k.shards[k.shardOf(hash)]
	s.mu.Lock()
	return s.at(hash, r.key, frozen)
}

// change has what is stored under the record's key changed.
func (r *restorer) change(do func(p *entryRef) error) error {
	p := r.lock()
	defer p.unlock()
	return do(&p)
}

func (r *restorer) applyPut(form []byte) error {
	p := r.lock()
	defer p.unlock()
	return r.put(&p, form)
}

// applyDelta changes an entry.
func (r *restorer) applyDelta(p *entryRef, delta []byte) (err error) {
	if p.ref == 0 || p.is(tagAlias) {
		return errRedoEntry
	}
	r.base = p.appendForm(r.base[:0])
	if r.form, err = appendFromDelta(r.form[:0], r.base, delta, headOfForm(r.base)); err != nil {
		return err
	}
	if isLarge(p.entry) {
		return p.restoreHead(r.form)
	}
	return r.put(p, r.form)
}

// applyDeltaOf stores an entry that is like another one.
func (r *restorer) applyDeltaOf(space uint64, key, delta []byte) error {
	if space >= uint64(len(r.engine.spaces)) {
		return errRedoSpace
	}
	of := restorer{engine: r.engine, space: int(space), key: key}
	err := of.change(func(p *entryRef) error {
		if p.ref == 0 || p.is(tagAlias) {
			return errRedoEntry
		}
		r.base = p.appendForm(r.base[:0])
		return nil
	})
	if err != nil {
		return err
	}
	if r.form, err = appendFromDelta(r.form[:0], r.base, delta, headOfForm(r.base)); err != nil {
		return err
	}
	return r.change(func(p *entryRef) error { return r.put(p, r.form) })
}

// transfer copies or moves an entry.
func (r *restorer) transfer(moves bool, space uint64, to []byte) error {
	if space >= uint64(len(r.engine.spaces)) {
		return errRedoSpace
	}
	o := store.TransferOptions{Keyspace: int(space), Key: to, Replaces: true, Copies: !moves}
	_, done, err := r.engine.TransferKey(context.Background(), r.op(), r.key, o)
	if err == nil && !done {
		err = errRedoEntry
	}
	return err
}

// end ends an entry.
func (p *entryRef) end() error {
	if p.ref == 0 {
		return errRedoEntry
	}
	kindOf(p.entry).removed(*p)
	p.detach()
	return nil
}

// storeScratch stores what is in the scratch, over anything.
func (p *entryRef) storeScratch() error {
	if !p.table.Reserve(p.hash, len(p.scratch)) {
		return store.ErrNoMemory
	}
	if p.ref != 0 && !(tag(p.entry) == tag(p.scratch) && !isLarge(p.entry)) {
		if err := p.end(); err != nil {
			return err
		}
	}
	p.commit()
	return nil
}

// restoreExpiry changes when a string or a collection expires.
func (p *entryRef) restoreExpiry(at int64) error {
	if p.ref == 0 || at < store.Never {
		return errRedoEntry
	}
	switch k := kindOf(p.entry).(type) {
	case stringKind:
		if err := p.reserveExpiry(at); err != nil {
			return err
		}
		p.expireString(at)
		return nil
	case collectionKind:
		return k.expire(p, at)
	}
	return errRedoEntry
}

// restoreRange changes a part of a string.
func (p *entryRef) restoreRange(length, from uint64, part []byte) error {
	if !p.is(tagString) || length > maxString || from > length || uint64(len(part)) > length-from {
		return errRedoEntry
	}
	old, expiry := stringText(p.entry), stringExpires(p.entry)
	if err := p.reserve(sizeOfString(len(p.key), int(length), expiry)); err != nil {
		return err
	}
	p.resizeString(old[:min(uint64(len(old)), length)], int(length), expiry, func(value []byte, _ int) bool {
		copy(value[from:], part)
		return true
	})
	return nil
}

// restoreAlias stores an alias.
func (p *entryRef) restoreAlias(token uint64, alias oldID, at int64, id []byte) error {
	if len(p.key) == 0 || len(p.key) > store.MaxSessionID || len(id) == 0 || len(id) > store.MaxSessionID ||
		token > math.MaxInt64 || alias.order > math.MaxInt64 {
		return errForm
	}
	if p.ref != 0 {
		if err := p.end(); err != nil {
			return err
		}
	}
	a := &p.space.aliases
	p.scratch = appendAlias(p.scratch[:0], p.key, token, alias.until)
	if !p.table.Reserve(p.hash, len(p.scratch)) {
		return store.ErrNoMemory
	}
	alias.hash = p.space.hash(p.key)
	a.met(max(token, alias.order))
	p.beside += a.add(token, id, alias, at)
	p.commit()
	a.entries.Add(1)
	a.bytes.Add(int64(len(p.entry)))
	return nil
}
