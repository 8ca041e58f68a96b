// Package audit keeps a record of what became of sessions and of who did what to the server, as JSON lines. It names
// neither sessions nor people: in place of ids, principals, users, names and addresses it has their keyed hashes.
//
// Changes of sessions come from the engine (Changed), all else from the commands (Note). Both only put an entry into a
// bounded queue; a goroutine hashes, encodes and writes. An entry that finds no room, or that exceeds the rate of its
// kind, is left out and counted. The record itself says so.
package audit

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"sessd/commands"
	"sessd/store"
)

// maxWaiting bounds the memory of entries that wait to be written, in bytes.
const maxWaiting = 2 << 20

// Options say how a record is kept.
type Options struct {
	Target   io.Writer // gets whole lines, many in a call
	Key      [32]byte  // of the hashes
	KeyKept  bool      // the key is the same after the next start
	Rate     int64     // entries of one kind in a second; 0: no limit
	Identity func(client int64) (commands.Identity, bool)
}

// Log is a record. It is a commands.Auditor and a store.Observer.
type Log struct {
	options Options
	rate    atomic.Int64
	hasher  hasher
	torn    bool // the target has the beginning of a line

	written, lost, leftOut atomic.Uint64 // entries since the start

	wake chan struct{}
	done chan struct{}

	mu      sync.Mutex // guards what follows
	waiting []entry
	bytes   int    // of memory of these
	untold  uint64 // entries that were lost since the last that was written
	windows map[string]*window
	closed  bool
}

// window is the second in which entries of a kind are counted.
type window struct {
	entries int64
	left    uint64      // of them were left out
	end     *time.Timer // nil: it has not begun
}

// New returns a record that keeps its entries until Start. Its first one says which key the hashes are made with.
func New(o Options) *Log {
	l := &Log{options: o, hasher: newHasher(o.Key), wake: make(chan struct{}, 1), done: make(chan struct{}), windows: make(map[string]*window)}
	l.rate.Store(o.Rate)
	l.add(entry{event: eventStarted})
	return l
}

// SetRate sets how many entries of one kind there may be in a second; 0: any number.
func (l *Log) SetRate(n int64) { l.rate.Store(n) }

// Start begins to write, in the background.
func (l *Log) Start() { go l.run() }

// Written returns how many entries have been written.
func (l *Log) Written() uint64 { return l.written.Load() }

// Lost returns how many entries were not written because the target was away or too slow.
func (l *Log) Lost() uint64 { return l.lost.Load() }

// LeftOut returns how many entries were not written because there were too many of their kind.
func (l *Log) LeftOut() uint64 { return l.leftOut.Load() }

// Note is part of commands.Auditor.
func (l *Log) Note(a *commands.Act) {
	if !l.admits(a.Event) {
		return
	}
	e := entry{
		event: a.Event, reason: a.Reason, key: append([]byte(nil), a.Key...), subject: a.User, settings: a.Settings, failures: a.Failures, failed: a.Failed,
	}
	if a.Client != nil {
		e.who = a.Client.Identity()
	}
	if a.Command != "" {
		e.who.Command = a.Command
	}
	l.add(e)
}

// Wants is part of store.Observer.
func (l *Log) Wants() store.Events {
	return store.SessionEvents | store.ExpiredEvents | store.EvictedEvents | store.FlushEvents | store.GenericEvents | store.PrincipalEvents
}

// Changed is part of store.Observer.
func (l *Log) Changed(c *store.Change, _ store.Entry) {
	event, cause := sessionEvent(c)
	if event == "" || !l.admits(event) {
		return
	}
	e := entry{event: event, cause: cause, session: true, keyspace: c.Keyspace}
	e.principal = append([]byte(nil), c.Principal...)
	if c.Event != store.EventDestroyedAll {
		e.id = append([]byte(nil), c.Key...)
	}
	e.former = append([]byte(nil), c.Former...)
	if c.Client != 0 && byCommand(c.Event) {
		e.who.ID = c.Client
		if who, ok := l.options.Identity(c.Client); ok {
			e.who = who
		}
		if e.cause == causeCommand && e.who.Command == "sess.destroyall" {
			e.cause = causeDestroyAll
		}
	}
	l.add(e)
}

// admits counts an entry and reports whether the rate of its kind leaves it in.
func (l *Log) admits(event string) bool {
	most := l.rate.Load()
	if most == 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.windows[event]
	if w == nil {
		w = &window{}
		l.windows[event] = w
	}
	if w.end == nil {
		w.end = time.AfterFunc(time.Second, func() { l.finish(event) })
	}
	if w.entries++; w.entries > most {
		w.left++
		l.leftOut.Add(1)
		return false
	}
	return true
}

// finish ends the window of a kind, and tells of what it left out.
func (l *Log) finish(event string) {
	l.mu.Lock()
	w := l.windows[event]
	left := w.left
	*w = window{}
	l.mu.Unlock()
	if left > 0 {
		l.add(entry{event: eventLeftOut, of: event, entries: left})
	}
}

// add puts an entry into the queue, or counts it as lost.
func (l *Log) add(e entry) {
	e.time = time.Now()
	l.mu.Lock()
	if size := e.size(); l.closed || l.bytes+size > maxWaiting {
		l.lost.Add(1)
		l.untold++
	} else {
		l.waiting = append(l.waiting, e)
		l.bytes += size
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
