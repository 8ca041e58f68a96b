package memory

import (
	"bytes"
	"context"
	"hash/maphash"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"sessd/store"
	"sessd/store/memory/arena"
)

// principals knows the sessions of each principal of a keyspace by the hashes of their ids, which stay what they are
// when entries move. A session without a principal costs nothing here. The locks of its parts are taken under those of
// shards and hold for one call.
type principals struct {
	engine    *Engine
	parts     [principalParts]principalPart
	condemned atomic.Int64 // sessions that were destroyed and are still in their shards
}

const (
	principalParts = 16
	partShift      = 60 // of a hash

	// fewSessions is the number of sessions up to which a principal's hashes are in its entry. Those of one with more
	// are in a set, until it has none.
	fewSessions = 128
	manyMark    = 0xffff // stands for their number
)

type principalPart struct {
	mu        sync.Mutex
	table     arena.Table
	sets      map[string]*idSet   // of the principals with many sessions
	condemned map[string][]*idSet // sessions that were destroyed and are still in their shards (condemned.go)
	count     int
	counted   int64
	extra     int64 // bytes of the sets
}

func (p *principals) init(e *Engine) {
	p.engine = e
	for i := range p.parts {
		p.parts[i].table = e.newTable()
	}
}

// lock returns the part of a principal, locked, and its hash.
func (p *principals) lock(name []byte) (*principalPart, uint32) {
	hash := maphash.Bytes(p.engine.seed, name)
	part := &p.parts[hash>>partShift]
	part.mu.Lock()
	return part, uint32(hash)
}

// unlock unlocks a part, and adds to grown by how many bytes it has grown.
func (p *principals) unlock(part *principalPart, grown *int64) {
	if part.table.Reserved {
		part.table.Settle()
	}
	used := part.table.Used() + part.extra
	*grown += used - part.counted
	part.counted = used
	part.mu.Unlock()
}

// add says that a principal has a session whose id has a hash. It returns ErrNoMemory, with nothing changed, when the
// system refuses the memory for that. It returns errPrincipalFull when there are most sessions already, unless most is 0. As
// remove and move it adds to grown by how many bytes the memory grows.
func (p *principals) add(name []byte, id uint64, most int, grown *int64) error {
	part, hash := p.lock(name)
	defer p.unlock(part, grown)
	r, entry := lookup(&part.table, hash, name)
	if most > 0 && part.number(entry, name) >= most {
		return errPrincipalFull
	}
	if !part.addHash(name, id, hash, r, entry) {
		return store.ErrNoMemory
	}
	return nil
}

// number returns how many sessions a principal has, whose entry is nil where it has none.
func (part *principalPart) number(entry, name []byte) int {
	if entry == nil {
		return 0
	}
	n := get16(entry, principalCount)
	if n == manyMark {
		n = part.sets[string(name)].count
	}
	return n
}

// addHash adds a hash to those of a principal. It returns false, with nothing changed, when the system refuses the memory.
func (part *principalPart) addHash(name []byte, id uint64, hash uint32, r arena.Ref, entry []byte) bool {
	if r == 0 {
		if !part.table.Reserve(hash, principalSize+len(name)+8) {
			return false
		}
		_, entry = part.table.Add(hash, principalSize+len(name)+8)
		entry[0] = tagPrincipal
		set16(entry, principalCount, 1)
		set32(entry, principalName, len(name))
		copy(entry[principalSize:], name)
		set64(entry, principalSize+len(name), int64(id))
		part.count++
		return true
	}
	at, n := principalSize+len(name), get16(entry, principalCount)
	switch {
	case n == manyMark:
		return part.addTo(part.sets[string(name)], id)
	case n == fewSessions:
		return part.makeSet(hash, r, name, id)
	}
	larger, ok := part.resize(hash, r, entry, at+8*(n+1))
	if !ok {
		return false
	}
	set64(larger, at+8*n, int64(id))
	set16(larger, principalCount, n+1)
	return true
}

// addTo adds a hash to a set.
func (part *principalPart) addTo(set *idSet, id uint64) bool {
	if n := set.Splits(slotOfHash(id).Hash()); n > 0 && !part.table.Promise(arena.SlabCounts{arena.SegmentPool: n}) {
		return false
	}
	part.extra -= set.Bytes
	set.add(id)
	part.extra += set.Bytes
	return true
}

// dropFrom removes a hash from a set, and reports whether it was there.
func (part *principalPart) dropFrom(set *idSet, id uint64) bool {
	part.extra -= set.Bytes
	found := set.drop(id)
	part.extra += set.Bytes
	return found
}

