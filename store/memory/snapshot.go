package memory

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// A snapshot walks each shard in the order of hashes, a step under its lock at a time. It takes the entries as they are
// then. Whatever changes an entry tells in its record whether the walk is still to meet it. Then the snapshot has the
// change, and a restore from that snapshot leaves the record out. So nothing is kept beside, and nothing is copied
// before it changes. Of a large collection some elements at a time are taken, and it is the same with each of them.
//
// One case holds a lock for long: a large collection of which a walk has met a part, and which gets another key. It is
// recorded whole, since no record can say what a copy of a part is.

// walkStep is what a walk does at most under the lock of a shard.
type walkStep struct {
	entries  int // looked at
	elements int // of a large collection
	bytes    int // of records, before the last of these
	text     int // bytes of a string
}

// defaultWalkStep takes some microseconds, for which who waits for a lock need not sleep.
var defaultWalkStep = walkStep{8, 32, 4 << 10, 64 << 10}

const (
	walkNodes  = 16       // nodes passed over for an entry
	chunkBytes = 16 << 10 // handed out at once; keptRedo has room for it and a step
	keptByWalk = 4 << 20  // kept for the next large entry: new memory costs more under a lock than the copy
)

var (
	errNoRecorder = errors.New("memory: a snapshot is of no use without a log")
	errSnapshot   = errors.New("memory: a snapshot is under way")
)

// walk is that of a snapshot under way.
type walk struct {
	number uint64
	engine *Engine
	out    redo // what it has met and not handed out
	long   longString
	space  int // where it is
	shard  int
	// condemned has the principals whose sessions were destroyed together since the walk began. It is changed while all
	// shards of the keyspace are locked.
	condemned map[int]map[string]bool
	swapped   atomic.Bool // what is left may be where it has been
}

// part is a large collection of which a walk has met some elements.
type part struct {
	hash uint32
	key  []byte
	root int      // the tree that it is in: it has met all elements of those before
	last tree.Key // the last one that it has met, if met is not 0
	met  int      // how many it has met; in a list, those before this position
	took int      // how many of them the snapshot has
}

func (p *part) aheadOfKey(root int, k *tree.Key) bool {
	if root != p.root {
		return root > p.root
	}
	return p.met == 0 || lessKey(p.last, *k)
}

func (p *part) aheadOf(root, i int) bool {
	if root != p.root {
		return root > p.root
	}
	return i >= p.met
}

// move says that n elements of a list have come before those ahead.
func (p *part) move(root, n int) {
	if root == p.root {
		p.met += n
	}
}

// walkedPast reports whether no walk is still to meet the entries of a hash.
func (s *shard) walkedPast(hash uint32) bool { return s.walk == nil || uint64(hash) < s.walked }

// partOf returns the part that a walk has met of the entry, nil if it has met all or nothing.
func (p *entryRef) partOf() *part {
	for _, x := range p.parts {
		if x.hash == p.hash && bytes.Equal(x.key, p.key) {
			return x
		}
	}
	return nil
}

// dropPart says that the entry ends, of which a walk may have met a part. Its end is told of as if it had met all.
func (p *entryRef) dropPart() {
	for i, x := range p.parts {
		if x.hash == p.hash && bytes.Equal(x.key, p.key) {
			p.parts = append(p.parts[:i:i], p.parts[i+1:]...)
			return
		}
	}
}

// standing says how much of an entry a walk has met.
type standing uint8

const (
	standsAhead standing = iota // nothing
	standsPart
	standsBehind // all, or there is no walk
)

func (p *entryRef) standing() standing {
	switch {
	case !p.walkedPast(p.hash):
		return standsAhead
	case p.partOf() != nil:
		return standsPart
	}
	return standsBehind
}

// Snapshot implements store.Durable.
func (e *Engine) Snapshot(began func(), emit func(chunk []byte) error) error {
	if !e.snapshots.TryLock() {
		return errSnapshot
	}
	defer e.snapshots.Unlock()
	w := e.beginWalk(began)
	if w == nil {
		return errNoRecorder
	}
	defer e.endWalk(w)
	since := time.Now() // it emitted, or slept
	for more := true; more; {
		if more = w.step(); len(w.out.records) >= chunkBytes && w.long.shard == nil || !more && len(w.out.records) > 0 {
			if err := emit(w.out.records); err != nil {
				return err
			}
			w.out.reset()
			since = time.Now()
		} else if time.Since(since) >= workSlice { // as where there are only nodes
			time.Sleep(restSlice)
			since = time.Now()
		}
	}
	return nil
}

// step does a step, and reports whether there are more.
func (w *walk) step() (more bool) {
	if w.long.shard != nil {
		w.stepOfString()
		return true
	}
	for again := true; again; again = w.swapped.Swap(false) {
		if w.stepFrom() {
			return true
		}
		w.space, w.shard = 0, 0
	}
	return false
}

// stepFrom does a step in the first shard from one on where there is more, and reports whether there was one.
func (w *walk) stepFrom() bool {
	for ; w.space < len(w.engine.spaces); w.space, w.shard = w.space+1, 0 {
		if k := w.engine.spaces[w.space].Load(); k != nil && w.shard < len(k.shards) {
			if !k.shards[w.shard].walkSome(w) {
				w.shard++
			}
			return true
		}
	}
	return false
}

