package memory

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// streamType is of streams. The body of a small one has numbers as varints: the last id, the greatest deleted one, the
// count of entries ever added, and the count of entries. Each entry is the time since the one before, the number of its
// id, twice the count of its fields, and names and values. The count is 1 more where it has the names of the entry
// before; then values alone follow.
//
// The root of a large one has a streamHead behind its tree's root, and then lists of names that entries have in common.
// An element of the tree is an entry. Its time is the prefix, its number the name; the value is the number of a list of
// names and values after their lengths. With number 0 the names are with the values, after their count.
type streamType struct{}

var tagStream = collectionTag(4)

var errStream = errors.New("memory: a stream's ids do not grow")

// Limits of what a large stream keeps of names in its root.
const (
	maxNameLists     = 32
	maxNameListBytes = 1024 // of all of them
)

func (streamType) typ() store.Type        { return store.TypeStream }
func (streamType) orders() treeOrders     { return treeOrders{tree.Log} }
func (streamType) retain(*shard, []byte)  {}
func (streamType) release(*shard, []byte) {}

func (streamType) size(_ *shard, body []byte) int {
	r := readStream(body)
	for r.next() {
	}
	return len(body) - len(r.rest)
}

func (k streamType) appendTo(s *shard, body, dst []byte) []byte {
	return append(dst, body[:k.size(s, body)]...)
}

func (streamType) check(_ *shard, body []byte, _ *contents) error {
	r := readStream(body)
	for before := (store.StreamID{}); r.next(); before = r.id {
		if r.id.Compare(before) <= 0 || r.id.Compare(r.head.last) > 0 {
			return errStream
		}
	}
	return nil
}

// streamHead is what is known of a stream beside its entries.
type streamHead struct {
	last, deleted store.StreamID
	added         int64
}

// streamHeadSize is the length of a head in the root of a large stream.
const streamHeadSize = 40

// besideSize implements rootType.
func (streamType) besideSize(beside []byte) int {
	return streamHeadSize + 2 + get16(beside, streamHeadSize)
}

// soundBeside implements rootType.
func (t streamType) soundBeside(beside []byte) bool {
	return len(beside) >= streamHeadSize+2 && t.besideSize(beside) == len(beside)
}

// appendTree implements collectionType. Streams have appendWhole in its place.
func (streamType) appendTree(*tree.Tree, []byte) []byte {
	panic("memory: a stream is more than its tree")
}

// appendWhole implements rootType.
func (streamType) appendWhole(_ *shard, entry []byte, t *tree.Tree, dst []byte) []byte {
	beside := besideRoots(entry)
	h := headOfStream(beside)
	w := newStreamWriter(dst, &h, t.Len())
	d := entryDecoder{beside: beside}
	var c tree.Cursor
	for ok := c.SeekAt(t, 0); ok; ok = c.Next() {
		w.add(d.decode(c.Item()))
	}
	return w.dst
}

func headOfStream(beside []byte) streamHead {
	id := func(at int) store.StreamID {
		return store.StreamID{Time: uint64(get64(beside, at)), Seq: uint64(get64(beside, at+8))}
	}
	return streamHead{id(0), id(16), get64(beside, 32)}
}

// put writes the head into the root of a large stream.
func (h *streamHead) put(beside []byte) {
	for i, n := range [...]uint64{h.last.Time, h.last.Seq, h.deleted.Time, h.deleted.Seq, uint64(h.added)} {
		set64(beside, 8*i, int64(n))
	}
}

// streamReader reads the entries of a small stream.
type streamReader struct {
	head  streamHead
	left  int
	rest  []byte
	id    store.StreamID
	names [][]byte
	pairs [][]byte
}

func readStream(body []byte) (r streamReader) {
	number := func() uint64 {
		n, w := binary.Uvarint(body)
		body = body[w:]
		return n
	}
	h := &r.head
	h.last.Time, h.last.Seq, h.deleted.Time, h.deleted.Seq, h.added = number(), number(), number(), number(), int64(number())
	r.left, r.rest = int(number()), body
	return r
}

func (r *streamReader) number() uint64 {
	n, w := binary.Uvarint(r.rest)
	r.rest = r.rest[w:]
	return n
}

// next goes to the next entry, and reports whether there is one.
func (r *streamReader) next() bool {
	if r.left == 0 {
		return false
	}
	r.left--
	r.id.Time += r.number()
	r.id.Seq = r.number()
	count := r.number()
	same := count&1 != 0
	if r.pairs = r.pairs[:0]; !same {
		r.names = r.names[:0]
	}
	for i := range int(count >> 1) {
		if !same {
			var name []byte
			name, r.rest = takeBytes(r.rest)
			r.names = append(r.names, name)
		}
		var value []byte
		value, r.rest = takeBytes(r.rest)
		r.pairs = append(r.pairs, r.names[i], value)
	}
	return true
}

// streamWriter writes the body of a small stream.
type streamWriter struct {
	dst    []byte
	before store.StreamID
	names  [][]byte // of the entry before
}

// newStreamWriter begins a body with count entries.
func newStreamWriter(dst []byte, h *streamHead, count int) streamWriter {
	for _, n := range [...]uint64{h.last.Time, h.last.Seq, h.deleted.Time, h.deleted.Seq, uint64(h.added), uint64(count)} {
		dst = binary.AppendUvarint(dst, n)
	}
	return streamWriter{dst: dst}
}

