package memory

import (
	"bytes"
	"slices"

	"sessd/store"
)

// The sessions of a principal with many are destroyed in one step for everybody, and taken out of their shards later.
// Until then the set of their hashes is one of condemned sessions. While there are any, whoever meets a session of a
// principal looks there, and finds nothing where its hash is. A session that is made anew under such an id takes the
// condemned one out first. So a hash is never in a set of both kinds.

// Steps of work on many sessions of a principal.
const (
	sweepBatch = 64  // sessions taken out under one lock
	listBatch  = 512 // hashes read under one lock
	listPasses = 8   // over the hashes that have come while a list was made
)

// hasMany reports whether a principal's sessions are in a set.
func (p *principals) hasMany(name []byte) bool {
	part, hash := p.lock(name)
	defer part.mu.Unlock()
	_, entry := lookup(&part.table, hash, name)
	return entry != nil && get16(entry, principalCount) == manyMark
}

// ManySessions implements store.Estimator.
func (e *Engine) ManySessions(op store.Op, principal []byte) bool {
	return e.spaceOf(op).principals.hasMany(principal)
}

// eachSet visits all sets with the names of their principals.
func (part *principalPart) eachSet(visit func(name string, set *idSet)) {
	for name, set := range part.sets {
		visit(name, set)
	}
	for name, list := range part.condemned {
		for _, set := range list {
			visit(name, set)
		}
	}
}

// isCondemned reports whether the session of a principal whose id has a hash is one of those that were destroyed.
func (p *principals) isCondemned(name []byte, id uint64) bool {
	part, _ := p.lock(name)
	defer part.mu.Unlock()
	return slices.ContainsFunc(part.condemned[string(name)], func(set *idSet) bool { return set.has(id) })
}

// release takes a condemned session off its list, and reports whether it was on one.
func (p *principals) release(part *principalPart, name []byte, id uint64) bool {
	list := part.condemned[string(name)]
	i := slices.IndexFunc(list, func(set *idSet) bool { return part.dropFrom(set, id) })
	if i < 0 {
		return false
	}
	p.condemned.Add(-1)
	if set := list[i]; set.count == 0 {
		part.extra -= set.size(name)
		if part.condemned[string(name)] = slices.Delete(list, i, i+1); len(list) == 1 {
			delete(part.condemned, string(name))
		}
	}
	return true
}

// condemn takes a principal's set from it, but for the hash that is to be spared, and returns how many sessions that are.
// done is false when the principal has no set any more. Every shard is held.
func (p *principals) condemn(name []byte, spared uint64, grown *int64) (n int, done bool, err error) {
	part, hash := p.lock(name)
	defer p.unlock(part, grown)
	r, entry := lookup(&part.table, hash, name)
	if entry == nil || get16(entry, principalCount) != manyMark {
		return 0, false, nil
	}
	set, at := part.sets[string(name)], principalSize+len(name)
	if set.has(spared) {
		grown, ok := part.resize(hash, r, entry, at+8)
		if !ok {
			return 0, false, store.ErrNoMemory
		}
		set64(grown, at, int64(spared))
		set16(grown, principalCount, 1)
		part.dropFrom(set, spared)
	} else {
		part.table.Remove(hash, r)
		part.table.Drop(r, nil)
		part.count--
	}
	delete(part.sets, string(name))
	if set.count == 0 {
		part.extra -= set.size(name)
		return 0, true, nil
	}
	if part.condemned == nil {
		part.condemned = make(map[string][]*idSet)
	}
	part.condemned[string(name)] = append(part.condemned[string(name)], set)
	p.condemned.Add(int64(set.count))
	return set.count, true, nil
}

// someCondemned returns some condemned sessions of one principal, all in the same shard, or nothing.
func (p *principals) someCondemned(k *keyspace) (name string, ids []uint64) {
	for i := range p.parts {
		part := &p.parts[i]
		part.mu.Lock()
		for of, list := range part.condemned {
			name, ids = of, list[0].some(0, sweepBatch, nil)
			break
		}
		part.mu.Unlock()
		if ids != nil {
			shard := k.shardOf(ids[0])
			end := slices.IndexFunc(ids, func(id uint64) bool { return k.shardOf(id) != shard })
			if end >= 0 {
				ids = ids[:end]
			}
			break
		}
	}
	return name, ids
}

// isCondemned reports whether an entry is a session that was destroyed.
func (s *shard) isCondemned(entry []byte) bool {
	if s.space.principals.condemned.Load() == 0 || tag(entry) != tagSession || !flagged(entry, flagPrincipal) {
		return false
	}
	return s.space.principals.isCondemned(readBody(entry).principal, s.space.engine.hashOf(entry))
}

