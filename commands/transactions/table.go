package transactions

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"sessd/store"
)

// table is which keys are watched by whom. It observes the engine while anybody watches, and for a while after that: to
// begin and to end takes the lock of every entry.
type table struct {
	engine   store.Observable // nil: the engine reports nothing
	keys     store.Keys       // nil: the engine does not tell whether a key is there
	seed     maphash.Seed
	parts    [tableParts]part
	watchers atomic.Int64
	watches  atomic.Int64

	mu   sync.Mutex
	stop func() // ends the observation; nil: there is none
	used bool   // somebody has watched since the timer was set
}

const (
	tableParts = 64
	linger     = 10 * time.Second // without a watch, before the observation ends
)

// part is the watches on some of the keys. Its lock is taken under those of entries, and never the other way round.
type part struct {
	mu    sync.Mutex
	count atomic.Int64
	byKey map[watchedKey]*watch // the first on each key
	_     [40]byte              // another part is on another cache line
}

type watchedKey struct {
	keyspace int
	name     string
}

// watch is a key that a client watches. Its part guards it.
type watch struct {
	by         *watcher
	key        watchedKey
	next, prev *watch // on the same key

	armed     bool   // a change from now on counts
	disturbed bool   // there was a change while it was not
	there     bool   // the key exists
	leads     string // the id to which the key leads as an alias; "": it is none
}

func newTable(engine store.Engine) *table {
	t := &table{seed: maphash.MakeSeed()}
	t.engine, _ = engine.(store.Observable)
	t.keys, _ = engine.(store.Keys)
	for i := range t.parts {
		t.parts[i].byKey = make(map[watchedKey]*watch)
	}
	return t
}

// part returns the part of a key.
func (t *table) part(key string) *part { return &t.parts[maphash.String(t.seed, key)%tableParts] }

// begin makes changes be reported, and counts a client that watches.
func (t *table) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watchers.Add(1)
	t.used = true
	if t.stop == nil {
		t.stop = t.engine.Observe(t)
		time.AfterFunc(linger, t.rest)
	}
}

// end counts a client that does not watch any more.
func (t *table) end() { t.watchers.Add(-1) }

// rest ends the observation if nobody has watched for a while.
func (t *table) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stop == nil {
		return
	}
	if t.used || t.watchers.Load() > 0 {
		t.used = false
		time.AfterFunc(linger, t.rest)
		return
	}
	t.stop()
	t.stop = nil
}

// close ends the observation, since the engine closes.
func (t *table) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stop != nil {
		t.stop()
		t.stop = nil
	}
}

// Wants implements store.Observer. The use of a session is not among them.
func (t *table) Wants() store.Events { return store.ChangeEvents }

// Changed implements store.Observer.
func (t *table) Changed(c *store.Change, _ store.Entry) {
	switch {
	case t.watches.Load() == 0:
	case c.Event == store.EventFlushed:
		t.flushed(c.Keyspace)
	case c.Event == store.EventSwapped:
		t.swapped(c.Keyspace, c.Swap)
		t.swapped(c.Swap.With, c.Swap)
	default:
		t.changed(c.Keyspace, c.Key)
		if c.Former != nil {
			t.changed(c.Keyspace, c.Former)
		}
	}
}

// changed notes a change for those who watch a key.
func (t *table) changed(keyspace int, key []byte) {
	p := &t.parts[maphash.Bytes(t.seed, key)%tableParts]
	if p.count.Load() == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := p.byKey[watchedKey{keyspace, string(key)}]; w != nil; w = w.next {
		w.change()
	}
}

// swapped notes a change for those who watch a key of a keyspace that was there, or has come to be.
func (t *table) swapped(keyspace int, swap *store.Swap) {
	for i := range t.parts {
		p := &t.parts[i]
		p.mu.Lock()
		for key, w := range p.byKey {
			exists := key.keyspace == keyspace && swap.Exists(keyspace, []byte(key.name))
			for ; w != nil && key.keyspace == keyspace; w = w.next {
				if exists || w.there || !w.armed {
					w.change()
				}
			}
		}
		p.mu.Unlock()
	}
}

// flushed notes a change for those who watch a key that was there in a keyspace.
func (t *table) flushed(keyspace int) {
	for i := range t.parts {
		p := &t.parts[i]
		p.mu.Lock()
		for key, w := range p.byKey {
			for ; w != nil && key.keyspace == keyspace; w = w.next {
				if w.there || !w.armed {
					w.change()
				}
			}
		}
		p.mu.Unlock()
	}
}

func (w *watch) change() {
	if w.armed {
		w.by.changed.Store(true)
	} else {
		w.disturbed = true
	}
}

// add adds a watch that is not armed, and reports whether the client does not watch the key yet.
func (t *table) add(w *watch) bool {
	p := t.part(w.key.name)
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.byKey[w.key]
	for other := first; other != nil; other = other.next {
		if other.by == w.by {
			return false
		}
	}
	if w.next = first; first != nil {
		first.prev = w
	}
	p.byKey[w.key] = w
	p.count.Add(1)
	t.watches.Add(1)
	return true
}

// remove removes a watch. After it the client's transaction is safe from changes of the key.
func (t *table) remove(w *watch) {
	p := t.part(w.key.name)
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.next != nil {
		w.next.prev = w.prev
	}
	switch {
	case w.prev != nil:
		w.prev.next = w.next
	case w.next != nil:
		p.byKey[w.key] = w.next
	default:
		delete(p.byKey, w.key)
	}
	p.count.Add(-1)
	t.watches.Add(-1)
}