// beginWalk begins a walk between two steps. It returns nil where nobody records.
func (e *Engine) beginWalk(began func()) *walk {
	unlock := e.lockEverything()
	defer unlock()
	if e.recorder == nil {
		return nil
	}
	w := &walk{number: e.walks.Add(1), engine: e, condemned: map[int]map[string]bool{}}
	w.out.ofWalk, w.out.keeps = true, keptByWalk
	w.out.records = binary.AppendUvarint([]byte{redoFormat, redoSnapshot | redoSameKey}, w.number)
	e.eachShard(func(s *shard) bool {
		s.walk, s.walked, s.parts, s.origin = w, 0, nil, s.space.number
		return true
	})
	began()
	return w
}

// endWalk ends a walk wherever it is.
func (e *Engine) endWalk(w *walk) {
	e.eachShard(func(s *shard) bool {
		s.mu.Lock()
		if s.walk == w {
			s.endWalk()
		}
		s.mu.Unlock()
		return true
	})
}

func (s *shard) endWalk() { s.walk, s.walked, s.parts, s.taking = nil, 0, nil, 0 }

// walkSome does a step of a walk, and reports whether there is more in the shard.
func (s *shard) walkSome(w *walk) (more bool) {
	s.mu.Lock()
	defer s.unlock()
	switch {
	case s.walk != w:
		if w.long.shard == s {
			w.giveUpString()
		}
		return false
	case w.long.shard == s:
		s.walkString(w)
	case len(s.parts) > 0:
		s.walkPart(w)
	case s.walked <= 1<<32-1:
		s.walkEntries(w)
	}
	if s.walked > 1<<32-1 && len(s.parts) == 0 {
		s.endWalk()
	}
	return s.walk != nil
}

// walkEntries takes some entries, and begins with those that are large collections.
func (s *shard) walkEntries(w *walk) {
	limit, entries, nodes, from := &s.space.engine.walkStep, 0, 0, len(w.out.records)
	s.table.PrefetchNext(uint32(s.walked), limit.entries)
	stopped := false // at a string that is taken in pieces
	next, more := s.table.Next(uint32(s.walked), func(x arena.Slot) bool {
		entry := s.table.Slabs.At(x.Ref())
		if tag(entry) == tagNode {
			if nodes++; nodes%walkNodes == 0 {
				entries++
			}
		} else {
			p := entryRef{s, 0, x.Hash(), s.buffer.of(entry), x.Ref(), entry}
			switch {
			case stopped || w.long.done && w.long.is(&p):
				return false
			case w.takesInPieces(&p):
				w.beginString(&p)
				stopped = true
				return false
			}
			p.walk(w)
			entries++
		}
		return entries < limit.entries && len(w.out.records)-from < limit.bytes
	})
	if stopped {
		s.walked = uint64(w.long.hash)
	} else if s.walked = uint64(next); !more {
		s.walked = 1 << 32
	}
}

// walk takes an entry.
func (p *entryRef) walk(w *walk) {
	out := &w.out
	switch {
	case p.is(tagAlias):
		p.walkAlias(out)
		return
	case p.isCondemned(p.entry):
		return
	case p.is(tagSession) && len(w.condemned) > 0:
		if name := readBody(p.entry).principal; w.condemned[p.space.number][string(name)] {
			out = p.redo // the log has it behind the end of all that there were before
		}
	}
	out.beginPart(redoPut, p.shard, p.key, false)
	out.records = p.appendSizedForm(out.records)
	if isLarge(p.entry) {
		p.parts = append(p.parts, &part{hash: p.hash, key: bytes.Clone(p.key)})
	}
}

// walkAlias takes an alias that leads to a session.
func (p *entryRef) walkAlias(out *redo) {
	id, alias := p.space.aliases.target(tokenOf(p.entry), p.space.hash(p.key))
	if id != nil {
		out.beginPart(redoAlias, p.shard, p.key, false)
		out.alias(tokenOf(p.entry), alias, 0, id)
	}
}

// walkPart takes some elements of a large collection.
func (s *shard) walkPart(of *walk) {
	limit, x := &s.space.engine.walkStep, s.parts[0]
	p := entryRef{shard: s, hash: x.hash, key: x.key}
	if p.ref, p.entry = lookup(&s.table, p.hash, p.key); p.ref == 0 {
		panic("memory: a walk has lost a collection")
	}
	t := p.beginTreeAt(x.root)
	w := treeWatch{shard: s, hash: x.hash, key: x.key, root: x.root, order: t.Order(), out: &of.out}
	var c tree.Cursor
	left, from := limit.elements, len(of.out.records)
	ok := x.seek(&c, t)
	for ; ok && left > 0 && len(of.out.records)-from < limit.bytes; ok = c.Next() {
		item := c.Item()
		w.tellOf(x.took, item)
		x.met++
		x.took++
		left--
		x.last.Prefix, x.last.Name = item.Prefix, append(x.last.Name[:0], item.Name...)
	}
	if ok {
		return
	}
	if x.root++; x.root < kindOf(p.entry).(collectionKind).orders().count() {
		x.met, x.took = 0, 0
		return
	}
	s.parts = s.parts[1:]
}

// seek goes to the first element that the walk has not met.
func (x *part) seek(c *tree.Cursor, t *tree.Tree) bool {
	switch {
	case x.met == 0 || !t.Order().Named():
		return c.SeekAt(t, x.met)
	case !c.Seek(t, x.last):
		return false
	}
	if item := c.Item(); item.Prefix == x.last.Prefix && bytes.Equal(item.Name, x.last.Name) {
		return c.Next()
	}
	return true
}