// condemn destroys the many sessions of a principal but the one under except. Those that have expired are taken out before,
// as far as that takes no time. done is false when they are not so many any more.
func (e *Engine) condemn(op store.Op, principal, except []byte) (n int, done bool, err error) {
	h, _ := e.holdLive(op)
	defer h.unlock()
	var spared []byte
	var sparedHash uint64
	if except != nil {
		if p := h.find(except); p.is(tagSession) && bytes.Equal(readBody(p.entry).principal, principal) {
			spared, sparedHash = bytes.Clone(p.key), h.space.hash(p.key)
		}
	}
	first := &h.space.shards[0]
	n, done, err = h.space.principals.condemn(principal, sparedHash, &first.beside)
	if done {
		h.space.tellCondemned(principal, spared)
		first.emitDestroyedAll(principal, except)
	}
	e.waker.set(immediately)
	return n, done, err
}

// emitDestroyedAll reports that a principal's sessions were destroyed, but one; each of them is reported when it is taken
// out of its shard.
func (s *shard) emitDestroyedAll(principal, except []byte) {
	if o := s.space.engine.observers.Load(); o != nil && o.wants&store.PrincipalEvents != 0 {
		s.report(o, store.Change{
			Event: store.EventDestroyedAll, Type: store.TypeSession, Key: principal, Principal: principal, Former: except, Expiry: store.Never,
		}, nil)
	}
}

// sweep takes condemned sessions, and the nodes of collections that are gone, out of their shards, some at a time, and calls pause between.
func (k *keyspace) sweep(now int64, pause func()) {
	for k.sweepStep(store.Op{Now: now}) {
		pause()
	}
}

// sweepStep takes some condemned sessions or nodes of any keyspace out of a shard, and reports whether there were any.
func (e *Engine) sweepStep(now int64) bool {
	for i := range e.spaces {
		if k := e.spaces[i].Load(); k != nil && k.sweepStep(store.Op{Now: now}) {
			return true
		}
	}
	return false
}

// sweepStep takes some condemned sessions or nodes out of a shard, and reports whether there were any.
func (k *keyspace) sweepStep(op store.Op) bool {
	if k.principals.condemned.Load() == 0 {
		return k.sweepTree(op)
	}
	of, ids := k.principals.someCondemned(k)
	if len(ids) == 0 {
		return k.sweepTree(op)
	}
	name := []byte(of)
	h := lockSet{space: k, tx: txOf(op), now: op.Now, client: op.Client}
	h.wanted.add(k.shardOf(ids[0]))
	h.lock()
	defer h.unlock()
	for _, id := range ids {
		h.session(name, id, func(p *entryRef) {
			if p.isCondemned(p.entry) { // it may be made anew by now
				p.remove(store.Destroyed)
			}
		})
	}
	return true
}

// listMany visits a principal's many live sessions. It holds nothing for longer than a step, so it looks again
// for sessions that got another id meanwhile.
func (k *keyspace) listMany(name []byte, now int64, visit func(p *entryRef)) {
	var seen []uint64
	for range listPasses {
		fresh, moved := k.listPass(name, now, seen, visit)
		if seen = append(seen, fresh...); !moved {
			break
		}
		slices.Sort(seen)
	}
}

// listPass visits those sessions whose hashes are not in seen, which is sorted. It returns their hashes, and
// whether a session got another id meanwhile.
func (k *keyspace) listPass(name []byte, now int64, seen []uint64, visit func(p *entryRef)) (fresh []uint64, moved bool) {
	moves, first := uint64(0), true
	for from := uint64(0); ; {
		some, n := k.principals.some(name, from)
		if first {
			moves, first = n, false
		}
		if len(some) == 0 {
			return fresh, moves != n
		}
		from = some[len(some)-1] + 1
		some = slices.DeleteFunc(slices.Compact(some), func(id uint64) bool {
			_, found := slices.BinarySearch(seen, id)
			return found
		})
		for len(some) > 0 {
			batch := some[:min(len(some), sweepBatch)]
			n := k.listSome(name, batch, now, func(hash uint64, p *entryRef) {
				visit(p)
				fresh = append(fresh, hash)
			})
			some = some[n:]
		}
		if from == 0 {
			return fresh, moves != n
		}
	}
}

// listSome visits the sessions of one shard that the first of some hashes are of, and returns how many hashes these are.
func (k *keyspace) listSome(name []byte, hashes []uint64, now int64, visit func(hash uint64, p *entryRef)) (n int) {
	h := lockSet{space: k, now: now}
	shard := k.shardOf(hashes[0])
	h.wanted.add(shard)
	h.lock()
	defer h.unlock()
	for n < len(hashes) && k.shardOf(hashes[n]) == shard {
		h.session(name, hashes[n], func(p *entryRef) { visit(hashes[n], p) })
		n++
	}
	return n
}

// some returns hashes from one on of a principal's many sessions, and how many have been replaced so far.
func (p *principals) some(name []byte, from uint64) (ids []uint64, moves uint64) {
	part, hash := p.lock(name)
	defer part.mu.Unlock()
	if set := part.sets[string(name)]; set != nil {
		return set.some(from, listBatch, nil), set.moves
	}
	_, entry := lookup(&part.table, hash, name)
	if entry == nil {
		return nil, 0
	}
	for i := range get16(entry, principalCount) { // it has few by now
		if id := uint64(get64(entry, principalSize+len(name)+8*i)); id >= from {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, 0
}
