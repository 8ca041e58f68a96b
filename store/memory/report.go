package memory

import "sessd/store"

// Report implements store.Reporter.
func (e *Engine) Report() store.Report {
	r := store.Report{
		UsedBytes: e.used.Load(),
		PeakBytes: e.peak.Load(),
		MaxBytes:  e.Limits().MaxMemory,
		Keyspaces: make([]store.KeyspaceReport, len(e.spaces)),
	}
	for i := range e.spaces {
		k := &r.Keyspaces[i]
		for j := range e.spaces[i].shards {
			c := e.spaces[i].shards[j].counters()
			k.Keys += c.sessions + c.strings
			k.Expires += c.expires
			k.Sessions += c.sessions
			r.Created += c.created
			r.Saved += c.saved
			r.Loaded += c.loaded
			r.Rotated += c.rotated
			r.Refused += c.refused
			r.Conflicts += c.conflicts
			r.KeyHits += c.hits
			r.KeyMisses += c.misses
			for cause := range c.removed {
				r.Removed[cause] += c.removed[cause]
				r.Keys[cause] += c.keys[cause]
			}
		}
		k.Principals = e.spaces[i].principals.count()
	}
	return r
}

func (s *shard) counters() counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}
