package tracking

import (
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"

	"sessd/store"
)

// table knows which clients have read which keys. It is in parts with a lock each.
type table struct {
	seed  maphash.Seed
	parts [256]part

	most  atomic.Int64 // keys; 0: any number
	keys  atomic.Int64 // in all parts
	items atomic.Int64 // pairs of a key and a client
	bytes atomic.Int64

	alive func(client int64) bool // reports whether a client still tracks
	// end is called under the lock of a part for a key that leaves it, with the clients that have read it. The change
	// is the reason, or nil. What it is given is valid during the call.
	end func(key []byte, readers []int64, why *store.Change)
}

// averageBytes is how many bytes a key and its readers may take on average when the table is full.
const averageBytes = 256

func newTable() *table { return &table{seed: maphash.MakeSeed()} }

// lock locks the part of a key.
func (t *table) lock(key []byte) (*part, uint64) {
	hash := maphash.Bytes(t.seed, key)
	p := &t.parts[hash%uint64(len(t.parts))]
	p.mu.Lock()
	return p, hash
}

// note notes that a client is about to read a key. A key leaves the table where that is full, or for another of its hash.
func (t *table) note(key []byte, client int64) {
	p, hash := t.lock(key)
	defer p.mu.Unlock()
	at, known := p.byHash[hash]
	if known && string(p.name(at)) != string(key) {
		t.remove(p, at, nil)
		known = false
	}
	if !known {
		at = p.add(hash, key)
	}
	if !p.readers.add(&p.entries[at], client) {
		return
	}
	if p.wasteful() {
		p.rebuild(t.alive)
	}
	t.count(p)
	t.shrink(p)
}

// shrink takes keys out of a part while the table is over its limit.
func (t *table) shrink(p *part) {
	for len(p.entries) > 0 {
		most := t.most.Load()
		if most == 0 || t.keys.Load() <= most && t.bytes.Load() <= max(most, 1<<12)*averageBytes {
			return
		}
		t.remove(p, rand.Uint32N(uint32(len(p.entries))), nil)
	}
}

// limit sets how many keys there may be; 0: any number. Those that are too many leave the table.
func (t *table) limit(most int64) {
	t.most.Store(most)
	for i := range t.parts {
		p := &t.parts[i]
		p.mu.Lock()
		t.shrink(p)
		p.mu.Unlock()
	}
}

// changed takes a key out of the table that has changed.
func (t *table) changed(key []byte, why *store.Change) {
	if t.keys.Load() == 0 {
		return
	}
	p, hash := t.lock(key)
	defer p.mu.Unlock()
	if at, known := p.byHash[hash]; known && string(p.name(at)) == string(key) {
		t.remove(p, at, why)
	}
}

// clear forgets every key.
func (t *table) clear() {
	for i := range t.parts {
		p := &t.parts[i]
		p.mu.Lock()
		p.keySet = keySet{}
		t.count(p)
		p.mu.Unlock()
	}
}

func (t *table) remove(p *part, at uint32, why *store.Change) {
	p.found = p.readers.take(&p.entries[at], p.found[:0])
	t.end(p.name(at), p.found, why)
	p.drop(at)
	t.count(p)
}

// count brings the totals up to date with a part.
func (t *table) count(p *part) {
	now := totals{int64(len(p.entries)), int64(p.readers.count), p.bytes()}
	for _, one := range []struct {
		total *atomic.Int64
		more  int64
	}{{&t.keys, now.keys - p.counted.keys}, {&t.items, now.items - p.counted.items}, {&t.bytes, now.bytes - p.counted.bytes}} {
		if one.more != 0 {
			one.total.Add(one.more)
		}
	}
	p.counted = now
}
