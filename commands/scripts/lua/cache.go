package lua

import (
	"container/list"
	"sync"
)

// Cache keeps compiled scripts by their SHA1. Scripts that were only run make room for newer ones, the least recently used
// first; scripts that were loaded stay until Flush. It is safe for concurrent use.
type Cache struct {
	mu    sync.Mutex
	limit int
	bytes int
	known map[string]*cached
	// run has the scripts that may make room, the most recently used in front.
	run list.List
}

// cached is a script with its place among those that may make room, nil for a loaded one.
type cached struct {
	script *Script
	place  *list.Element
}

// overhead is about what a compiled script takes beside its source, in bytes.
const overhead = 1024

// NewCache returns a cache that keeps up to limit bytes of scripts that were only run.
func NewCache(limit int) *Cache {
	return &Cache{limit: limit, known: map[string]*cached{}}
}

// Get returns the script with a SHA1 in lower case, nil for none.
func (c *Cache) Get(sha []byte) *Script {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.known[string(sha)]
	if entry == nil {
		return nil
	}
	if entry.place != nil {
		c.run.MoveToFront(entry.place)
	}
	return entry.script
}

// Eval returns the script of a source, compiled on first sight. It may make room later.
func (c *Cache) Eval(source []byte) (*Script, error) { return c.obtain(source, false) }

// Load returns the script of a source and keeps it until Flush.
func (c *Cache) Load(source []byte) (*Script, error) { return c.obtain(source, true) }

// obtain compiles outside the lock. Of two that compile the same source, the first to finish counts.
func (c *Cache) obtain(source []byte, keep bool) (*Script, error) {
	sha := Sum(source)
	script := c.Get([]byte(sha))
	if script == nil {
		compiled, err := Compile(source)
		if err != nil {
			return nil, err
		}
		script = compiled
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.known[sha]
	if entry == nil {
		entry = &cached{script: script}
		entry.place = c.run.PushFront(entry)
		c.known[sha] = entry
		c.bytes += size(script)
	}
	if keep && entry.place != nil {
		c.run.Remove(entry.place)
		entry.place = nil
		c.bytes -= size(entry.script)
	}
	for c.bytes > c.limit && c.run.Len() > 1 {
		oldest := c.run.Remove(c.run.Back()).(*cached)
		delete(c.known, oldest.script.SHA)
		c.bytes -= size(oldest.script)
	}
	return entry.script, nil
}

// size is what a script counts for, in bytes. Instructions and constants take about four times the source.
func size(s *Script) int { return 5*len(s.Source) + overhead }

// Flush forgets every script. Those that run go on.
func (c *Cache) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = map[string]*cached{}
	c.run.Init()
	c.bytes = 0
}

// Stats returns the number of scripts and about how many bytes they take.
func (c *Cache) Stats() (scripts, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, entry := range c.known {
		bytes += size(entry.script)
	}
	return len(c.known), bytes
}
