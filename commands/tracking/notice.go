package tracking

import (
	"slices"
	"sync"

	"sessd/commands"
)

// channel is where clients of RESP2 hear of changes.
const channel = "__redis__:invalidate"

// notice tells clients of changes. It has a form for the client itself, which must speak RESP3, and one for a subscriber
// in its place.
type notice struct{ direct, redirected *commands.Message }

// newNotice returns the notice of what a function writes: the keys, or null for all.
func newNotice(keys func(commands.Reply)) notice {
	push := func(r commands.Reply) {
		r.Push(2)
		r.BulkString("invalidate")
		keys(r)
	}
	message := func(r commands.Reply) {
		r.Array(3)
		r.BulkString("message")
		r.BulkString(channel)
		keys(r)
	}
	return notice{commands.NewMessages(nil, push), commands.NewMessages(message, push)}
}

// of returns the notice of one key.
func of(key string) notice {
	return newNotice(func(r commands.Reply) {
		r.Array(1)
		r.BulkString(key)
	})
}

// brokenNotice tells a client that the one with an id, which was told in its place, is gone.
func brokenNotice(id int64) *commands.Message {
	return commands.NewMessages(nil, func(r commands.Reply) {
		r.Push(2)
		r.BulkString("tracking-redir-broken")
		r.Int(id)
	})
}

// batch is changed keys of which one client is not told yet. More join until it is told.
type batch struct {
	mu     sync.Mutex
	keys   []string // in the order of the alphabet
	bytes  int
	closed bool
}

// batchBytes is how many bytes of keys are told at once, and how many a batch counts while it waits.
const batchBytes = 4 << 10

// add adds a key, and reports whether it is among those that the client will be told.
func (b *batch) add(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	at, known := slices.BinarySearch(b.keys, key)
	if known {
		return true
	}
	if b.bytes > 0 && b.bytes+len(key) > batchBytes {
		return false
	}
	b.keys = slices.Insert(b.keys, at, key)
	b.bytes += len(key) + 1
	return true
}

// notice returns the notice of the keys that are in the batch when it is written.
func (b *batch) notice() notice {
	n := newNotice(func(r commands.Reply) {
		b.mu.Lock()
		b.closed = true
		b.mu.Unlock()
		r.Array(len(b.keys))
		for _, key := range b.keys {
			r.BulkString(key)
		}
	})
	n.direct.Unfinished(batchBytes)
	n.redirected.Unfinished(batchBytes)
	return n
}
