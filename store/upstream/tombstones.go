package upstream

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// tombstones are the sessions that were destroyed here, by key. A failover may bring back what its replica had not heard of, and
// that is dead.
type tombstones struct {
	mu     sync.RWMutex
	buried map[string]tombstone
	order  []string // of burial
}

type tombstone struct {
	handles []string // of the sessions, the last of them
	at      int64    // what was created until then is dead, where nobody knows its handle; 0: all are known
	until   int64    // when the last of them would have ended
}

const (
	mostTombstones = 1 << 18 // the oldest give way
	mostHandles    = 4       // of one key
)

// unknownLife is for how long a session may come back of which nobody knows how long it lives, in milliseconds.
const unknownLife = 24 * 3600 * 1000

// bury notes that the session with a handle was destroyed at a time, and could have lived until another. An empty handle stands for
// all that were created until then; 0: nobody knows how long it lives.
func (t *tombstones) bury(key, handle string, at, until int64) {
	if until <= at {
		until = at + unknownLife
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buried == nil {
		t.buried = make(map[string]tombstone)
	}
	one, is := t.buried[key]
	if !is {
		t.order = append(t.order, key)
	}
	if handle == "" {
		one.at = at
	} else if !slices.Contains(one.handles, handle) {
		one.handles = append(slices.Clone(one.handles[max(0, len(one.handles)+1-mostHandles):]), handle)
	}
	one.until = max(one.until, until)
	t.buried[key] = one
	for len(t.order) > mostTombstones || len(t.order) > 0 && t.buried[t.order[0]].until < at {
		delete(t.buried, t.order[0])
		t.order = t.order[1:]
	}
}

// lift notes that the session with a handle has a key by right. An empty handle is that of a session created now.
func (t *tombstones) lift(key, handle string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one, is := t.buried[key]
	if !is {
		return
	}
	one.at = 0
	one.handles = slices.DeleteFunc(slices.Clone(one.handles), func(h string) bool { return h == handle })
	t.buried[key] = one
}

// holds reports whether a session that is found under a key is dead.
func (t *tombstones) holds(key string, r *record) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	one, is := t.buried[key]
	return is && (r.created <= one.at || slices.Contains(one.handles, r.handle))
}

// flags returns what scripts are told of the dead of a key.
func (t *tombstones) flags(key string) string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	one, is := t.buried[key]
	if !is {
		return "0|"
	}
	return strconv.FormatInt(one.at, 10) + "|" + strings.Join(one.handles, ",")
}

// count returns how many keys have tombstones.
func (t *tombstones) count() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.buried)
}
