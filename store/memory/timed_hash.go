package memory

import (
	"bytes"
	"encoding/binary"

	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// timedHashType is of hashes of which a field has, or had, a deadline. A small one has the deadlines, after their length,
// before what a hash has. A large one has them in a second tree, and the first of them (8 bytes) behind the roots. That
// tree has two elements for a field: by its deadline, and by its name, which the deadline follows.
type timedHashType struct{ hashType }

var tagTimedHash = collectionTag(5)

const firstDeadlineSize = 8

// byFieldName is the prefix of elements by name, above every deadline.
const byFieldName = 1 << 63

func isTimedHash(entry []byte) bool { return entry[0]&collectionMask == tagTimedHash }

// timedBag divides the body of a small timed hash.
func timedBag(body []byte) (all deadlines, bag []byte) {
	n, w := binary.Uvarint(body)
	return body[w : w+int(n)], body[w+int(n):]
}

// hashBag returns the bag of a small hash of either type.
func hashBag(entry []byte) []byte {
	body := collectionBody(entry)
	if isTimedHash(entry) {
		_, body = timedBag(body)
	}
	return body
}

// fieldsDue returns when the first field of a timed hash ends, or arena.NoDeadline.
func fieldsDue(entry []byte) int64 {
	if isLarge(entry) {
		return get64(collectionBody(entry), 2*rootSize)
	}
	all, _ := timedBag(collectionBody(entry))
	return all.first()
}

func (timedHashType) orders() treeOrders { return treeOrders{tree.Map, tree.Sorted} }

func (t timedHashType) retain(s *shard, body []byte) {
	_, bag := timedBag(body)
	t.hashType.retain(s, bag)
}

func (t timedHashType) release(s *shard, body []byte) {
	_, bag := timedBag(body)
	t.hashType.release(s, bag)
}

func (t timedHashType) size(s *shard, body []byte) int {
	_, bag := timedBag(body)
	return len(body) - len(bag) + t.hashType.size(s, bag)
}

func (t timedHashType) count(s *shard, body []byte) int {
	_, bag := timedBag(body)
	return t.hashType.count(s, bag)
}

func (t timedHashType) each(s *shard, body []byte, visit func(name, value []byte)) {
	_, bag := timedBag(body)
	t.hashType.each(s, bag, visit)
}

func (t timedHashType) appendTo(s *shard, body, dst []byte) []byte {
	all, bag := timedBag(body)
	return t.hashType.appendTo(s, bag, appendBytes(dst, all))
}

func (t timedHashType) check(s *shard, body []byte, c *contents) error {
	_, bag := timedBag(body)
	return t.hashType.check(s, bag, c)
}

// besideSize implements rootType.
func (timedHashType) besideSize([]byte) int { return firstDeadlineSize }

// soundBeside implements rootType.
func (timedHashType) soundBeside(beside []byte) bool { return len(beside) == firstDeadlineSize }

// appendWhole implements rootType.
func (t timedHashType) appendWhole(s *shard, entry []byte, fields *tree.Tree, dst []byte) []byte {
	root := rootsOf(entry)[rootSize:]
	ends := tree.Open(s.nodesOf(root), root[rootState:])
	var all []deadline
	var c tree.Cursor
	for ok := c.SeekAt(&ends, 0); ok && c.Item().Prefix < byFieldName; ok = c.Next() {
		item := c.Item()
		rank, _ := fields.Rank(s.fieldKey(item.Name))
		all = append(all, deadline{rank, int64(item.Prefix)})
	}
	return t.appendTree(fields, appendBytes(dst, appendDeadlines(nil, all)))
}

// adopt implements adopter.
func (t timedHashType) adopt(s *shard, body, dst []byte) ([]byte, error) {
	n, w := binary.Uvarint(body)
	if w <= 0 || n > uint64(len(body)-w) {
		return dst, errForm
	}
	all, bag := timedBag(body)
	b, err := s.adoptFields(bag)
	if err != nil {
		return dst, err
	}
	for rest := all; len(rest) > 0; {
		position, w := binary.Uvarint(rest)
		if w <= 0 || position >= uint64(len(b.fields)) || len(rest) < w+6 {
			return dst, errForm
		}
		rest = rest[w+6:]
	}
	all.each(func(x deadline) { b.fields[x.position].until = x.at })
	return s.appendBag(b, true, dst), nil
}

// appendBag appends a bag with the use of a shape, and before it the deadlines of its fields where it is of a timed hash.
func (s *shard) appendBag(b *bag, timed bool, dst []byte) []byte {
	if !b.named && b.shape >= firstShape {
		s.shapes.list[b.shape].uses++
	} else {
		if len(b.fields) <= maxShapeNames {
			b.sort()
		}
		b.shape = s.shapes.acquire(nil, b.fields)
	}
	if timed {
		d := &s.editor
		d.ends = d.ends[:0]
		for i := range b.fields {
			if until := b.fields[i].until; until != 0 {
				d.ends = append(d.ends, deadline{i, until})
			}
		}
		d.placed = appendDeadlines(d.placed[:0], d.ends)
		dst = appendBytes(dst, d.placed)
	}
	return b.append(dst, b.shape)
}

// endSize is the length of a deadline behind the name of its field.
const endSize = 6

// fieldNameKey returns the key of a field by name, with room for a deadline behind it.
func fieldNameKey(name []byte) tree.Key {
	return tree.Key{Prefix: byFieldName, Name: appendBytes(make([]byte, 0, len(name)+binary.MaxVarintLen64+endSize), name)}
}

// withEnd returns the key of a field by name with a deadline, which overwrites the one before.
func withEnd(k tree.Key, at int64) tree.Key {
	n := len(k.Name)
	k.Name = k.Name[:n+endSize]
	set48(k.Name, n, at)
	return k
}

// endIn returns when a field ends, of which k is the key by name; 0: with the hash.
func endIn(t *tree.Tree, k tree.Key) int64 {
	var c tree.Cursor
	if !c.Seek(t, k) {
		return 0
	}
	if item := c.Item(); item.Prefix == byFieldName && bytes.HasPrefix(item.Name, k.Name) {
		return get48(item.Name, len(item.Name)-endSize)
	}
	return 0
}

// changeEnd changes when a field ends; 0: with the hash. The memory is obtained.
func changeEnd(t *tree.Tree, name []byte, at int64) {
	k := fieldNameKey(name)
	if old := endIn(t, k); old != at {
		replaceEnd(t, name, k, old, at)
	}
}

// replaceEnd is changeEnd for a field that ends at another time, of which k is the key by name.
func replaceEnd(t *tree.Tree, name []byte, k tree.Key, old, at int64) {
	if old != untilNone {
		t.Delete(tree.Key{Prefix: uint64(old), Name: name})
		t.Delete(withEnd(k, old))
	}
	if at != untilNone {
		t.Set(tree.Key{Prefix: uint64(at), Name: name}, nil)
		t.Set(withEnd(k, at), nil)
	}
}

// fieldUntil returns when a field of a large hash ends; 0: with the hash.
func (p *entryRef) fieldUntil(name []byte) int64 {
	if !isTimedHash(p.entry) {
		return untilNone
	}
	return endIn(p.beginTreeAt(1), fieldNameKey(name))
}

// changeEnds changes when fields of a large timed hash end, of which each word that is step further on is one; 0: with the
// hash. The memory is obtained.
func (p *entryRef) changeEnds(words [][]byte, step int, at int64) {
	t := p.beginTreeAt(1)
	for i := 0; i < len(words); i += step {
		changeEnd(t, words[i], at)
	}
	p.endTree()
}

// addUntil adds what it takes to give a field another deadline.
func (d *treeDemand) addUntil(name []byte) {
	d.add(len(name)+binary.MaxVarintLen64+endSize, 0)
	d.add(len(name), 0)
	d.count += 2 // the former one is removed
}

// noteFirst keeps when the first field of a large timed hash ends, whose second tree is open.
func (p *entryRef) noteFirst() {
	first := firstEnd(&p.open[p.root].tree)
	set64(collectionBody(p.entry), 2*rootSize, first)
	if first != arena.NoDeadline {
		p.table.NoteDeadline(p.ref, first)
	}
}

// firstEnd returns when the first field ends, or arena.NoDeadline.
func firstEnd(t *tree.Tree) int64 {
	if t.Len() == 0 {
		return arena.NoDeadline
	}
	return int64(t.At(0).Prefix)
}

// appendTimedRoot appends the entry of a large hash as that of a timed one.
func (p *entryRef) appendTimedRoot(dst []byte) []byte {
	h := headOfCollection(p.entry)
	h.first = tagTimedHash | flagLarge
	dst = append(h.append(dst, p.key), rootsOf(p.entry)...)
	roots := collectionKind{timedHashType{}}.appendRoots(nil, p.space.engine)
	return appendNoDeadline(append(dst, roots[rootSize:]...))
}

func appendNoDeadline(dst []byte) []byte {
	return binary.LittleEndian.AppendUint64(dst, uint64(arena.NoDeadline))
}

// restoreTimed makes a large hash a timed one, unless it is.
func (p *entryRef) restoreTimed() error {
	if p.ref == 0 || p.entry[0]&^flagExpires != tagHash|flagLarge {
		return nil
	}
	p.scratch = p.appendTimedRoot(p.scratch[:0])
	if err := p.reserve(len(p.scratch)); err != nil {
		return err
	}
	p.commit()
	return nil
}

// again is at, once more, where it left elements that have ended.
func (s *shard) again(hash uint64, key []byte, now int64) entryRef {
	s.late = false
	return s.at(hash, key, now)
}

// hasEnded is hasExpired for a hash too whose fields have all ended.
func (s *shard) hasEnded(entry []byte, now int64) bool {
	if s.hasExpired(entry, now) {
		return true
	}
	if !isTimedHash(entry) || fieldsDue(entry) > now {
		return false
	}
	if isLarge(entry) {
		roots := rootsOf(entry)
		fields, ends := tree.Open(nil, roots[rootState:]), tree.Open(s.nodesOf(roots[rootSize:]), roots[rootSize+rootState:])
		ended, _ := ends.Rank(tree.Key{Prefix: uint64(now) + 1})
		return ended == fields.Len()
	}
	all, bag := timedBag(collectionBody(entry))
	left := s.shapes.read(bag).fields
	all.each(func(x deadline) {
		if x.at <= now {
			left--
		}
	})
	return left == 0
}
