package memory

import "sessd/store"

// UsedBytes returns the memory that the engine counts for its entries and their index.
func (e *Engine) UsedBytes() int64 { return e.used.Load() }

// Report implements store.Reporter.
func (e *Engine) Report(op store.Op) store.Report {
	r := store.Report{
		UsedBytes: e.used.Load(),
		PeakBytes: e.peak.Load(),
		MaxBytes:  e.Limits().MaxMemory,
		Keyspaces: make([]store.KeyspaceReport, len(e.spaces)),
	}
	now := e.clock.Now()
	for i := range e.spaces {
		k := e.spaces[i].Load()
		if k == nil {
			continue
		}
		out := &r.Keyspaces[i]
		var ttls ttlSample
		for j := range k.shards {
			c := k.shards[j].counters(op)
			if c.groups[groupExpires].entries > 0 {
				k.shards[j].sampleTTL(op, now, &ttls)
			}
			out.Keys += c.keys()
			out.Expires += c.groups[groupExpires].entries
			out.Sessions += c.types[store.TypeSession]
			out.Anonymous += c.groups[groupAnonymous].entries
			for t, n := range c.types {
				out.Types[t] += n
			}
			r.Created += c.created
			r.Saved += c.saved
			r.Loaded += c.loaded
			r.Rotated += c.rotated
			r.Refused += c.refused
			r.Conflicts += c.conflicts
			r.KeyHits += c.hits
			r.KeyMisses += c.misses
			r.ExpiredFields += c.expiredFields
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
		out.Types[store.TypeSession] = out.Sessions
		out.Aliases, out.AliasBytes = int(k.aliases.entries.Load()), k.aliases.bytes.Load()
		out.Principals = k.principals.number()
		out.AverageTTL = ttls.average()
	}
	return r
}

func (s *shard) counters(op store.Op) counters {
	s.lock(op)
	defer s.unlockUnchanged()
	return s.count
}

// ttlSample adds up the times until some entries expire.
type ttlSample struct {
	sum     float64 // milliseconds
	entries int
}

func (t *ttlSample) average() int64 {
	if t.entries == 0 {
		return 0
	}
	return int64(t.sum / float64(t.entries))
}

// ttlsOfShard is how many entries of a shard are looked at.
const ttlsOfShard = 4

// sampleTTL adds entries of the shard that expire, taken at random.
func (s *shard) sampleTTL(op store.Op, now int64, to *ttlSample) {
	s.lock(op)
	defer s.unlockUnchanged()
	for range min(ttlsOfShard, s.count.keys()) {
		entry := s.table.Slabs.At(s.table.Random())
		if kindOf(entry).typ() == store.TypeNone || s.isCondemned(entry) {
			continue
		}
		if at := s.expires(entry); at != store.Never && at > now {
			to.sum += float64(at - now)
			to.entries++
		}
	}
}
