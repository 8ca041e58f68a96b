package memory

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"

	"sessd/store"
)

// aliases knows to which session the aliases of a keyspace lead. An alias is an entry that names a token; the token
// stands for a session as long as it lives and has aliases. Where a session goes changes under the lock of its shard,
// and this lock is taken under those of shards.
type aliases struct {
	mu      sync.Mutex
	last    uint64
	targets map[uint64]*target
	ended   []uint64     // hashes of aliases that lead nowhere any more and are still in their shards
	waker   *waker       // is set when there are any
	count   atomic.Int64 // of targets
	entries atomic.Int64 // aliases in shards
	bytes   atomic.Int64 // of those, and of targets
}

// target is a session that has aliases, at most maxAliases: the oldest makes room for one more.
type target struct {
	id      []byte
	aliases []oldID // the oldest first
}

// oldID is an alias by the hash of its id.
type oldID struct {
	hash  uint64
	until int64  // milliseconds since the Unix epoch
	order uint64 // a number of newToken: the later, the greater
}

// maxAliases is how many old ids lead to a session at once.
const maxAliases = store.MaxAliases

// sizeOfTarget is what a target is counted for, beside its id: the struct, its aliases, and its place in the map.
const sizeOfTarget = 96 + 24*maxAliases

// tokenOf returns the token of an alias.
func tokenOf(entry []byte) uint64 { return binary.LittleEndian.Uint64(entry[aliasToken:]) }

// newToken returns a token that no session had.
func (a *aliases) newToken() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	return a.last
}

// knows reports whether the alias with a token and a hash leads to a session.
func (a *aliases) knows(token, hash uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.targets[token]
	return t != nil && slices.ContainsFunc(t.aliases, func(x oldID) bool { return x.hash == hash })
}

// leads returns the id of the session for which a token stands, or nil. The id does not change.
func (a *aliases) leads(token uint64) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.targets[token]; t != nil {
		return t.id
	}
	return nil
}

// add says that the session of a token, which lives under id, has one more alias. move says that it lives under id now.
// Both return by how many bytes the aliases have grown.
func (a *aliases) add(token uint64, id []byte, alias oldID, now int64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.targets == nil {
		a.targets = make(map[uint64]*target)
	}
	t, n := a.targets[token], int64(0)
	if t == nil {
		t, n = new(target), sizeOfTarget
		a.targets[token] = t
		a.count.Add(1)
	}
	n += int64(len(id) - len(t.id))
	t.id = bytes.Clone(id)
	t.aliases = slices.DeleteFunc(t.aliases, func(x oldID) bool {
		over := x.until <= now
		if over {
			a.end(x.hash)
		}
		return over
	})
	if len(t.aliases) == maxAliases {
		a.end(t.aliases[0].hash)
		t.aliases = slices.Delete(t.aliases, 0, 1)
	}
	i := len(t.aliases)
	for i > 0 && t.aliases[i-1].order > alias.order { // a snapshot has them in any order
		i--
	}
	t.aliases = slices.Insert(t.aliases, i, alias)
	return a.grow(n)
}

func (a *aliases) move(token uint64, id []byte) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.targets[token]
	if t == nil {
		return 0
	}
	n := int64(len(id) - len(t.id))
	t.id = bytes.Clone(id)
	return a.grow(n)
}

// grow counts n bytes, and returns them.
func (a *aliases) grow(n int64) int64 {
	a.bytes.Add(n)
	return n
}

// end lets an alias that leads nowhere be taken out of its shard.
func (a *aliases) end(hash uint64) {
	a.ended = append(a.ended, hash)
	a.waker.set(immediately)
}

// target returns the session for which a token stands, and its alias with a hash; nil if that is none.
func (a *aliases) target(token, hash uint64) (id []byte, alias oldID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.targets[token]; t != nil {
		if i := slices.IndexFunc(t.aliases, func(x oldID) bool { return x.hash == hash }); i >= 0 {
			return t.id, t.aliases[i]
		}
	}
	return nil, oldID{}
}

// met says that a token has been given out.
func (a *aliases) met(token uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = max(a.last, token)
}

// drop records that the session of a token is gone from an id, unless it has another one now, and ends its aliases.
// dropAlias does so for one alias. Both return as add does.
func (a *aliases) drop(token uint64, id []byte) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.targets[token]
	if t == nil || !bytes.Equal(t.id, id) {
		return 0
	}
	for _, x := range t.aliases {
		a.end(x.hash)
	}
	return a.delete(token)
}

func (a *aliases) dropAlias(token, hash uint64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.targets[token]
	if t == nil {
		return 0
	}
	t.aliases = slices.DeleteFunc(t.aliases, func(x oldID) bool { return x.hash == hash })
	if len(t.aliases) > 0 {
		return 0
	}
	return a.delete(token)
}

func (a *aliases) delete(token uint64) int64 {
	t := a.targets[token]
	if t == nil {
		return 0
	}
	delete(a.targets, token)
	a.count.Add(-1)
	return a.grow(-sizeOfTarget - int64(len(t.id)))
}

// evict lets the oldest alias of some session lead nowhere, and returns false when there is none. It adds to grown as add
// does.
func (a *aliases) evict(grown *int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for token, t := range a.targets {
		a.end(t.aliases[0].hash)
		if t.aliases = slices.Delete(t.aliases, 0, 1); len(t.aliases) == 0 {
			*grown += a.delete(token)
		}
		return true
	}
	return false
}

