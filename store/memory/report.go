package memory

import "sessd/store"

// UsedBytes returns the memory that the engine counts for its entries and their index.
func (e *Engine) UsedBytes() int64 { return e.used.Load() }

// Report implements store.Reporter.
func (e *Engine) Report() store.Report {
	r := store.Report{
		UsedBytes: e.used.Load(),
		PeakBytes: e.peak.Load(),
		MaxBytes:  e.Limits().MaxMemory,
		Keyspaces: make([]store.KeyspaceReport, len(e.spaces)),
	}
	for i := range e.spaces {
		k := e.spaces[i].Load()
		if k == nil {
			continue
		}
		out := &r.Keyspaces[i]
		for j := range k.shards {
			c := k.shards[j].counters()
			out.Keys += c.keys()
			out.Expires += c.groups[groupExpires].entries
			out.Sessions += c.types[store.TypeSession]
			r.Created += c.created
			r.Saved += c.saved
			r.Loaded += c.loaded
			r.Rotated += c.rotated
			r.Refused += c.refused
			r.Conflicts += c.conflicts
			r.KeyHits += c.hits
			r.KeyMisses += c.misses
			for t := range c.removed {
				for cause, n := range c.removed[t] {
					r.Keys[cause] += n
				}
			}
			for cause, n := range c.removed[store.TypeSession] {
				r.Removed[cause] += n
			}
		}
		condemned := int(k.principals.condemned.Load())
		out.Keys, out.Sessions = max(0, out.Keys-condemned), max(0, out.Sessions-condemned)
		out.Aliases, out.AliasBytes = int(k.aliases.entries.Load()), k.aliases.bytes.Load()
		out.Principals = k.principals.number()
	}
	return r
}

func (s *shard) counters() counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}
