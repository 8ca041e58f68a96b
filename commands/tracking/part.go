package tracking

import "sync"

// part is some of the keys of a table, those with certain hashes.
type part struct {
	mu sync.Mutex
	keySet
	found   []int64 // readers of the key that leaves
	counted totals  // what the totals of the table have of it
}

type totals struct{ keys, items, bytes int64 }

// keySet is keys with their readers. It refers by numbers and not by pointers, so the collector need not look into it.
type keySet struct {
	byHash    map[uint64]uint32 // positions in entries
	entries   []entry
	names     []byte // of the entries, and of some that are gone
	unused    int    // bytes of names that belong to none
	readers   readers
	rebuildAt int // items from which on it looks for readers that are gone
}

// entry is a key that has readers.
type entry struct {
	hash  uint64
	name  int    // where in names
	size  int    // of the name
	first uint32 // of its readers in their nodes
	count uint32 // of its readers
}

// The bytes of an entry with its place in the index, and of a reader with its own.
const (
	entryBytes  = 32 + 20
	readerBytes = 16 + 8
)

// leastWaste is how many bytes, or readers, a set may have for nothing.
const leastWaste = 1 << 10

func (s *keySet) name(at uint32) []byte {
	e := &s.entries[at]
	return s.names[e.name : e.name+e.size]
}

// bytes returns about what the set takes.
func (s *keySet) bytes() int64 {
	return int64(len(s.entries)*entryBytes + len(s.names) + s.readers.count*readerBytes)
}

// add adds a key that has no readers yet, and returns its position.
func (s *keySet) add(hash uint64, key []byte) uint32 {
	if s.byHash == nil {
		s.byHash = make(map[uint64]uint32)
	}
	at := uint32(len(s.entries))
	s.byHash[hash] = at
	s.entries = append(s.entries, entry{hash: hash, name: len(s.names), size: len(key)})
	s.names = append(s.names, key...)
	return at
}

// drop removes a key whose readers were taken. The last key takes its position.
func (s *keySet) drop(at uint32) {
	e := &s.entries[at]
	delete(s.byHash, e.hash)
	s.unused += e.size
	last := len(s.entries) - 1
	if int(at) != last {
		*e = s.entries[last]
		s.byHash[e.hash] = at
	}
	if s.entries = s.entries[:last]; last == 0 {
		*s = keySet{}
	}
}

// wasteful reports whether a rebuild is worth its time: names are gone, or readers may be.
func (s *keySet) wasteful() bool {
	return s.unused > len(s.names)/2+leastWaste || s.readers.count > max(s.rebuildAt, leastWaste)
}

// rebuild makes the set anew without the readers that are gone, and without the memory that is not used.
func (s *keySet) rebuild(alive func(client int64) bool) {
	old := *s
	*s = keySet{entries: make([]entry, 0, len(old.entries)), names: make([]byte, 0, len(old.names)-old.unused)}
	for i := range old.entries {
		e := &old.entries[i]
		at, known := uint32(0), false
		for n := e.first; n != 0; n = old.readers.nodes[n].next {
			if client := old.readers.nodes[n].client; alive(client) {
				if !known {
					at, known = s.add(e.hash, old.name(uint32(i))), true
				}
				s.readers.add(&s.entries[at], client)
			}
		}
	}
	s.rebuildAt = 2 * s.readers.count
}

// readers is the clients that have read the keys of a set, in a list for each key.
type readers struct {
	nodes  []reader // the first is none
	free   uint32   // the first node that is not used
	count  int
	ofMany map[readerOf]struct{} // readers of keys that have more than few
}

type reader struct {
	client int64
	next   uint32
}

type readerOf struct {
	hash   uint64
	client int64
}

// few is how many readers of a key are looked at one by one.
const few = 8

// add adds a reader of a key, and reports whether it is new.
func (r *readers) add(e *entry, client int64) bool {
	if r.has(e, client) {
		return false
	}
	at := r.free
	if at != 0 {
		r.free = r.nodes[at].next
	} else {
		if r.nodes == nil {
			r.nodes = make([]reader, 1, 4)
		}
		at = uint32(len(r.nodes))
		r.nodes = append(r.nodes, reader{})
	}
	r.nodes[at] = reader{client, e.first}
	e.first = at
	e.count++
	r.count++
	switch {
	case e.count == few+1:
		if r.ofMany == nil {
			r.ofMany = make(map[readerOf]struct{})
		}
		for n := e.first; n != 0; n = r.nodes[n].next {
			r.ofMany[readerOf{e.hash, r.nodes[n].client}] = struct{}{}
		}
	case e.count > few:
		r.ofMany[readerOf{e.hash, client}] = struct{}{}
	}
	return true
}

func (r *readers) has(e *entry, client int64) bool {
	if e.count > few {
		_, is := r.ofMany[readerOf{e.hash, client}]
		return is
	}
	for n := e.first; n != 0; n = r.nodes[n].next {
		if r.nodes[n].client == client {
			return true
		}
	}
	return false
}

// take appends the readers of a key to a list, and removes them.
func (r *readers) take(e *entry, to []int64) []int64 {
	for n := e.first; n != 0; {
		node := &r.nodes[n]
		to = append(to, node.client)
		if e.count > few {
			delete(r.ofMany, readerOf{e.hash, node.client})
		}
		n, node.next, r.free = node.next, r.free, n
	}
	r.count -= int(e.count)
	e.first, e.count = 0, 0
	return to
}
