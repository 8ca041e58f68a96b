package memory

import (
	"bytes"
	"encoding/binary"
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
	count   atomic.Int64 // of targets
}

// target is a session that has aliases.
type target struct {
	id      []byte
	aliases int
}

// sizeOfTarget is what a target is counted for, beside its id: the struct and its place in the map.
const sizeOfTarget = 96

// tokenOf returns the token of an alias.
func tokenOf(entry []byte) uint64 { return binary.LittleEndian.Uint64(entry[aliasToken:]) }

// newToken returns a token that no session had.
func (a *aliases) newToken() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	return a.last
}

// knows reports whether a token stands for a session.
func (a *aliases) knows(token uint64) bool { return a.leads(token) != nil }

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
func (a *aliases) add(token uint64, id []byte) int64 {
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
	t.aliases++
	return n
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
	return n
}

// end says that the session of a token is gone; drop that one of its aliases is. Both return as add does.
func (a *aliases) end(token uint64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.delete(token)
}

func (a *aliases) drop(token uint64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.targets[token]
	if t == nil {
		return 0
	}
	if t.aliases--; t.aliases > 0 {
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
	return -sizeOfTarget - int64(len(t.id))
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
func (e *Engine) lockEntry(op store.Op, key []byte) (entryRef, error) {
	k := e.space(op.Keyspace)
	hash := k.hash(key)
	s := &k.shards[k.shardOf(hash)]
	s.mu.Lock()
	p := s.at(hash, key, op.Now)
	for p.is(tagAlias) {
		token := tokenOf(p.entry)
		id := k.aliases.leads(token)
		s.unlock()
		if p = k.follow(token, id, op.Now); p.ref != 0 {
			if op.May != nil && !op.May(id) {
				p.unlock()
				return entryRef{}, store.ErrNotPermitted
			}
			return p, nil
		}
		// The session moved or ended meanwhile.
		s.mu.Lock()
		p = s.at(hash, key, op.Now)
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
	n := int64(0)
	for token := range a.targets {
		n += a.delete(token)
	}
	return n
}