// sweepAlias takes an alias that leads nowhere out of its shard, and returns false when there is none.
func (k *keyspace) sweepAlias(now int64) bool {
	a := &k.aliases
	a.mu.Lock()
	hash, ok := takeLast(&a.ended)
	if !ok {
		a.ended = nil
	}
	a.mu.Unlock()
	if !ok {
		return false
	}
	s := &k.shards[k.shardOf(hash)]
	s.mu.Lock()
	defer s.unlock()
	if g := s.table.Segment(uint32(hash)); g != nil {
		for i := g.Seek(uint32(hash)); g.Has(i, uint32(hash)); i++ {
			p := s.refTo(g.Ref(i), now)
			if tag(p.entry) == tagAlias && k.hash(p.key) == hash && !a.knows(tokenOf(p.entry), hash) {
				p.remove(store.Expired)
				break
			}
		}
	}
	return true
}

// evictOld is evictAlias under a policy that evicts.
func (e *Engine) evictOld(policy store.Policy, now int64) bool {
	return policy != store.NoEviction && e.evictAlias(now)
}

// evictAlias takes an alias out of its shard: first one that leads nowhere, then the oldest of some session. It returns
// false when there is none.
func (e *Engine) evictAlias(now int64) bool {
	grown := int64(0)
	defer func() { e.account(grown, 0) }()
	for i := range e.spaces {
		if k := e.spaces[i].Load(); k != nil && (k.sweepAlias(now) || k.aliases.evict(&grown)) {
			return true
		}
	}
	return false
}

// appendAlias appends the entry of an alias.
func appendAlias(to, id []byte, token uint64, deadline int64) []byte {
	var b [aliasSize]byte
	b[0] = tagAlias
	set16(b[:], aliasKey, len(id))
	set64(b[:], aliasToken, int64(token))
	set64(b[:], aliasExpiry, deadline)
	return append(append(to, b[:]...), id...)
}

// lockEntry locks the shard of the entry to which a key leads, and returns where that is. Where there is none, it is the
// place for it. Nothing is locked with ErrNotPermitted.
func (e *Engine) lockEntry(op store.Op, key []byte) (p entryRef, err error) {
	err = p.lockIn(e, &op, key)
	return p, err
}

// lockIn is lockEntry into p. A result of its size, or an Op, is copied from frame to frame at a part of what a short
// operation costs.
func (p *entryRef) lockIn(e *Engine, op *store.Op, key []byte) (err error) {
	if op.Tx != nil {
		*p, err = e.entryOfStep(*op, key)
		return err
	}
	k := e.space(op.Keyspace)
	var m *memo
	var hash uint64
	if op.Memo == nil {
		hash = k.hash(key)
	} else {
		m = op.Memo.(*memo)
		hash = m.hashFor(k, key)
	}
	s := &k.shards[k.shardOf(hash)]
	s.mu.lockForKeys()
	p.seek(s, hash, key, op.Now, m)
	for s.late {
		s.unlock() // lets in who waits
		s.mu.Lock()
		*p = s.again(hash, key, op.Now)
	}
	for p.is(tagAlias) {
		token := tokenOf(p.entry)
		id := k.aliases.leads(token)
		s.unlock()
		if *p = k.follow(token, id, op.Now); p.ref != 0 {
			if op.May != nil && !op.May(id) {
				p.unlock()
				*p = entryRef{}
				return store.ErrNotPermitted
			}
			break
		}
		// The session moved or ended meanwhile.
		s.mu.Lock()
		p.seek(s, hash, key, op.Now, m)
	}
	p.client = op.Client
	return nil
}

// entryOfStep is lockEntry within a step.
func (e *Engine) entryOfStep(op store.Op, key []byte) (entryRef, error) {
	h := e.lockSet(op)
	p := h.find(key)
	if op.May != nil && p.ref != 0 && !bytes.Equal(p.key, key) && !op.May(p.key) {
		return entryRef{}, store.ErrNotPermitted
	}
	return p, nil
}

// follow locks the shard of the session for which a token stood a moment ago, and returns where that is. When it is not
// there any more it locks nothing.
func (k *keyspace) follow(token uint64, id []byte, now int64) entryRef {
	if id == nil {
		return entryRef{}
	}
	hash := k.hash(id)
	s := &k.shards[k.shardOf(hash)]
	s.mu.Lock()
	if bytes.Equal(k.aliases.leads(token), id) {
		if p := s.at(hash, id, now); p.ref != 0 {
			return p
		}
	}
	s.unlock()
	return entryRef{}
}

// reset forgets every session, and returns as add does. Tokens are not given out again.
func (a *aliases) reset() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := -a.bytesOfTargets()
	a.targets, a.ended = nil, nil
	a.count.Store(0)
	a.entries.Store(0)
	a.bytes.Store(0)
	return n
}

// bytesOfTargets returns what the targets are counted for.
func (a *aliases) bytesOfTargets() (n int64) {
	for _, t := range a.targets {
		n += sizeOfTarget + int64(len(t.id))
	}
	return n
}

// all returns the ids of the sessions that tokens stand for.
func (a *aliases) all() map[uint64][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make(map[uint64][]byte, len(a.targets))
	for token, t := range a.targets {
		all[token] = t.id
	}
	return all
}
