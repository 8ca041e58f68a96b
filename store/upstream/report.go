package upstream

import (
	"sync/atomic"

	"sessd/store"
)

// counts are what the engine counts from its start.
type counts struct {
	created, loaded, saved, rotated, destroyed, refused, conflicts atomic.Uint64

	relayed atomic.Uint64 // reads of the near cache for what is counted besides

	unavailable, uncertain, stale, resurrected atomic.Uint64

	touching, prefetching atomic.Int64 // under way
}

// Report is part of store.Reporter. It asks nobody: what the upstream holds is not in it.
func (e *Engine) Report(store.Op) store.Report {
	r := store.Report{
		Keyspaces: make([]store.KeyspaceReport, 1),
		Created:   e.counts.created.Load(), Loaded: e.counts.loaded.Load(), Saved: e.counts.saved.Load(), Rotated: e.counts.rotated.Load(),
		Refused: e.counts.refused.Load(), Conflicts: e.counts.conflicts.Load(),
	}
	r.Removed[store.Destroyed] = e.counts.destroyed.Load()
	if e.cache != nil {
		_, used, hits := e.cache.figures()
		r.UsedBytes = used
		r.Loaded += hits - e.counts.relayed.Load()
		r.MaxBytes = e.options.NearCache
		r.PeakBytes = r.UsedBytes
	}
	return r
}

// Figures is what the engine tells beside Report.
type Figures struct {
	Up            bool  // the upstream answered when it was asked last
	Linked        bool  // it tells of every change of a session
	Waiting       int64 // requests that wait for it
	Outages       uint64
	ClockOffset   int64  // of its clock to ours, in milliseconds
	Unavailable   uint64 // requests that it could not be asked
	Uncertain     uint64 // requests of which nobody knows
	Stale         uint64 // reads answered from the near cache while it was gone
	Resurrected   uint64 // sessions that came back and were destroyed again
	Tombstones    int
	CachedEntries int
	CachedBytes   int64
	Hits, Misses  uint64 // of the near cache
	Invalidations uint64 // changes that it was told of
	Eras          uint64 // how often the near cache began anew
}

// Figures returns what the engine counts.
func (e *Engine) Figures() Figures {
	f := Figures{
		Up: e.health.down() == "", Waiting: e.waiting.Load(), Outages: e.health.outage.Load(), ClockOffset: e.health.offset.Load(),
		Unavailable: e.counts.unavailable.Load(), Uncertain: e.counts.uncertain.Load(), Stale: e.counts.stale.Load(),
		Resurrected: e.counts.resurrected.Load(), Tombstones: e.dead.count(),
	}
	if c := e.cache; c != nil {
		f.Linked, f.Misses, f.Invalidations, f.Eras = c.linked.Load(), c.misses.Load(), c.invalidations.Load(), c.era.Load()
		f.CachedEntries, f.CachedBytes, f.Hits = c.figures()
	}
	return f
}
