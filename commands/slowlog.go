package commands

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sessd/store"
)

func slowlogSpecs() []Spec {
	const flags = Admin | Loading | Stale
	return []Spec{
		{
			Usage:   "SLOWLOG GET [count]",
			Summary: "Lists the latest requests that took long, without ids, keys and values.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: slowlogGet,
			Example: `SLOWLOG GET 5 -> []`,
		},
		{
			Usage:   "SLOWLOG LEN",
			Summary: "Returns how many requests SLOWLOG GET -1 would list.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: slowlogLen,
			Example: `SLOWLOG LEN -> 0`,
		},
		{
			Usage:   "SLOWLOG RESET",
			Summary: "Forgets the requests that took long.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: slowlogReset,
			Example: `SLOWLOG RESET -> "OK"`,
		},
	}
}

const errSlowlogCount Error = "ERR count should be greater than or equal to -1"

// slowlog keeps the latest requests that took long.
type slowlog struct {
	threshold atomic.Int64 // nanoseconds from which on a request, or several that were timed together, are noted; see applyOptions

	mu      sync.Mutex
	entries []slowEntry // the latest first
	next    int64
	slower  time.Duration // from which on a request is kept; negative: none is
	most    int           // entries that are kept
}

// slowEntry is a request that took long.
type slowEntry struct {
	id     int64
	at     int64 // seconds since the Unix epoch
	took   time.Duration
	words  []string // without ids, keys and values
	client string   // the address of its peer
	name   string   // of the client
}

// configure sets what is kept, in microseconds and entries.
func (l *slowlog) configure(slower, most int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slower, l.most = time.Duration(slower)*time.Microsecond, int(most)
	l.trim()
}

// trim drops the oldest entries. The lock is held.
func (l *slowlog) trim() {
	if len(l.entries) > l.most {
		clear(l.entries[l.most:])
		l.entries = l.entries[:l.most]
	}
}

func (l *slowlog) add(e slowEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slower < 0 || e.took < l.slower {
		return
	}
	e.id = l.next
	l.next++
	l.entries = slices.Insert(l.entries, 0, e)
	l.trim()
}

func (l *slowlog) latest(n int) []slowEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.entries[:min(n, len(l.entries))])
}

func (l *slowlog) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

func (l *slowlog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

// maxSlowWords is how many words of a request an entry shows, as in Redis.
const maxSlowWords = 32

// slowWords returns the words of a request as the slow log shows them. calls is how many requests of the command were
// timed together. Without words the command's name is shown.
func slowWords(c *Command, words [][]byte, calls uint64) []string {
	var shown []string
	if words == nil {
		shown = strings.Split(c.Name, "|")
	}
	for i, word := range words {
		switch {
		case i == maxSlowWords-1 && len(words) > maxSlowWords:
			shown = append(shown, fmt.Sprintf("... (%d more arguments)", len(words)-i))
		case i >= maxSlowWords:
		case i < c.words || c.says(word):
			shown = append(shown, string(word))
		default:
			shown = append(shown, "(redacted)")
		}
	}
	if calls > 1 {
		shown = append(shown, fmt.Sprintf("(and %d more in a row)", calls-1))
	}
	return shown
}

// count counts a call that ended away from its loop.
func (s *Dispatcher) count(stats *Stats, c *Command, client *Client, words []string, took time.Duration) {
	stats.ran(c, 1, took)
	if !s.untracked.Load() {
		stats.took(c, 1, took)
	}
	if int64(took) >= s.slowlog.threshold.Load() {
		s.noteSlow(c, client, words, took)
	}
}

// noteSlow notes a request that took long, or several of one command that were timed together. words are as slowWords
// returns them.
func (s *Dispatcher) noteSlow(c *Command, client *Client, words []string, took time.Duration) {
	s.latency.add(c, took)
	if c.Flags&SkipSlowLog != 0 {
		return
	}
	client.mu.Lock()
	name := client.name
	client.mu.Unlock()
	s.slowlog.add(slowEntry{at: time.Now().Unix(), took: took, words: words, client: client.Addr, name: name})
}

func slowlogGet(c *Call) error {
	count := int64(10)
	if len(c.Args) > 1 {
		return ErrSubcommandWords(c.Words)
	}
	if len(c.Args) == 1 {
		var ok bool
		if count, ok = store.ParseInt(c.Args[0]); !ok || count < -1 {
			return errSlowlogCount
		}
	}
	if count < 0 || count > math.MaxInt32 {
		count = math.MaxInt32
	}
	entries := c.Dispatcher.slowlog.latest(int(count))
	c.Reply.Array(len(entries))
	for _, e := range entries {
		c.Reply.Array(6)
		c.Reply.Int(e.id)
		c.Reply.Int(e.at)
		c.Reply.Int(e.took.Microseconds())
		c.Reply.Array(len(e.words))
		for _, word := range e.words {
			c.Reply.BulkString(word)
		}
		c.Reply.BulkString(e.client)
		c.Reply.BulkString(e.name)
	}
	return nil
}

func slowlogLen(c *Call) error {
	c.Reply.Int(int64(c.Dispatcher.slowlog.len()))
	return nil
}

func slowlogReset(c *Call) error {
	c.Dispatcher.slowlog.reset()
	c.Reply.Status("OK")
	return nil
}
