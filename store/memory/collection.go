package memory

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// A collection is a hash, and what else has elements under a key. A small one is one entry. A large one is a root under
// the key, and nodes of a tree: entries of their own in the root's shard (nodes.go). Both begin with the same header,
// so what does not look at elements is alike for all types and forms:
//
//	 0        1        2                 6                         6 or 14
//	┌────────┬────────┬─────────────────┬─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ┬────────────┬─────┬─ ─ ─ ─ ─
//	│ type,  │ uses   │ accessed, 1.024s│ expires at, if flagged  │ key length │ key │ body
//	│ flags  │        │                 │                         │ (varint)   │     │
//	└────────┴────────┴─────────────────┴─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ┴────────────┴─────┴─ ─ ─ ─ ─
//
// The body of a small one is its type's. That of a large one has a root for each of its trees, which says where the
// nodes are:
//
//	 0                         8                 12                16
//	┌─────────────────────────┬─────────────────┬─────────────────┬──────────────────────────┐
//	│ token of its nodes      │ next number     │ nodes           │ state of the tree (16)   │
//	└─────────────────────────┴─────────────────┴─────────────────┴──────────────────────────┘
const (
	collectionUses     = 1
	collectionAccessed = 2 // in units of 1.024 s, 4 bytes
	collectionExpiry   = 6 // 8 bytes if flagged
	collectionSize     = 6

	rootToken = 0 // in the body, as all that follow
	rootNext  = 8
	rootNodes = 12
	rootState = 16
	rootSize  = rootState + tree.StateSize
)

// Limits of a small collection.
const (
	smallBytes    = 4096 // of its body
	smallElements = 128
)

// flagLarge is of a collection beside flagExpires: its elements are in nodes.
const flagLarge = 16

// collectionMask has the bits of the first byte that say of which type a collection is.
const collectionMask = tagMask | 7<<5

// collection is the first byte, without flags, of the n-th type of collections.
func collectionTag(n byte) byte { return tagCollection | n<<5 }

// collectionType is what a type of collections has of its own.
type collectionType interface {
	typ() store.Type
	// orders returns how the trees of a large one are sorted; the second is 0 where there is one tree.
	orders() treeOrders
	// retain and release begin and end the use that a small one's body makes of the shard's tables.
	retain(s *shard, body []byte)
	release(s *shard, body []byte)
	// size returns the length of a small one's body.
	size(s *shard, body []byte) int
	// appendTo appends a small one's body, with nothing left to the shard's tables.
	appendTo(s *shard, body, dst []byte) []byte
	// appendTree appends the elements of a large one, from its first tree, in the form of a small one's body.
	appendTree(t *tree.Tree, dst []byte) []byte
	// check adds what a small one's body uses of the shard's tables to c.
	check(s *shard, body []byte, c *contents) error
}

// rootType is a type that has more in the root of a large one than its trees.
type rootType interface {
	collectionType
	// besideSize returns the length of what lies behind the roots.
	besideSize(beside []byte) int
	// soundBeside reports whether bytes may lie there.
	soundBeside(beside []byte) bool
	// appendWhole is appendTree for what lies behind the roots too.
	appendWhole(s *shard, entry []byte, t *tree.Tree, dst []byte) []byte
}

// besideRoots returns what a large collection of a rootType has behind its roots; nothing of other types.
func besideRoots(entry []byte) []byte {
	k, body := kindOf(entry).(collectionKind), collectionBody(entry)
	return body[k.orders().count()*rootSize : k.largeSize(body)]
}

// takesBeside reports whether bytes may lie behind the roots of a large one.
func (k collectionKind) takesBeside(beside []byte) bool {
	if t, ok := k.collectionType.(rootType); ok {
		return t.soundBeside(beside)
	}
	return len(beside) == 0
}

// largeSize returns the length of a large one's body.
func (k collectionKind) largeSize(body []byte) int {
	n := k.orders().count() * rootSize
	if t, ok := k.collectionType.(rootType); ok {
		n += t.besideSize(body[n:])
	}
	return n
}

// treeOrders is the orders of the trees that a large collection has.
type treeOrders [2]tree.Order

// count returns the number of trees.
func (o treeOrders) count() int {
	if o[1] == 0 {
		return 1
	}
	return 2
}

