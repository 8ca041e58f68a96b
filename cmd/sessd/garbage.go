package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// garbageRoom is how many bytes of garbage may come together before the collector runs, though little is alive. Calls that wait for an
// upstream make some each, and would else have the collector run all the time.
const garbageRoom = 64 << 20

// gcPercent returns how much the heap may grow before the next collection, in percent of the bytes that are alive.
func gcPercent(live uint64) int {
	const usual, most = 100, 800
	return int(max(usual, min(most, garbageRoom*100/max(live, 1))))
}

// holdCollector gives the collector of a daemon with an upstream that room until ctx ends, unless GOGC says otherwise.
func (d *daemon) holdCollector(ctx context.Context) {
	if d.remote == nil || os.Getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	inForce := 0
	everyReview(ctx, memoryReview, func() {
		metrics.Read(live)
		percent := gcPercent(live[0].Value.Uint64())
		if change := percent - inForce; max(change, -change) > inForce/8 {
			inForce = percent
			debug.SetGCPercent(percent)
		}
	})
}