// makeSet makes a set of the hashes in a principal's entry and one more.
func (part *principalPart) makeSet(hash uint32, r arena.Ref, name []byte, id uint64) bool {
	segments := arena.SplitsAtMost + 4*fewSessions/part.table.Index.Most
	if !part.table.Promise(arena.SlabCounts{arena.SegmentPool: segments}) {
		return false
	}
	entry, at := part.table.At(r), principalSize+len(name)
	set := newIDSet(part.table.Index.Pages, part.table.Index.Most)
	for i := range fewSessions {
		set.add(uint64(get64(entry, at+8*i)))
	}
	set.add(id)
	if part.sets == nil {
		part.sets = make(map[string]*idSet)
	}
	part.sets[string(name)] = set
	part.extra += set.size(name)
	set16(entry, principalCount, manyMark)
	part.resize(hash, r, entry, at)
	return true
}

// need returns by how many bytes the memory grows when a principal has one more session, whose id has a hash.
func (p *principals) need(name []byte, id uint64) int64 {
	if len(name) == 0 || p.engine.limits.Load().MaxMemory <= 0 {
		return 0
	}
	part, hash := p.lock(name)
	defer part.mu.Unlock()
	r, entry := lookup(&part.table, hash, name)
	if r == 0 {
		return int64(part.table.Room(principalSize+len(name)+8)) + part.table.Index.Need(hash)
	}
	switch n := get16(entry, principalCount); n {
	case manyMark:
		return part.sets[string(name)].Need(slotOfHash(id).Hash())
	case fewSessions:
		return 8*4*fewSessions + sizeOfIDSet + int64(len(name))
	default:
		return max(0, int64(part.table.Room(principalSize+len(name)+8*(n+1))-len(entry)))
	}
}

// resize gives a principal's entry a slot for n bytes, with as much of what it has as fits. It returns false, and leaves
// the entry where it is, when the system refuses the memory.
func (part *principalPart) resize(hash uint32, r arena.Ref, entry []byte, n int) ([]byte, bool) {
	if part.table.Fits(r, n) {
		return entry, true
	}
	if !part.table.Reserve(hash, n) {
		return entry, false
	}
	to, grown := part.table.Resize(hash, r, n)
	copy(grown, entry)
	part.table.Drop(r, nil)
	return part.table.At(to), true
}

// remove says that a session of a principal is gone or has another id.
func (p *principals) remove(name []byte, id uint64, grown *int64) {
	part, hash := p.lock(name)
	defer p.unlock(part, grown)
	if p.condemned.Load() != 0 && p.release(part, name, id) {
		return
	}
	r, entry := lookup(&part.table, hash, name)
	at, n := principalSize+len(name), get16(entry, principalCount)
	left := n - 1
	if n == manyMark {
		set := part.sets[string(name)]
		part.dropFrom(set, id)
		if left = set.count; left == 0 {
			delete(part.sets, string(name))
			part.extra -= set.size(name)
		}
	} else {
		for i := range n {
			if get64(entry, at+8*i) == int64(id) {
				set64(entry, at+8*i, get64(entry, at+8*left))
				break
			}
		}
		set16(entry, principalCount, left)
	}
	if left == 0 {
		part.table.Remove(hash, r)
		part.table.Drop(r, nil)
		part.count--
	} else if n != manyMark {
		part.resize(hash, r, entry, at+8*left)
	}
}

// move says that a session of a principal has another id, and maybe another principal. At no moment is it nowhere: one who
// asks meanwhile for a principal's sessions would not wait for this one.
// It returns an error as add does.
func (p *principals) move(former []byte, id uint64, name []byte, newid uint64, most int, grown *int64) error {
	if len(name) > 0 && bytes.Equal(former, name) {
		if !p.replace(name, id, newid, grown) {
			return store.ErrNoMemory
		}
		return nil
	}
	if len(name) > 0 {
		if err := p.add(name, newid, most, grown); err != nil {
			return err
		}
	}
	if len(former) > 0 {
		p.remove(former, id, grown)
	}
	return nil
}

// replace is move within one principal.
func (p *principals) replace(name []byte, id, newid uint64, grown *int64) bool {
	part, hash := p.lock(name)
	defer p.unlock(part, grown)
	_, entry := lookup(&part.table, hash, name)
	at, n := principalSize+len(name), get16(entry, principalCount)
	if n == manyMark {
		set := part.sets[string(name)]
		if !part.addTo(set, newid) {
			return false
		}
		part.dropFrom(set, id)
		set.moves++
		return true
	}
	for i := range n {
		if get64(entry, at+8*i) == int64(id) {
			set64(entry, at+8*i, int64(newid))
			return true
		}
	}
	return true
}