// rootsOf returns the roots of a large collection, one after the other.
func rootsOf(entry []byte) []byte {
	n := kindOf(entry).(collectionKind).orders().count()
	return collectionBody(entry)[:n*rootSize]
}

// collectionKind is the kind of a type of collections.
type collectionKind struct{ collectionType }

// collectionRow gives the n-th type of collections its kind.
func collectionRow(n byte, t collectionType) kindRow {
	return kindRow{collectionTag(n), collectionMask, collectionKind{t}}
}

// isCollection reports whether the entry is a collection of a type.
func (p *entryRef) isCollection(first byte) bool {
	if p.ref == 0 {
		return false
	}
	of := p.entry[0] & collectionMask
	return of == first || of == tagTimedHash && first == tagHash
}

func isLarge(entry []byte) bool { return tag(entry) == tagCollection && flagged(entry, flagLarge) }

// collectionBody returns what follows the key of a collection.
func collectionBody(entry []byte) []byte {
	_, at, _ := collectionKind{}.key(entry)
	return entry[at:]
}

func (collectionKind) key(entry []byte) (from, to int, packed bool) {
	from = collectionSize
	if flagged(entry, flagExpires) {
		from += 8
	}
	n := int(entry[from])
	if n < 0x80 {
		return from + 1, from + 1 + n, false
	}
	long, w := binary.Uvarint(entry[from:])
	return from + w, from + w + int(long), false
}

func collectionExpires(entry []byte) int64 {
	if !flagged(entry, flagExpires) {
		return store.Never
	}
	return get64(entry, collectionExpiry)
}

func (collectionKind) expiry(_ *shard, entry []byte) int64 { return collectionExpires(entry) }

func (collectionKind) groups(_ *shard, entry []byte) groupSet { return stringKind{}.groups(nil, entry) }

func (collectionKind) usage(entry []byte) (accessed int64, uses int) {
	return int64(get32(entry, collectionAccessed)) << 10, collectionUses
}

func (collectionKind) bytes(_ *shard, entry []byte) int64 {
	n := int64(len(entry))
	if isLarge(entry) {
		for root := range slices.Chunk(rootsOf(entry), rootSize) {
			t := tree.Open(nil, root[rootState:])
			n += t.Bytes() + nodeSize*int64(get32(root, rootNodes))
		}
	}
	return n
}

func (collectionKind) touch(p entryRef) error {
	p.useCollection()
	return nil
}

// useCollection counts as use of a collection.
func (p *entryRef) useCollection() {
	if p.space.engine.limits.Load().Policy.LFU() {
		accessed, _ := collectionKind{}.usage(p.entry)
		p.entry[collectionUses] = usedAgain(p.entry[collectionUses], p.now-accessed)
	}
	set32(p.entry, collectionAccessed, int(p.now>>10))
}

func (k collectionKind) setExpiry(p entryRef, at int64) error {
	if err := k.expire(&p, at); err != nil {
		return err
	}
	p.emit(store.EventExpire)
	return nil
}

func (k collectionKind) persist(p entryRef) (bool, error) {
	if err := k.expire(&p, store.Never); err != nil {
		return false, err
	}
	p.emit(store.EventPersist)
	return true, nil
}

// expire changes when a collection expires.
func (k collectionKind) expire(p *entryRef, at int64) error {
	if flagged(p.entry, flagExpires) && at != store.Never {
		set64(p.entry, collectionExpiry, at)
		p.table.NoteDeadline(p.ref, deadlineOf(at))
		p.tellExpiry(at)
		return nil
	}
	body := collectionBody(p.entry)
	n := 0
	if isLarge(p.entry) {
		n = k.largeSize(body)
	} else {
		n = k.size(p.shard, body)
	}
	h := headOfCollection(p.entry)
	h.expiry = at
	p.scratch = append(h.append(p.scratch[:0], p.key), body[:n]...)
	if err := p.reserve(len(p.scratch)); err != nil {
		return err
	}
	if !isLarge(p.entry) {
		k.retain(p.shard, body)
	}
	p.tellOfNext()
	p.commit()
	p.tellExpiry(at)
	return nil
}

// removed leaves the nodes of a large collection to the background.
func (collectionKind) removed(p entryRef) {
	if isLarge(p.entry) {
		for root := range slices.Chunk(rootsOf(p.entry), rootSize) {
			p.shard.addOrphan(root)
		}
	}
}

