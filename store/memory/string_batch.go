package memory

import (
	"bytes"
	"math/bits"
	"sync"

	"sessd/store"
	"sessd/store/memory/arena"
)

// stringBatch is many strings that are set in one step. They are put in order by shard before anything is locked. Then
// all shards are locked for as long as it takes to give each its part, and the strings are set for everybody. Whoever
// looks for a key in a shard with a part takes its string from there first. They are stored some at a time.
type stringBatch struct {
	space  *keyspace
	op     store.Op
	all    []batchedString // by shard, as they came within each
	text   []byte          // their keys and values, in the same order
	parts  []*batchPart
	sizes  demand
	claims int64 // bytes of the limit that were claimed
}

// batchedString is a string of a batch. Lengths, and where its key begins in the text, are in bytes.
type batchedString struct {
	hash       uint64
	at         int32
	key, value int32
	stored     bool
}

// batchPlace is a place among the strings of a batch, and in their text.
type batchPlace struct{ strings, bytes int }

// batchPart is the strings of a batch in one shard. The shard's lock guards it.
type batchPart struct {
	batch *stringBatch
	shard *shard
	all   []batchedString
	index []int32 // by hash, with open addressing: 1 more than a place in all; 0: none
	next  int     // place before which all are stored
	claim int64   // bytes of the limit that are claimed for those that are not stored yet
}

const (
	batchShare = 8        // part of longElements that a batch has more strings than
	batchBytes = 64 << 20 // of keys and values, at most
	indexBytes = 32       // of the index, for each string at most, beside a segment for each shard
)

// shardLock is the lock of a shard.
type shardLock struct {
	sync.Mutex
	part *batchPart // strings that are set, and not stored yet; nil: none
}

// Lock locks the shard with all strings stored.
func (l *shardLock) Lock() {
	l.Mutex.Lock()
	if l.part != nil {
		l.part.storeSome(len(l.part.all))
	}
}

// lockForKeys locks the shard for what looks at nothing but keys that entryRef.seek finds.
func (l *shardLock) lockForKeys() { l.Mutex.Lock() }

// newStringBatch returns nil where the strings are few, have too many bytes, or one has a mapping of its own.
func (e *Engine) newStringBatch(op store.Op, pairs [][]byte) *stringBatch {
	n, total := len(pairs)/2, 0
	if op.Tx != nil || n <= e.longElements/batchShare {
		return nil
	}
	b := &stringBatch{space: e.spaceOf(op), op: op, all: make([]batchedString, n)}
	b.op.May = nil
	hashes, begins := make([]uint64, n), [maxShards + 1]batchPlace{}
	for i := range hashes {
		key, value := pairs[2*i], pairs[2*i+1]
		size := sizeOfString(len(key), len(value), store.Never)
		if total += len(key) + len(value); total > batchBytes || !b.sizes.add(e.sizes, size) {
			return nil
		}
		hashes[i] = b.space.hash(key)
		next := &begins[b.space.shardOf(hashes[i])+1]
		next.strings++
		next.bytes += len(key) + len(value)
	}
	for i := range maxShards {
		begins[i+1].strings += begins[i].strings
		begins[i+1].bytes += begins[i].bytes
	}
	b.text = make([]byte, total)
	places := begins
	for i, hash := range hashes {
		key, value := pairs[2*i], pairs[2*i+1]
		at := &places[b.space.shardOf(hash)]
		b.all[at.strings] = batchedString{hash: hash, at: int32(at.bytes), key: int32(len(key)), value: int32(len(value))}
		at.strings++
		at.bytes += copy(b.text[at.bytes:], key)
		at.bytes += copy(b.text[at.bytes:], value)
	}
	for i := range b.space.shards {
		if from, to := begins[i].strings, begins[i+1].strings; from < to {
			b.parts = append(b.parts, newBatchPart(b, &b.space.shards[i], b.all[from:to]))
		}
	}
	return b
}

func newBatchPart(b *stringBatch, s *shard, all []batchedString) *batchPart {
	p := &batchPart{batch: b, shard: s, all: all, index: make([]int32, 2<<bits.Len(uint(len(all))))}
	for i := range all {
		slot := p.slot(all[i].hash, p.key(&all[i]))
		if former := p.index[slot]; former != 0 {
			all[former-1].stored = true // the later one counts
		}
		p.index[slot] = int32(i + 1)
	}
	return p
}

func (p *batchPart) key(one *batchedString) []byte { return p.batch.text[one.at:][:one.key:one.key] }

