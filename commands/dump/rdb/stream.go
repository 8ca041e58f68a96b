package rdb

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"strconv"
)

// ID is the id of an entry of a stream: a time in ms since the Unix epoch, and a number within it.
type ID struct{ Time, Seq uint64 }

func (id ID) compare(other ID) int {
	return cmp.Or(cmp.Compare(id.Time, other.Time), cmp.Compare(id.Seq, other.Seq))
}

// StreamEntry is an entry of a stream.
type StreamEntry struct {
	ID    ID
	Pairs [][]byte // name and value in turn
}

// Stream is a stream.
type Stream struct {
	Entries    []StreamEntry // by their ids
	Last       ID            // the greatest one that the stream had
	MaxDeleted ID            // the greatest one that was deleted by its id
	Added      uint64        // entries that were ever added
	Groups     int           // of consumers, which are read over and not written
}

// A stream is nodes: a first id of 16 bytes, and a listpack. In that are a count of entries, one of those deleted, the
// count of names that entries have in common, these, and 0. Then comes each entry: flags, then time and number after
// those of the first id. Unless it has the names in common, the count of its pairs follows; then values or pairs, and
// how many elements it has.
const (
	entryDeleted   = 1
	entrySameNames = 2
	nodeEntries    = 100
	nodeBytes      = 4096
	streamVersion  = 10 // Redis 7.0
)

// stream reads a stream.
func (r *reader) stream(kind byte) *Value {
	s := new(Stream)
	for n := r.count(); n > 0 && !r.failed; n-- {
		first, texts := r.text(), r.listpack(r.text())
		if len(first) != 16 || r.failed {
			r.failed = true
			return nil
		}
		s.node(r, ID{binary.BigEndian.Uint64(first), binary.BigEndian.Uint64(first[8:])}, texts)
	}
	length := r.number()
	s.Last, s.Added = r.id(), length
	if kind >= stream2 {
		r.id() // of the first entry
		s.MaxDeleted, s.Added = r.id(), r.number()
	}
	s.Groups = r.skipGroups(kind)
	if r.failed || length != uint64(len(s.Entries)) || length > s.Added || s.Added > math.MaxInt64 || !s.ordered() {
		r.failed = true
		return nil
	}
	return &Value{Kind: StreamKind, Stream: s}
}

// ordered reports whether ids grow from above 0 up to the last one.
func (s *Stream) ordered() bool {
	before := ID{}
	for _, e := range s.Entries {
		if e.ID.compare(before) <= 0 {
			return false
		}
		before = e.ID
	}
	return before.compare(s.Last) <= 0
}

// number reads a number.
func (r *reader) number() uint64 {
	n, encoding := r.length()
	r.failed = r.failed || encoding
	return n
}

func (r *reader) id() ID { return ID{r.number(), r.number()} }

// node adds the entries of a node.
func (s *Stream) node(r *reader, first ID, texts [][]byte) {
	in := elements{rest: texts}
	in.failed = len(texts) == 0
	live, _ := in.integer(), in.integer()
	names := in.take(in.integer())
	in.integer()
	for len(in.rest) > 0 && !in.failed {
		flags, id := in.integer(), first
		id.Time += uint64(in.integer())
		id.Seq += uint64(in.integer())
		var pairs [][]byte
		if flags&entrySameNames != 0 {
			for i, value := range in.take(int64(len(names))) {
				pairs = append(pairs, names[i], value)
			}
		} else if n := in.integer(); n <= int64(len(in.rest)) {
			pairs = in.take(2 * n)
		} else {
			in.failed = true
		}
		in.integer()
		if flags&entryDeleted == 0 {
			s.Entries = append(s.Entries, StreamEntry{id, pairs})
			live--
		}
		in.failed = in.failed || len(pairs) == 0
	}
	r.failed = r.failed || in.failed || live != 0
}

// elements reads those of a listpack.
type elements struct {
	rest   [][]byte
	failed bool
}