func (k collectionKind) release(s *shard, entry []byte) {
	if !isLarge(entry) {
		k.collectionType.release(s, collectionBody(entry))
	}
}

func (collectionKind) destroyed() store.Event { return store.EventDel }

// copyTo appends a small collection with nothing left to tables. The root of a large one that moves within its shard
// keeps its nodes; else they are copied under another token.
func (k collectionKind) copyTo(t *transfer, dst []byte) []byte {
	h, body := headOfCollection(t.from.entry), collectionBody(t.from.entry)
	dst = h.append(dst, t.to.key)
	if !isLarge(t.from.entry) {
		if c, ok := k.collectionType.(packer); ok {
			return c.copyBody(body, dst)
		}
		return k.collectionType.appendTo(t.from.shard, body, dst)
	}
	begin, roots := len(dst), len(rootsOf(t.from.entry))
	dst = append(dst, body[:k.largeSize(body)]...)
	if copied := dst[begin : begin+roots]; t.made != nil {
		copy(copied, t.made.roots)
	} else if !t.keepsNodes() {
		for root := range slices.Chunk(copied, rootSize) {
			set64(root, rootToken, int64(rand.Uint64()))
		}
		t.planNodes(copied)
	}
	return dst
}

func (collectionKind) arrive(t *transfer) bool {
	if t.made != nil {
		t.made.leave(t.to.shard)
	} else if isLarge(t.from.entry) && !t.keepsNodes() {
		t.copyNodes(rootsOf(t.to.scratch))
	}
	return true
}

func (k collectionKind) leave(t *transfer) {
	if !t.keepsNodes() {
		k.removed(t.from)
	} else if t.from.cuts > 0 && isLarge(t.from.entry) {
		key := bytes.Clone(t.to.key)
		for root := range slices.Chunk(rootsOf(t.from.entry), rootSize) {
			t.from.eachCut(uint64(get64(root, rootToken)), func(part *orphan) { part.key = key })
		}
	}
}

// appendTo appends the collection in its small form, whatever its size.
func (k collectionKind) appendTo(s *shard, key, entry, dst []byte) []byte {
	h, body := headOfCollection(entry), collectionBody(entry)
	h.first &^= flagLarge
	dst = h.append(dst, key)
	if isLarge(entry) {
		t := tree.Open(&treeNodes{shard: s, token: uint64(get64(body, rootToken))}, body[rootState:])
		if whole, ok := k.collectionType.(rootType); ok {
			return whole.appendWhole(s, entry, &t, dst)
		}
		return k.appendTree(&t, dst)
	}
	return k.collectionType.appendTo(s, body, dst)
}

func (k collectionKind) check(s *shard, entry []byte, c *contents) error {
	body := collectionBody(entry)
	if !isLarge(entry) {
		return k.collectionType.check(s, body, c)
	}
	for root := range slices.Chunk(rootsOf(entry), rootSize) {
		if err := c.addTree(s, root); err != nil {
			return err
		}
	}
	return nil
}

// collectionHead is the header of a collection.
type collectionHead struct {
	first    byte // type and flags, but for flagExpires
	uses     byte
	accessed int
	expiry   int64
	beside   []byte // what a large one of a rootType has behind the roots
}

// newCollection returns the header of a collection that begins.
func newCollection(first byte, now int64) collectionHead {
	return collectionHead{first: first, uses: usesAtFirst, accessed: int(now >> 10), expiry: store.Never}
}

func headOfCollection(entry []byte) collectionHead {
	return collectionHead{
		first: entry[0] &^ flagExpires, uses: entry[collectionUses], accessed: get32(entry, collectionAccessed), expiry: collectionExpires(entry),
	}
}

// append appends the header and the key as they lie in an entry.
func (h *collectionHead) append(dst, key []byte) []byte {
	var b [collectionSize + 8]byte
	n := collectionSize
	b[0], b[collectionUses] = h.first, h.uses
	set32(b[:], collectionAccessed, h.accessed)
	if h.expiry != store.Never {
		b[0] |= flagExpires
		set64(b[:], collectionExpiry, h.expiry)
		n += 8
	}
	return appendBytes(append(dst, b[:n]...), key)
}
