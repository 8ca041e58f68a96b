package commands

import (
	"math"
	"slices"
	"sync"

	"sessd/store"
)

// denialRing keeps the latest requests that were denied.
type denialRing struct {
	mu      sync.Mutex
	entries []denialEntry // the latest first
	most    int           // entries that are kept
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

// denialWindow is the time within which equal denials share an entry, in milliseconds.
const denialWindow = 60_000

// keep sets how many entries the log keeps.
func (l *denialRing) keep(most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most = most
	l.entries = l.entries[:min(len(l.entries), most)]
}

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
	l.entries = l.entries[:min(len(l.entries), l.most)]
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

// defaultDenials is how many entries ACL LOG shows when it is not told.
const defaultDenials = 10

// parseLog reads a count, or RESET, or no word.
func parseLog(words [][]byte) (n int, reset bool, err error) {
	switch {
	case len(words) == 0:
		return defaultDenials, false, nil
	case Is(words[0], "RESET"):
		return 0, true, nil
	}
	count, ok := store.ParseInt(words[0])
	if !ok {
		return 0, false, ErrNotInteger
	}
	return int(min(max(count, 0), math.MaxInt32)), false, nil
}

func aclLog(c *Call) error {
	if len(c.Args) > 1 {
		return ErrSubcommandWords(c.Words)
	}
	n, reset, err := parseLog(c.Args)
	if err != nil {
		return err
	}
	log := &c.Dispatcher.Users.log
	if reset {
		log.reset()
		c.Reply.Status("OK")
		return nil
	}
	entries := log.latest(n)
	c.Reply.Array(len(entries))
	for _, e := range entries {
		c.Reply.Map(10)
		integer := func(name string, n int64) {
			c.Reply.BulkString(name)
			c.Reply.Int(n)
		}
		text := func(name, value string) {
			c.Reply.BulkString(name)
			c.Reply.BulkString(value)
		}
		integer("count", int64(e.count))
		text("reason", e.reason)
		text("context", e.context)
		text("object", e.object)
		text("username", e.username)
		c.Reply.BulkString("age-seconds")
		c.Reply.Double(float64(c.Op.Now-e.updated) / 1000)
		text("client-info", e.client)
		integer("entry-id", e.id)
		integer("timestamp-created", e.created)
		integer("timestamp-last-updated", e.updated)
	}
	return nil
}
