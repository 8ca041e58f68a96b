package memory

import (
	"sync/atomic"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// shard is a part of a keyspace under one lock.
type shard struct {
	space  *keyspace
	number int // in its keyspace

	mu        shardLock
	table     arena.Table
	shapes    shapeTable
	timeouts  timeoutTable
	count     counters
	editor    sessionEditor
	locks     map[string]*sessionLock // by the id of the session; nil: there are none
	lockBytes int64                   // what they are counted for
	buffer    keyBuffer               // of the key of an entry that was found by its place
	digits    [20]byte                // of a number that a string becomes
	scratch   []byte                  // where entries are written before their size is known
	counted   int64                   // bytes that the engine knows of
	beside    int64                   // bytes by which what is outside of the shard has grown with it, that the engine does not know of
	claimed   int64                   // bytes of the limit that are claimed for what is done under the lock
	named     int64                   // bytes of shapes among them
	cursor    arena.EvictionCursor    // where eviction looks next
	late      bool                    // the entry looked up last has more elements that have ended than are removed at once
	skipped   int64                   // operations since the shard was last checked
	tx        *tx                     // the step of several operations that has the lock; nil: there is none
	step      uint64                  // number of the step under way; 0: it has none yet
	client    int64                   // whose operation has the lock, for observers
	silent    bool                    // an entry is built, of which observers are told when it is whole
	change    store.Change            // of which observers are told
	changed   changedEntry            // by it

	open        [2]openTree            // the trees of the collection under change
	ahead       *openTree              // the tree whose elements are asked for soon; nil: none was
	root        int                    // which of them was opened last
	scored      [8]byte                // the score that a member gets
	ends        *[2]keptEnd            // of the large list or sorted set that was pushed or popped last; nil: none was
	required    treeDemand             // by the operation under way
	orphans     []orphan               // trees whose collections are gone
	cuts        int                    // how many of these are parts of collections that are there
	trees       atomic.Int32           // how many these are, for those who have not locked the shard
	longChanges uint64                 // of long strings that were there
	staged      []*stagedCollection    // collections that have no key yet
	views       map[uint64]*view       // of large collections, by token; nil: there are none
	hints       map[uint64]*tree.Hints // of trees, by token; nil: there are none

	// What the counters say, for those who have not locked the shard.
	published [groups]publishedCount

	// What a log is told; redo.go and snapshot.go.
	recorder store.Recorder // nil: nobody records; changes while every shard is locked
	redo     *redo          // of the step under way: its own, or that of another shard
	ownRedo  redo
	walk     *walk   // under way in the shard; nil: there is none
	origin   int     // keyspace where the entries were when it began
	walked   uint64  // it has met all entries with hashes below
	parts    []*part // of large collections that it has met
	taking   uint64  // 1 more than the hash of the string that it takes in pieces; 0: none, or it has changed
}

// counters are a shard's part of the engine's report.
type counters struct {
	types  [store.MaxTypes]int // entries by type
	groups [groups]groupCount  // entries by group

	created, saved, loaded, rotated, refused, conflicts, hits, misses uint64
	expiredFields                                                     uint64
	removed                                                           [store.MaxTypes][causes]uint64
}

// keys returns the number of entries that are keys.
func (c *counters) keys() int { return c.groups[groupKeys].entries }

// causes is the number of causes of a removal.
const causes = int(store.Evicted) + 1

// checkedBytes is the size of entries up to which a shard is checked after every operation.
const checkedBytes = 4 << 10

// maxScratch is the greatest scratch that is kept, in bytes. What shards keep is not counted, so it is small.
const maxScratch = 64 << 10

func (s *shard) init(k *keyspace, number int) {
	s.space, s.number = k, number
	s.recorder, s.redo = k.engine.recorder, &s.ownRedo
	s.table = k.engine.newTable()
	s.shapes.seed = k.engine.seed
}

// unlock ends what began with taking the lock: the engine learns what memory has changed.
func (s *shard) unlock() {
	grown, claimed := s.settle(), s.claimed
	if s.tx != nil {
		s.claimed = 0
		s.tx.settle(grown, claimed)
		return
	}
	if s.recorder != nil {
		s.endRedo()
	}
	s.space.engine.account(grown, claimed)
	s.unlockSettled()
}

// unlockSettled is unlock once the engine knows what memory has changed.
func (s *shard) unlockSettled() {
	s.step, s.client, s.claimed = 0, 0, 0
	if s.editor.used {
		s.editor.letGo()
	}
	if cap(s.scratch) > maxScratch {
		s.scratch = nil
	}
	s.table.Spoil(s.scratch[:cap(s.scratch)])
	s.mu.Unlock()
}

// settle returns by how many bytes the memory has grown since it was called before.
func (s *shard) settle() (grown int64) {
	if s.table.Reserved {
		s.table.Settle()
	}
	if s.space.engine.checked {
		// A shard of many entries is not checked each time, so that checks cost as much for each entry that was stored.
		if s.skipped++; s.skipped*checkedBytes >= s.table.Slabs.Bytes {
			s.skipped = 0
			s.mustBeSound()
		}
	}
	used := s.used()
	grown = used - s.counted + s.beside
	s.counted, s.beside = used, 0
	s.named = s.shapes.bytes
	s.publish()
	return grown
}

// used returns the bytes that the shard is counted for.
func (s *shard) used() int64 {
	return s.table.Used() + s.shapes.bytes + s.lockBytes + orphanBytes*int64(len(s.orphans))
}

// expires returns when an entry expires, or store.Never.
func (s *shard) expires(entry []byte) int64 {
	switch tag(entry) { // as in keyOf
	case tagSession:
		return sessionKind{}.expiry(s, entry)
	case tagString:
		return stringExpires(entry)
	case tagCollection:
		return collectionExpires(entry)
	}
	return kindOf(entry).expiry(s, entry)
}

// deadline returns when the entry, or an element of it, ends, as a number that compares: none is later than any.
func (s *shard) deadline(entry []byte) int64 {
	return min(deadlineOf(s.expires(entry)), s.elementsDue(entry))
}

// hasExpired reports whether an entry is gone at a time, even though it may not be removed yet.
func (s *shard) hasExpired(entry []byte, now int64) bool {
	d := deadlineOf(s.expires(entry))
	return d <= now && d != arena.NoDeadline
}

// tally counts an entry among those there are (n is 1) or no longer (n is -1).
func (s *shard) tally(entry []byte, n int) {
	k := kindOf(entry)
	t := k.typ()
	if t == store.TypeNone {
		return
	}
	s.count.types[t] += n
	bytes := int64(n) * k.bytes(s, entry)
	in := k.groups(s, entry)
	for g := range groups {
		if in.has(g) {
			s.count.groups[g].entries += n
			s.count.groups[g].bytes += bytes
		}
	}
}

// entryRef is where a key leads, in a shard that is locked. Removing any entry of the shard makes its slot invalid.
type entryRef struct {
	*shard
	now   int64
	hash  uint32
	key   []byte
	ref   arena.Ref // 0: there is no entry
	entry []byte    // the slot of the entry
}

// at returns what is stored under a key of the shard itself, which may be an alias. What has expired is not there, unless
// s.late says that some of its elements are left: then at is to be called again.
func (s *shard) at(hash uint64, key []byte, now int64) (p entryRef) {
	p.seek(s, hash, key, now, nil)
	return p
}

// seek is at into p. m, which may be nil, remembers the place.
func (p *entryRef) seek(s *shard, hash uint64, key []byte, now int64, m *memo) {
	if s.mu.part != nil {
		s.mu.part.meet(hash, key)
	}
	p.shard, p.now, p.hash, p.key = s, now, uint32(hash), key
	var ref arena.Ref
	var entry []byte
	if m == nil {
		ref, entry = lookup(&s.table, uint32(hash), key)
	} else if ref, entry = m.lookup(&s.table, key); s.space.engine.checked {
		m.mustBeSound(&s.table, key, ref)
	}
	if p.ref, p.entry = ref, entry; ref == 0 {
		return
	}
	if s.hasExpired(entry, now) || tag(entry) == tagAlias && !s.space.aliases.knows(tokenOf(entry), hash) {
		p.remove(store.Expired)
	} else if s.isCondemned(entry) {
		p.remove(store.Destroyed)
	} else if s.elementsDue(entry) <= now {
		p.expireElements()
		s.late = p.ref != 0 && s.elementsDue(p.entry) <= now
	}
}

// is reports whether there is an entry of a kind.
func (p *entryRef) is(k byte) bool { return p.ref != 0 && tag(p.entry) == k }

// need returns by how many bytes the memory grows when the entry becomes one of n bytes.
func (p *entryRef) need(n int) int64 {
	need := int64(p.table.Room(n))
	switch {
	case p.ref == 0:
		need += p.table.Index.Need(p.hash)
	case p.table.Fits(p.ref, n):
		need = 0
	default:
		need -= int64(len(p.entry))
	}
	return need + p.shapes.bytes - p.named
}

// reserve obtains what the entry takes from the system to become one of n bytes, so that place does not fail. It returns
// ErrNoMemory, with nothing changed, when the system refuses.
func (p *entryRef) reserve(n int) error {
	if p.ref != 0 && p.table.Fits(p.ref, n) || p.table.Reserve(p.hash, n) {
		return nil
	}
	return store.ErrNoMemory
}

// place gives the key a slot of n bytes, lets write fill it, and counts what is there then.
func (p *entryRef) place(n int, write func()) {
	s := p.shard
	if s.recorder != nil {
		p.beginChange()
	}
	switch {
	case p.ref == 0:
		p.ref, p.entry = s.table.Add(p.hash, n)
		write()
	case s.table.Fits(p.ref, n):
		s.tally(p.entry, -1)
		s.release(p.entry)
		write()
	default:
		s.tally(p.entry, -1)
		old, entry := p.ref, p.entry
		p.ref, p.entry = s.table.Resize(p.hash, old, n)
		write()
		s.release(entry)
		s.table.Drop(old, s.deadline)
	}
	s.tally(p.entry, 1)
	s.table.NoteDeadline(p.ref, s.deadline(p.entry))
	if s.recorder != nil {
		p.endChange()
	}
}

// release lets go of what an entry that ends or is replaced uses of the shard's tables.
func (s *shard) release(entry []byte) {
	kindOf(entry).release(s, entry)
}

// remove ends an entry. It is the one way out, for every cause; what was destroyed before did not expire since.
func (p *entryRef) remove(cause store.Cause) {
	if p.isCondemned(p.entry) { // which was told of
		cause = store.Destroyed
		p.tellOfNext()
	}
	k := kindOf(p.entry)
	k.removed(*p)
	if t := k.typ(); t != store.TypeNone {
		p.count.removed[t][cause]++
		switch cause {
		case store.Destroyed:
			p.emitEnd(k.destroyed())
		case store.Expired:
			p.emitEnd(store.EventExpired)
		case store.Evicted:
			p.emitEnd(store.EventEvicted)
		}
	}
	p.detach()
}

// replace ends an entry over which another of another type is stored. That one's event tells of it, unless the entry's
// own type has an event for its end.
func (p *entryRef) replace() {
	k := kindOf(p.entry)
	k.removed(*p)
	if t := k.typ(); t != store.TypeNone {
		p.count.removed[t][store.Destroyed]++
		if event := k.destroyed(); event != store.EventDel {
			p.emitEnd(event)
		}
	}
	p.detach()
}

// detach takes an entry out of the shard.
func (p *entryRef) detach() {
	s := p.shard
	if s.recorder != nil {
		p.tellEnd()
	}
	s.tally(p.entry, -1)
	s.release(p.entry)
	s.table.Remove(p.hash, p.ref)
	s.table.Drop(p.ref, s.deadline)
	p.ref, p.entry = 0, nil
}

// refTo returns the entryRef of an entry that was found by its place. Its key is valid until the next one is found so: it
// is a copy, since what is done to the entry may move it.
func (s *shard) refTo(r arena.Ref, now int64) entryRef {
	entry := s.table.Slabs.At(r)
	key := s.buffer.copyOf(entry)
	return entryRef{s, now, uint32(s.space.hash(key)), key, r, entry}
}

// reset takes everything out of the shard, and returns the table for its memory to be freed.
func (s *shard) reset() arena.Table {
	old := s.table
	for t, n := range s.count.types {
		s.count.removed[t][store.Destroyed] += uint64(n)
	}
	s.count.types, s.count.groups = [store.MaxTypes]int{}, [groups]groupCount{}
	old = s.keepViews(old)
	s.table = s.space.engine.newTable()
	s.longChanges++
	s.ends = nil
	s.hints = nil
	s.forgetOrphans()
	s.endStaged()
	s.shapes = shapeTable{seed: s.space.engine.seed}
	s.timeouts = timeoutTable{}
	s.locks, s.lockBytes = nil, 0
	return old
}