// slot returns where the index has a key, or would have it.
func (p *batchPart) slot(hash uint64, key []byte) uint32 {
	mask := uint32(len(p.index) - 1)
	for slot := uint32(hash) & mask; ; slot = (slot + 1) & mask {
		if i := p.index[slot]; i == 0 || p.all[i-1].hash == hash && bytes.Equal(p.key(&p.all[i-1]), key) {
			return slot
		}
	}
}

// set sets the strings. It returns false, with nothing changed, where others are told of changes, there are aliases, or memory
// is short.
func (b *stringBatch) set() bool {
	if !b.claim() {
		return false
	}
	defer b.release()
	e := b.space.engine
	h := lockSet{space: b.space}
	if h.reserve(&b.sizes) != nil {
		return false
	}
	defer e.pages.Release(h.promised)
	b.storeAll() // those of another batch, with nothing else locked
	if !b.begin() {
		return false
	}
	b.storeAll()
	return true
}

// claim claims what the strings take of the limit at most. It returns false where that is too much.
func (b *stringBatch) claim() bool {
	e := b.space.engine
	if e.limits.Load().MaxMemory <= 0 {
		return true
	}
	for _, p := range b.parts {
		p.claim = p.most()
		b.claims += p.claim
	}
	return e.claim(b.claims)
}

// release gives back what was claimed and not used, when all strings are stored or none is.
func (b *stringBatch) release() {
	used := b.claims
	for _, p := range b.parts {
		used -= p.claim
	}
	b.space.engine.account(used, b.claims)
}

// most returns how many bytes of the limit the strings take at most.
func (p *batchPart) most() int64 {
	n := int64(arena.SegmentBytes)
	for i := range p.all {
		size := sizeOfString(int(p.all[i].key), int(p.all[i].value), store.Never)
		n += int64(p.shard.table.Room(size)) + indexBytes
	}
	return n
}

// begin gives the shards their parts.
func (b *stringBatch) begin() bool {
	for _, p := range b.parts {
		p.shard.mu.Lock()
	}
	plain := b.isPlain()
	for _, p := range b.parts {
		if plain {
			p.shard.mu.part = p
		}
		p.shard.unlock()
	}
	return plain
}

// isPlain reports whether nobody is told of changes, in one step with them, and no key leads to another. Its shards are locked.
func (b *stringBatch) isPlain() bool {
	o := b.space.engine.observers.Load()
	return b.parts[0].shard.recorder == nil && (o == nil || o.wants == 0) && b.space.aliases.count.Load() == 0
}

// storeAll stores, in steps, the strings that are set in the shards of the batch.
func (b *stringBatch) storeAll() {
	for _, p := range b.parts {
		for p.shard.storeSome() {
			giveWay()
		}
	}
}

// storeSome stores some of the strings that are set in the shard, and reports whether there are more.
func (s *shard) storeSome() (more bool) {
	s.mu.lockForKeys()
	defer s.unlock()
	if s.mu.part != nil {
		s.mu.part.storeSome(stepElements)
	}
	return s.mu.part != nil
}

// ahead is how many strings before its turn what is under a key is fetched.
const ahead = 8

// storeSome stores up to n strings, while the shard is locked.
func (p *batchPart) storeSome(n int) {
	end := min(p.next+n, len(p.all))
	for ; p.next < end; p.next++ {
		if i := p.next; i+ahead < end {
			p.shard.table.PrefetchSlot(uint32(p.all[i+ahead].hash))
			p.shard.table.PrefetchEntry(uint32(p.all[i+ahead/2].hash))
		}
		p.store(&p.all[p.next])
	}
	if p.next == len(p.all) {
		p.shard.mu.part = nil
	}
}

// meet stores the string of a key, if the part has one, before the key is looked up.
func (p *batchPart) meet(hash uint64, key []byte) {
	if i := p.index[p.slot(hash, key)]; i != 0 {
		p.store(&p.all[i-1])
	}
}

// store stores a string. What memory grows by is taken from what is claimed.
func (p *batchPart) store(one *batchedString) {
	if one.stored {
		return
	}
	one.stored = true
	s, before := p.shard, p.shard.used()
	p.set(one)
	if grown := min(s.used()-before, p.claim); grown > 0 {
		p.claim -= grown
		s.beside -= grown
	}
}

func (p *batchPart) set(one *batchedString) {
	s, key := p.shard, p.key(one)
	step, client := s.step, s.client
	s.step, s.client = 0, p.batch.op.Client
	s.mu.part = nil // the key is not to be met
	ref := s.at(one.hash, key, p.batch.op.Now)
	for s.late {
		ref = s.again(one.hash, key, p.batch.op.Now)
	}
	ref.setString(p.batch.text[one.at+one.key:][:one.value], store.Never, store.EventSet)
	s.step, s.client = step, client
	s.mu.part = p
}
