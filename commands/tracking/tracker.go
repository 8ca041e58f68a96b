package tracking

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sessd/commands"
	"sessd/store"
)

// mode is how a client is told of changes. It does not change.
type mode struct {
	broadcast bool // of all keys with its prefixes, whether it has read them or not
	optIn     bool // of what the command behind CLIENT CACHING YES reads
	optOut    bool // of all but what the command behind CLIENT CACHING NO reads
	noLoop    bool // not of its own changes
	redirect  *commands.Client
	reader    *commands.User // with broadcast: by whose right to read keys they are told; nil: all
}

// tracker is a client that is told of changes. It is a commands.Tracker.
type tracker struct {
	hub      *hub
	client   *commands.Client
	mode     atomic.Pointer[mode] // nil: it is told of none
	broken   atomic.Bool          // the client that is told in its place is gone
	prefixes []string             // in the order of the alphabet; for the client's loop
	caching  atomic.Bool          // CLIENT CACHING came before

	mu    sync.Mutex // guards batch
	batch *batch     // the last that it was sent; nil: none
}

// Read is part of commands.Tracker.
func (t *tracker) Read(keys []commands.Key) bool {
	m := t.mode.Load()
	switch {
	case m == nil || m.optIn && !t.caching.Load() || m.optOut && t.caching.Load():
		return false
	case !m.broadcast:
		for i := range keys {
			t.hub.table.note(keys[i].Word, t.client.ID)
		}
	}
	return true
}

// Forget is part of commands.Tracker.
func (t *tracker) Forget(keys []commands.Key) {
	for i := range keys {
		t.send(of(string(keys[i].Word)))
	}
}

// Answered is part of commands.Tracker. As in Redis broadcasts come when all requests that arrived together are answered.
func (t *tracker) Answered() bool {
	if t.caching.Load() {
		t.caching.Store(false)
	}
	m := t.mode.Load()
	return m != nil && !m.broadcast
}

// State is part of commands.Tracker.
func (t *tracker) State() commands.Tracking {
	m := t.mode.Load()
	if m == nil {
		return commands.Tracking{}
	}
	return commands.Tracking{On: true, Broadcast: m.broadcast, Broken: t.broken.Load(), Redirect: m.redirectID()}
}

// redirectID returns the id of the client that is told in the client's place; 0: none is.
func (m *mode) redirectID() int64 {
	if m.redirect == nil {
		return 0
	}
	return m.redirect.ID
}

// skips reports whether a client is not told of a change because it has made it.
func (m *mode) skips(client int64, c *store.Change) bool {
	return m.noLoop && c != nil && c.Client == client && c.Event != store.EventExpired && c.Event != store.EventEvicted
}

// send sends a notice to the client or to who is told in its place, and reports whether there was a way to.
func (t *tracker) send(n notice) bool {
	m := t.mode.Load()
	switch {
	case m == nil:
		return false
	case m.redirect == nil:
		return t.client.Protocol() == 3 && t.client.Conn.Push(n.direct)
	case m.redirect.Protocol() != 3 && !m.redirect.Subscribed() && !m.redirect.Gone():
		return false
	}
	message := n.direct
	if m.redirect.Subscribed() {
		message = n.redirected
	}
	if !m.redirect.Gone() && m.redirect.Conn.Push(message) {
		return true
	}
	t.broken.Store(true)
	if t.client.Protocol() == 3 {
		t.client.Conn.Push(brokenNotice(m.redirectID()))
	}
	return false
}

// tell tells the client of a key that has a prefix of its own.
func (t *tracker) tell(key string, c *store.Change) {
	m := t.mode.Load()
	if m == nil || m.skips(t.client.ID, c) || m.reader != nil && !m.reader.MayRead([]byte(key)) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.batch != nil && t.batch.add(key) {
		return
	}
	t.batch = new(batch)
	t.batch.add(key)
	if !t.send(t.batch.notice()) {
		t.batch = nil
	}
}

// hears makes the client hear of keys with more prefixes.
func (t *tracker) hears(more []string) {
	for _, text := range more {
		if at, known := slices.BinarySearch(t.prefixes, text); !known {
			t.prefixes = slices.Insert(t.prefixes, at, text)
			t.hub.prefixes.join(text, t)
		}
	}
}

// overlap returns the error of prefixes of which one key would have two, with those that the client has.
func (t *tracker) overlap(more []string) error {
	for i, one := range more {
		for _, there := range t.prefixes {
			if overlaps(one, there) {
				return errOverlap(one, "an existing prefix", there)
			}
		}
		for _, other := range more[i+1:] {
			if overlaps(one, other) {
				return errOverlap(one, "another provided prefix", other)
			}
		}
	}
	return nil
}

func overlaps(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }
