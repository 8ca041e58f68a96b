package storetest

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"sessd/store"
)

// Model is an engine of plain maps under one lock that does everything in the most obvious way. Other engines are
// compared to it, so it must stay obvious rather than fast.
type Model struct {
	mu     sync.Mutex
	clock  *store.Clock
	spaces []modelSpace
	limits store.Limits
	order  uint64 // of the entry made last
	report store.Report
}

type modelSpace struct {
	entries map[string]*modelEntry
	aliases map[string]*modelAlias
}

// modelEntry is a session when session is not nil, what other holds when that is not nil, or else a string.
type modelEntry struct {
	key      string
	order    uint64 // grows from entry to entry: what a scan follows
	expireAt int64  // of a string
	value    []byte
	session  *modelSession
	other    modelValue
}

// modelValue is what an entry of another type than session and string holds.
type modelValue interface {
	typ() store.Type
	size() int64 // what it is counted for
	clone() modelValue
	String() string // the same for the same contents
}

type modelAlias struct {
	entry    *modelEntry
	expireAt int64
	order    uint64 // grows from alias to alias of a session
}

type modelSession struct {
	created, accessed, idle, absolute, revision int64
	renew, renewed                              int64
	token                                       string
	lockedUntil                                 int64
	ends                                        map[[2]string]int64 // by component and field
	handle                                      string              // never given out twice
	principal                                   string
	bags                                        map[string]map[string]string // component, field, value
}

// NewModel returns an empty model.
func NewModel(keyspaces int, limits store.Limits) *Model {
	m := &Model{clock: new(store.Clock), spaces: make([]modelSpace, keyspaces), limits: limits}
	for i := range m.spaces {
		m.spaces[i] = modelSpace{map[string]*modelEntry{}, map[string]*modelAlias{}}
	}
	return m
}

// Keyspaces implements store.Engine.
func (m *Model) Keyspaces() int { return len(m.spaces) }

// Close implements store.Engine.
func (m *Model) Close() error { return nil }

// Limits implements store.Limiter.
func (m *Model) Limits() store.Limits {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.limits
}

// SetLimits implements store.Limiter.
func (m *Model) SetLimits(l store.Limits) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limits = l
}

// sum adds a distance to a time.
func sum(t, d int64) int64 {
	if d > 0 && t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// expiry returns when an entry expires.
func (x *modelEntry) expiry() int64 {
	s := x.session
	if s == nil {
		return x.expireAt
	}
	at := store.Never
	if s.idle > 0 {
		at = sum(s.accessed, s.idle)
	}
	if s.absolute > 0 && (at == store.Never || sum(s.created, s.absolute) < at) {
		at = sum(s.created, s.absolute)
	}
	return at
}

func (x *modelEntry) kind() store.Type {
	if x.session != nil {
		return store.TypeSession
	}
	if x.other != nil {
		return x.other.typ()
	}
	return store.TypeString
}

func isPast(expiry, now int64) bool { return expiry != store.Never && expiry <= now }

// begin locks the model and forgets all that has expired in every keyspace.
func (m *Model) begin(op store.Op) modelSpace {
	m.mu.Lock()
	for _, k := range m.spaces {
		for _, x := range k.entries {
			if isPast(x.expiry(), op.Now) {
				m.remove(k, x, store.Expired)
			} else if x.session != nil {
				x.session.expireFields(op.Now)
			} else if h, ok := x.other.(modelHash); ok && h.expireFields(op.Now) {
				m.remove(k, x, store.Destroyed)
			}
		}
		for key, a := range k.aliases {
			if isPast(a.expireAt, op.Now) {
				delete(k.aliases, key)
			}
		}
	}
	return m.spaces[op.Keyspace]
}

// find returns the entry to which a key leads, or nil.
func (k modelSpace) find(key []byte) *modelEntry {
	if a := k.aliases[string(key)]; a != nil {
		return a.entry
	}
	return k.entries[string(key)]
}

// remove ends an entry and the aliases that lead to it.
func (m *Model) remove(k modelSpace, x *modelEntry, cause store.Cause) {
	delete(k.entries, x.key)
	for key, a := range k.aliases {
		if a.entry == x {
			delete(k.aliases, key)
		}
	}
	m.report.Keys[cause]++
	if x.session != nil {
		m.report.Removed[cause]++
	}
}

// add makes an entry.
func (m *Model) add(k modelSpace, key []byte) *modelEntry {
	m.order++
	x := &modelEntry{key: string(key), order: m.order, expireAt: store.Never}
	k.entries[x.key] = x
	return x
}

// read is find for operations that count as reads.
func (m *Model) read(k modelSpace, key []byte) *modelEntry {
	x := k.find(key)
	if x == nil {
		m.report.KeyMisses++
	} else {
		m.report.KeyHits++
	}
	return x
}

// size returns what an entry is counted for.
func (x *modelEntry) size() int64 {
	n := 100 + len(x.key) + len(x.value)
	if x.session != nil {
		n += int(x.session.bytes()) + 10*x.session.fields()
	}
	if x.other != nil {
		n += int(x.other.size())
	}
	return int64(n)
}

// used returns what all entries are counted for.
func (m *Model) used() int64 {
	n := int64(0)
	for _, k := range m.spaces {
		for _, x := range k.entries {
			n += x.size()
		}
		for key := range k.aliases {
			n += 100 + int64(len(key))
		}
	}
	m.report.PeakBytes = max(m.report.PeakBytes, n)
	return n
}

// full reports whether growth bytes more are too many.
func (m *Model) full(growth int64) bool {
	used := m.used()
	return growth > 0 && m.limits.MaxMemory > 0 && used+growth > m.limits.MaxMemory
}

// KeyType implements store.Keys.
func (m *Model) KeyType(_ context.Context, op store.Op, key []byte) (store.Type, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	if x := m.read(k, key); x != nil {
		return x.kind(), nil
	}
	return store.TypeNone, nil
}

// Expiry implements store.Keys.
func (m *Model) Expiry(_ context.Context, op store.Op, key []byte) (int64, bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	if x := m.read(k, key); x != nil {
		return x.expiry(), true, nil
	}
	return 0, false, nil
}

// Expire implements store.Keys.
func (m *Model) Expire(_ context.Context, op store.Op, key []byte, e store.ExpireOptions) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x := k.find(key)
	if x == nil {
		return false, nil
	}
	at := x.expiry()
	never := at == store.Never
	if e.IfNever && !never || e.IfExpires && never || e.IfLater && (never || e.At <= at) || e.IfEarlier && !never && e.At >= at {
		return false, nil
	}
	if e.At <= op.Now {
		m.remove(k, x, store.Destroyed)
	} else if s := x.session; s != nil {
		s.accessed, s.idle = op.Now, e.At-op.Now
		if s.idle < 0 {
			s.idle = math.MaxInt64
		}
	} else {
		x.expireAt = e.At
	}
	return true, nil
}

