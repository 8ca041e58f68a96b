package memory

import (
	"runtime"

	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// Checked is an engine that grows and splits often, and checks itself after every operation.
type Checked struct{ *Engine }

// NewChecked returns one.
func NewChecked(o Options) Checked {
	o.segmentSlots, o.checked = arena.LeastSlots, !Raced
	return Checked{New(o)}
}

// LargeSoon returns the options of an engine whose collections are large soon.
func LargeSoon(o Options) Options {
	o.smallBytes, o.treeOrder, o.longElements = 12, tree.Tiny, 4
	return o
}

// Close checks the whole before it closes. It leaves an engine in which a panic left locks, so that the panic is what is seen.
func (c Checked) Close() error {
	if c.abandoned() {
		return nil
	}
	err := c.Check()
	if closed := c.Engine.Close(); err == nil {
		err = closed
	}
	if err != nil {
		panic(err)
	}
	return nil
}

// abandoned reports whether a panic runs what this goroutine has deferred while a shard is locked, maybe for good.
func (c Checked) abandoned() bool {
	locked := false
	c.eachShard(func(s *shard) bool {
		if locked = !s.mu.TryLock(); !locked {
			s.mu.Unlock()
		}
		return !locked
	})
	return locked && panicking()
}

// panicking reports whether a panic runs what this goroutine has deferred.
func panicking() bool {
	callers := make([]uintptr, 100)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	for frame, more := frames.Next(); more; frame, more = frames.Next() {
		if frame.Function == "runtime.gopanic" {
			return true
		}
	}
	return false
}

// Held returns the bytes of the slabs, segments and mappings in use.
func (e *Engine) Held() int64 { return e.pages.Held.Load() }

// Idle returns the bytes of free slabs that are resident.
func (e *Engine) Idle() int { return e.pages.IdleBytes() }

// Touched returns how many of them are resident once the ends of slabs were given back, in whole pages.
func (e *Engine) Touched() int64 {
	n := e.Held()
	for i := range e.spaces {
		k := e.spaces[i].Load()
		if k == nil {
			continue
		}
		for j := range k.shards {
			n -= k.shards[j].table.Untouched()
		}
	}
	return n
}
