package memory

import (
	"math"
	"sync/atomic"

	"sessd/store"
)

// What an entry is counted for, in bytes, beside its names and values: the structs, headers, map and heap slots of it
// as Go lays them out, rounded up. This is an estimate.
const (
	entryOverhead     = 136
	sessionOverhead   = 136
	componentOverhead = 112
	fieldOverhead     = 48
)

// typeAlias is the type of an entry that leads to a session which had its id before. It is counted and shown nowhere.
const typeAlias = store.Type(math.MaxUint8)

// gone is the home of an entry that was removed.
const gone = -1

// entry is what is stored under one key. All of it belongs to the lock of its shard.
type entry struct {
	next *entry // in its slot of the table
	hash uint64
	key  []byte
	kind store.Type

	// home is the index of the entry's shard. It changes under the locks of both shards only, and is atomic because one
	// who comes through an alias reads it to learn which lock to take.
	home atomic.Int32

	bytes    int64 // what it is counted for
	expireAt int64 // or store.Never
	due      int64 // the time by which the deadlines are sorted, never after expireAt
	place    int   // in the deadlines, or noPlace

	value []byte   // of a string
	data  *session // of a session
	leads *entry   // of an alias: to the session
}

// isExpired says whether the entry is gone at a time, even though it may not be removed yet.
func (x *entry) isExpired(now int64) bool { return x.expireAt != store.Never && x.expireAt <= now }

// size returns what the entry is to be counted for.
func (x *entry) size() int64 {
	switch x.kind {
	case store.TypeString:
		return stringSize(len(x.key), len(x.value))
	case store.TypeSession:
		return x.data.size(len(x.key))
	}
	return aliasSize(len(x.key))
}

func stringSize(key, value int) int64 { return entryOverhead + int64(key) + int64(value) }

func aliasSize(key int) int64 { return entryOverhead + int64(key) }

// after returns the time d milliseconds after t, or the last there is.
func after(t, d int64) int64 {
	if d > 0 && t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}