// add appends an entry, whose names must last until the next one.
func (w *streamWriter) add(id store.StreamID, pairs [][]byte) {
	w.dst = binary.AppendUvarint(w.dst, id.Time-w.before.Time)
	w.dst = binary.AppendUvarint(w.dst, id.Seq)
	w.before = id
	same, count := w.hasNames(pairs), uint64(len(pairs)) // 2 for each field
	if same {
		count++
	}
	w.dst = binary.AppendUvarint(w.dst, count)
	if !same {
		w.names = w.names[:0]
	}
	for i := 0; i < len(pairs); i += 2 {
		if !same {
			w.dst = appendBytes(w.dst, pairs[i])
			w.names = append(w.names, pairs[i])
		}
		w.dst = appendBytes(w.dst, pairs[i+1])
	}
}

// hasNames reports whether an entry has the names of the one before.
func (w *streamWriter) hasNames(pairs [][]byte) bool {
	if len(pairs) != 2*len(w.names) {
		return false
	}
	for i, name := range w.names {
		if !bytes.Equal(name, pairs[2*i]) {
			return false
		}
	}
	return true
}

// streamSeq is the number of an id as it sorts: its length, and its bytes. 0 is nothing, so usual ids have none.
func streamSeq(seq uint64) []byte {
	if seq == 0 {
		return nil
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seq)
	text := bytes.TrimLeft(b[:], "\x00")
	return append([]byte{byte(len(text))}, text...)
}

func streamKey(id store.StreamID) tree.Key {
	return tree.Key{Prefix: id.Time, Name: streamSeq(id.Seq)}
}

// streamIDOf returns the id of an element.
func streamIDOf(k *tree.Key) store.StreamID {
	id := store.StreamID{Time: k.Prefix}
	for i := 1; i < len(k.Name); i++ {
		id.Seq = id.Seq<<8 | uint64(k.Name[i])
	}
	return id
}

// nameList returns the number of the list with the names of an entry, 0 when there is none. fresh is the list where there is
// room for it.
func nameList(beside []byte, pairs [][]byte) (number int, fresh []byte) {
	var names []byte
	for i := 0; i < len(pairs); i += 2 {
		if names = appendBytes(names, pairs[i]); len(names) > maxNameListBytes {
			return 0, nil
		}
	}
	size := get16(beside, streamHeadSize)
	rest := beside[streamHeadSize+2:][:size]
	for len(rest) > 0 {
		var list []byte
		list, rest = takeBytes(rest)
		if number++; bytes.Equal(list, names) {
			return number, nil
		}
	}
	if number == maxNameLists || size+len(names)+2 > maxNameListBytes {
		return 0, nil
	}
	return number + 1, names
}

// appendNameList appends what lies beside the root with one list more.
func appendNameList(dst, beside, list []byte) []byte {
	at := len(dst)
	dst = append(dst, beside[:streamType{}.besideSize(beside)]...)
	dst = appendBytes(dst, list)
	set16(dst[at:], streamHeadSize, len(dst)-at-streamHeadSize-2)
	return dst
}

// appendEntry appends the value of an element, for a number of a list of names.
func appendEntry(dst []byte, list int, pairs [][]byte) []byte {
	if dst = append(dst, byte(list)); list == 0 {
		dst = binary.AppendUvarint(dst, uint64(len(pairs)/2))
	}
	for i := 0; i < len(pairs); i += 2 {
		if list == 0 {
			dst = appendBytes(dst, pairs[i])
		}
		dst = appendBytes(dst, pairs[i+1])
	}
	return dst
}

// entryDecoder decodes elements of one large stream.
type entryDecoder struct {
	beside []byte
	list   int // whose names these are
	names  [][]byte
	pairs  [][]byte
}

// decode returns the entry of an element, whose fields last until the next one.
func (d *entryDecoder) decode(item tree.Item) (store.StreamID, [][]byte) {
	list, rest := int(item.Value[0]), item.Value[1:]
	d.pairs = d.pairs[:0]
	var name, value []byte
	if list == 0 {
		n, w := binary.Uvarint(rest)
		rest = rest[w:]
		for range n {
			name, rest = takeBytes(rest)
			value, rest = takeBytes(rest)
			d.pairs = append(d.pairs, name, value)
		}
		return streamIDOf(&item.Key), d.pairs
	}
	if list != d.list {
		d.load(list)
	}
	for _, name := range d.names {
		value, rest = takeBytes(rest)
		d.pairs = append(d.pairs, name, value)
	}
	return streamIDOf(&item.Key), d.pairs
}

// load loads the names of a list.
func (d *entryDecoder) load(list int) {
	d.list, d.names = list, d.names[:0]
	rest, names := d.beside[streamHeadSize+2:], []byte(nil)
	for range list {
		names, rest = takeBytes(rest)
	}
	for len(names) > 0 {
		var name []byte
		name, names = takeBytes(names)
		d.names = append(d.names, name)
	}
}

// clonePairs copies the fields of an entry.
func clonePairs(pairs [][]byte) [][]byte {
	own := slices.Clone(pairs)
	for i := range own {
		own[i] = bytes.Clone(own[i])
	}
	return own
}
