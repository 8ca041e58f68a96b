package upstream

import (
	"strings"
	"sync/atomic"
	"unsafe"

	"sessd/store/line"
)

// entry is a session in the cache. It is guarded by its shard. What a read wants of it lies in its first line, the name in the second,
// and the fields lie together: these are all that most reads touch.
type entry struct {
	quiet    int64 // until then reads need not look at the record
	revision int64
	text     atomic.Pointer[byte] // of the fields. Who fetches lines looks at it without the lock
	size     atomic.Uint32        // of the text
	fields   uint32
	global   uint32
	era      uint32
	used     uint32 // the shard's clock then
	touching bool   // its use is being sent
	name     string // inline, if it is not too long

	record *record
	inline [inlineBytes]byte
}

const (
	inlineBytes = 56  // an id that sessd makes has 50
	entryBytes  = 160 // of an entry with its slot, beside a long name and the record
)

// newEntry returns an entry for a session that was read in an era.
func newEntry(name string, r *record, era uint64) *entry {
	e := &entry{era: uint32(era)}
	if len(name) <= inlineBytes {
		e.name = unsafe.String(&e.inline[0], copy(e.inline[:], name)) // nothing changes it any more
	} else {
		e.name = strings.Clone(name)
	}
	e.set(r)
	return e
}

// set makes the entry that of a record.
func (e *entry) set(r *record) {
	e.record, e.quiet = r, r.quietUntil()
	e.revision, e.fields, e.global = r.revision, r.fields, r.global
	e.text.Store(unsafe.SliceData(r.text))
	e.size.Store(uint32(len(r.text)))
}

// image returns what most reads want.
func (e *entry) image() image {
	return image{e.revision, fieldList{unsafe.Slice(e.text.Load(), e.size.Load()), e.fields, e.global}}
}

// bytes returns the memory of the entry and its record.
func (e *entry) bytes() int64 { return int64(entryBytes + len(e.name) + e.record.size) }

// fetchedBytes is how much of a session's fields is fetched.
const fetchedBytes = 4 * line.Bytes

// fetch fetches what a read touches first, and fetchText what it touches then.
func (e *entry) fetch() { line.FetchAll(uintptr(unsafe.Pointer(e)), int(unsafe.Sizeof(*e))) }

func (e *entry) fetchText() {
	line.FetchAll(uintptr(unsafe.Pointer(e.text.Load())), min(int(e.size.Load()), fetchedBytes))
}
