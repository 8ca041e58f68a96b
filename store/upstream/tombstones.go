package upstream

import "sync"

// tombstones are the sessions that were destroyed here: by key, until when what was created must not come back. A failover
// may bring back what its replica had not heard of.
type tombstones struct {
	mu     sync.RWMutex
	buried map[string]tombstone
	order  []string // of burial
}

type tombstone struct {
	at    int64 // what was created until then is dead
	until int64 // when the session would have ended
}

// mostTombstones bounds the memory of tombstones; the oldest give way.
const mostTombstones = 1 << 18

// unknownLife is for how long a session may come back of which nobody knows how long it lives, in milliseconds.
const unknownLife = 24 * 3600 * 1000

// bury notes that a session was destroyed at a time, and could have lived until another; 0: nobody knows.
func (t *tombstones) bury(key string, at, until int64) {
	if until <= at {
		until = at + unknownLife
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buried == nil {
		t.buried = make(map[string]tombstone)
	}
	if _, is := t.buried[key]; !is {
		t.order = append(t.order, key)
	}
	t.buried[key] = tombstone{at, until}
	for len(t.order) > mostTombstones || len(t.order) > 0 && t.buried[t.order[0]].until < at {
		delete(t.buried, t.order[0])
		t.order = t.order[1:]
	}
}

// lift notes that a session which was created at a time has a key by right.
func (t *tombstones) lift(key string, created int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one, is := t.buried[key]; is && one.at >= created {
		one.at = created - 1
		t.buried[key] = one
	}
}

// at returns the time until which what was created under a key is dead; 0: nothing is.
func (t *tombstones) at(key string) int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.buried[key].at
}

// count returns how many tombstones there are.
func (t *tombstones) count() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.buried)
}
