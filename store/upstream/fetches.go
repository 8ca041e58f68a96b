package upstream

// fetch is a session that is being read from the upstream, or created there.
type fetch struct {
	done    chan struct{}
	creates bool // nobody joins it
	discard bool // it changed meanwhile. Guarded by the shard.

	record *record
	moved  aliasTarget
	err    error
}

// join returns the fetch of a session that is under way, or a new one for the caller to do.
func (c *cache) join(name string) (f *fetch, own bool) {
	s, _ := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	f = s.fetches[name]
	if f != nil && !f.creates {
		return f, false
	}
	own = f == nil
	f = &fetch{done: make(chan struct{}), discard: !own}
	if own {
		s.fetches[name] = f
	}
	return f, true
}

// reserve returns a fetch for a session that the caller creates. It is not kept if the session is being read.
func (c *cache) reserve(name string) *fetch {
	s, _ := c.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &fetch{done: make(chan struct{}), creates: true, discard: s.fetches[name] != nil}
	if !f.discard {
		s.fetches[name] = f
	}
	return f
}

// finish ends a fetch that was begun in an era, and keeps what it found unless that may have changed since. A session that is being moved
// is not kept.
func (c *cache) finish(name string, f *fetch, era uint64) {
	if f.record != nil && !f.creates {
		c.noteSize(int64(f.record.size))
	}
	s, hash := c.shard(name)
	s.mu.Lock()
	if s.fetches[name] == f {
		delete(s.fetches, name)
	}
	if f.err == nil && !f.discard {
		if f.record == nil || f.record.mark != "" {
			s.remove(hash, name)
		} else if era == c.era.Load() {
			s.put(hash, newEntry(name, f.record, era))
		}
	}
	s.mu.Unlock()
	close(f.done)
}

// noteSize notes how large a session is that was read.
func (c *cache) noteSize(size int64) {
	large := c.large.Load()
	c.large.Store(max(size, large-(large-size)/32))
}

// ahead returns how many sessions may be read ahead at once, so that those under way have no more than a quarter of the cache's size.
// What could not be kept is not read ahead.
func (c *cache) ahead() int64 {
	large := c.large.Load()
	if large > c.shards[0].most {
		return 0
	}
	return min(c.size/4/max(large, 1), mostTouches)
}

// discard makes nobody keep or join a fetch that is under way.
func (s *cacheShard) discard(name string) {
	if f := s.fetches[name]; f != nil {
		f.discard = true
		delete(s.fetches, name)
	}
}