func (e *elements) take(n int64) [][]byte {
	if e.failed || n < 0 || n > int64(len(e.rest)) {
		e.failed = true
		return nil
	}
	some := e.rest[:n:n]
	e.rest = e.rest[n:]
	return some
}

func (e *elements) integer() int64 {
	some := e.take(1)
	if some == nil {
		return 0
	}
	n, err := strconv.ParseInt(string(some[0]), 10, 64)
	e.failed = e.failed || err != nil
	return n
}

// skipGroups reads over the groups of consumers, and returns how many there are.
func (r *reader) skipGroups(kind byte) int {
	all := r.count()
	for groups := all; groups > 0 && !r.failed; groups-- {
		r.text()
		r.lengths(2)
		if kind >= stream2 {
			r.lengths(1) // entries read
		}
		for pending := r.count(); pending > 0 && !r.failed; pending-- {
			r.take(16 + 8) // id, when it was delivered
			r.lengths(1)   // how often
		}
		for consumers := r.count(); consumers > 0 && !r.failed; consumers-- {
			r.text()
			r.take(8) // when it was seen
			if kind >= stream3 {
				r.take(8) // when it was active
			}
			for pending := r.count(); pending > 0 && !r.failed; pending-- {
				r.take(16)
			}
		}
	}
	return all
}

// append appends a stream as Redis 7.0 writes it.
func (s *Stream) append(b []byte) []byte {
	var nodes []byte
	count := 0
	for rest := s.Entries; len(rest) > 0; count++ {
		var id [16]byte
		binary.BigEndian.PutUint64(id[:], rest[0].ID.Time)
		binary.BigEndian.PutUint64(id[8:], rest[0].ID.Seq)
		nodes = append(appendLength(nodes, len(id)), id[:]...)
		pack, n := packNode(rest)
		nodes = append(appendLength(nodes, len(pack)), pack...)
		rest = rest[n:]
	}
	b = append(appendLength(append(b, stream2), count), nodes...)
	first := ID{}
	if len(s.Entries) > 0 {
		first = s.Entries[0].ID
	}
	for _, n := range [...]uint64{uint64(len(s.Entries)), s.Last.Time, s.Last.Seq, first.Time, first.Seq, s.MaxDeleted.Time, s.MaxDeleted.Seq, s.Added, 0} {
		b = appendNumber(b, n)
	}
	return b
}

// packNode returns the listpack of a node of the first entries, and how many these are.
func packNode(entries []StreamEntry) ([]byte, int) {
	first, n, size := entries[0], 0, 0
	for n < len(entries) && n < nodeEntries && (n == 0 || size < nodeBytes) {
		for _, text := range entries[n].Pairs {
			size += len(text)
		}
		n++
	}
	var w packer
	w.number(int64(n))
	w.number(0)
	w.number(int64(len(first.Pairs) / 2))
	for i := 0; i < len(first.Pairs); i += 2 {
		w.text(first.Pairs[i])
	}
	w.number(0)
	for _, e := range entries[:n] {
		same := sameNames(e.Pairs, first.Pairs)
		flags, begin := int64(0), w.count
		if same {
			flags = entrySameNames
		}
		w.number(flags)
		w.number(int64(e.ID.Time - first.ID.Time))
		w.number(int64(e.ID.Seq - first.ID.Seq))
		if !same {
			w.number(int64(len(e.Pairs) / 2))
		}
		for i, text := range e.Pairs {
			if !same || i%2 == 1 {
				w.text(text)
			}
		}
		w.number(int64(w.count - begin))
	}
	return w.bytes(), n
}

// sameNames reports whether pairs have the same names in the same order.
func sameNames(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i += 2 {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// size is about how many bytes the entries take.
func (s *Stream) size() (n int) {
	for _, e := range s.Entries {
		n += 64
		for _, text := range e.Pairs {
			n += len(text) + 16
		}
	}
	return n
}