// of returns the hashes of the ids of a principal's sessions, each once.
func (p *principals) of(name []byte) []uint64 {
	part, hash := p.lock(name)
	defer part.mu.Unlock()
	r, entry := lookup(&part.table, hash, name)
	if r == 0 {
		return nil
	}
	var ids []uint64
	if n := get16(entry, principalCount); n == manyMark {
		ids = part.sets[string(name)].some(0, math.MaxInt, nil)
	} else {
		for i := range n {
			ids = append(ids, uint64(get64(entry, principalSize+len(name)+8*i)))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// number returns how many principals have sessions.
func (p *principals) number() int {
	n := 0
	for i := range p.parts {
		p.parts[i].mu.Lock()
		n += p.parts[i].count
		p.parts[i].mu.Unlock()
	}
	return n
}

// reset forgets everything. Every shard is held.
func (p *principals) reset(grown *int64) {
	p.condemned.Store(0)
	for i := range p.parts {
		part := &p.parts[i]
		part.mu.Lock()
		part.table.FreeAll()
		part.eachSet(func(_ string, set *idSet) { set.FreeAll() })
		part.table, part.sets, part.condemned, part.count, part.extra = p.engine.newTable(), nil, nil, 0, 0
		p.unlock(part, grown)
	}
}

// holdPrincipal locks the shards of a principal's sessions, and those of the keys, and returns the hashes of the
// sessions' ids. It reads them before it locks, and again after, until it has locked enough.
func (e *Engine) holdPrincipal(op store.Op, name []byte, keys [][]byte) (lockSet, []uint64) {
	h := e.lockSet(op)
	for _, key := range keys {
		h.wanted.add(h.space.shardOf(h.space.hash(key)))
	}
	h.include(h.space.principals.of(name))
	h.lock()
	for {
		ids := h.space.principals.of(name)
		enough := h.include(ids)
		if h.coversAliases(keys, 1) && enough {
			return h, ids
		}
		h.relock()
	}
}

// include wants the shards of hashes, and reports whether they are all locked.
func (h *lockSet) include(hashes []uint64) bool {
	all := true
	for _, hash := range hashes {
		shard := h.space.shardOf(hash)
		h.wanted.add(shard)
		all = all && h.locked.has(shard)
	}
	return all
}

// session visits the live sessions of a principal whose ids have a hash, of which there is nearly always one.
func (h *lockSet) session(name []byte, hash uint64, visit func(p *entryRef)) {
	s := &h.space.shards[h.space.shardOf(hash)]
	g := s.table.Segment(uint32(hash))
	if g == nil {
		return
	}
	for i := g.Seek(uint32(hash)); g.Has(i, uint32(hash)); i++ {
		p := s.refTo(g.Ref(i), h.now)
		if tag(p.entry) != tagSession || h.space.hash(p.key) != hash || !bytes.Equal(readBody(p.entry).principal, name) {
			continue
		}
		if s.hasExpired(p.entry, h.now) {
			p.remove(store.Expired)
		} else if s.elementsDue(p.entry) <= h.now {
			p.expireElements()
		} else {
			visit(&p)
			if p.ref != 0 {
				continue
			}
		}
		h.session(name, hash, visit) // what is behind it has moved, or it has
		return
	}
}

// PrincipalSessions implements store.Sessions.
func (e *Engine) PrincipalSessions(_ context.Context, op store.Op, principal []byte) ([][]byte, error) {
	var ids [][]byte
	err := e.eachOf(op, principal, func(p *entryRef) { ids = append(ids, bytes.Clone(p.key)) })
	return ids, err
}

// DestroyPrincipal implements store.Sessions.
func (e *Engine) DestroyPrincipal(_ context.Context, op store.Op, principal, except []byte) (int, error) {
	if len(principal) == 0 {
		return 0, nil
	}
	if e.spaceOf(op).principals.hasMany(principal) {
		if n, done, err := e.condemn(op, principal, except); done || err != nil {
			return n, err
		}
	}
	var keys [][]byte
	if except != nil {
		keys = [][]byte{except}
	}
	h, hashes := e.holdPrincipal(op, principal, keys)
	defer h.unlock()
	var spared []byte
	if except != nil {
		if p := h.find(except); p.ref != 0 {
			spared = bytes.Clone(p.key)
		}
	}
	n := 0
	for _, hash := range hashes {
		h.session(principal, hash, func(p *entryRef) {
			if spared == nil || !bytes.Equal(p.key, spared) {
				p.remove(store.Destroyed)
				n++
			}
		})
	}
	return n, nil
}
