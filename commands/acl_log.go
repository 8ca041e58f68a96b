package commands

import (
	"slices"
	"sync"
)

// denialRing keeps the latest requests that were denied.
type denialRing struct {
	mu      sync.Mutex
	entries []denialEntry // the latest first
	next    int64
}

type denialEntry struct {
	id               int64
	count            int
	reason           string
	context          string // "toplevel", "multi" or "lua"
	object           string // redacted where it is a key
	username         string
	created, updated int64 // milliseconds since the Unix epoch
	client           string
}

// maxDenials bounds the log, and denialWindow is the time within which equal denials share an entry, in milliseconds.
const (
	maxDenials   = 128
	denialWindow = 60_000
)

func (l *denialRing) add(e denialEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.entries {
		old := &l.entries[i]
		if old.reason == e.reason && old.context == e.context && old.object == e.object && old.username == e.username && e.created-old.updated < denialWindow {
			old.count++
			old.updated, old.client = e.created, e.client
			again := *old
			l.entries = slices.Insert(slices.Delete(l.entries, i, i+1), 0, again)
			return
		}
	}
	e.id, e.count, e.updated = l.next, 1, e.created
	l.next++
	l.entries = slices.Insert(l.entries, 0, e)
	l.entries = l.entries[:min(len(l.entries), maxDenials)]
}

func (l *denialRing) latest(n int) []denialEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries[:min(n, len(l.entries))])
}

func (l *denialRing) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}