// Persist implements store.Keys.
func (m *Model) Persist(_ context.Context, op store.Op, key []byte) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x := k.find(key)
	if x == nil {
		return false, nil
	}
	if s := x.session; s != nil {
		had := s.idle > 0
		s.idle = 0
		return had, nil
	}
	had := x.expireAt != store.Never
	x.expireAt = store.Never
	return had, nil
}

// Delete implements store.Keys.
func (m *Model) Delete(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	n := 0
	for _, key := range keys {
		if x := k.find(key); x != nil {
			m.remove(k, x, store.Destroyed)
			n++
		}
	}
	return n, nil
}

// Exists implements store.Keys.
func (m *Model) Exists(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	n := 0
	for _, key := range keys {
		if m.read(k, key) != nil {
			n++
		}
	}
	return n, nil
}

// Touch implements store.Keys.
func (m *Model) Touch(_ context.Context, op store.Op, keys [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	n := 0
	for _, key := range keys {
		if x := m.read(k, key); x != nil {
			n++
			if x.session != nil {
				x.session.accessed = op.Now
			}
		}
	}
	return n, nil
}

// inOrder returns the entries of a keyspace from the oldest to the youngest.
func (k modelSpace) inOrder() []*modelEntry {
	entries := make([]*modelEntry, 0, len(k.entries))
	for _, x := range k.entries {
		entries = append(entries, x)
	}
	slices.SortFunc(entries, func(a, b *modelEntry) int { return int(a.order) - int(b.order) })
	return entries
}

// Scan implements store.Keys. Entries are visited in the order in which they were made; a cursor is the next order.
func (m *Model) Scan(_ context.Context, op store.Op, cursor uint64, s store.ScanOptions, visit func([]byte)) (uint64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	looked := 0
	for _, x := range k.inOrder() {
		if x.order < cursor {
			continue
		}
		if looked >= s.Count {
			return x.order, nil
		}
		looked++
		if (s.Type == store.TypeNone || s.Type == x.kind()) && (s.Match == nil || s.Match.Match([]byte(x.key))) {
			visit([]byte(x.key))
		}
	}
	return 0, nil
}

// RandomKey implements store.Keys.
func (m *Model) RandomKey(_ context.Context, op store.Op) ([]byte, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	if len(k.entries) == 0 {
		return nil, nil
	}
	return []byte(k.inOrder()[rand.IntN(len(k.entries))].key), nil
}

// Size implements store.Keys.
func (m *Model) Size(_ context.Context, op store.Op) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	return len(k.entries), nil
}

// Flush implements store.Keys.
func (m *Model) Flush(_ context.Context, op store.Op, all bool) error {
	m.begin(op)
	defer m.mu.Unlock()
	for i, k := range m.spaces {
		if all || i == op.Keyspace {
			for _, x := range k.entries {
				m.remove(k, x, store.Destroyed)
			}
		}
	}
	return nil
}

// KeyBytes implements store.Keys.
func (m *Model) KeyBytes(_ context.Context, op store.Op, key []byte) (int64, bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	if x := k.find(key); x != nil {
		return x.size(), true, nil
	}
	return 0, false, nil
}

// Report implements store.Reporter.
func (m *Model) Report(_ store.Op) store.Report {
	m.begin(store.Op{Now: m.clock.Now()})
	defer m.mu.Unlock()
	r := m.report
	r.UsedBytes, r.MaxBytes = m.used(), m.limits.MaxMemory
	r.PeakBytes = m.report.PeakBytes
	for _, k := range m.spaces {
		n := store.KeyspaceReport{Keys: len(k.entries)}
		principals := map[string]bool{}
		for _, x := range k.entries {
			if x.expiry() != store.Never {
				n.Expires++
			}
			if x.session != nil {
				n.Sessions++
				if x.session.principal != "" {
					principals[x.session.principal] = true
				} else {
					n.Anonymous++
				}
			}
			n.Types[x.kind()]++
		}
		n.Principals = len(principals)
		r.Keyspaces = append(r.Keyspaces, n)
	}
	return r
}
