package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	heapReview     = 500 * time.Millisecond // between two looks at the Go heap
	quietBytes     = 128 << 10              // allocated between them at most while the daemon is idle
	leastReleased  = 1 << 20                // bytes that are worth a collection
	releaseSpacing = 100                    // times that a release takes, before the next one
)

// heapRelease decides when the Go heap's free memory goes back to the system. The runtime keeps what a burst of requests
// has used for minutes, and does not collect what that left behind before more is allocated.
type heapRelease struct {
	allocated uint64 // bytes, since the start, at the review before
	next      time.Time
}

// due reports whether the heap is to be released now: little was allocated since the review before, and it has so many
// bytes to give.
func (r *heapRelease) due(now time.Time, allocated, free uint64) bool {
	quiet := allocated-r.allocated <= quietBytes
	r.allocated = allocated
	return quiet && free >= leastReleased && !now.Before(r.next)
}

// released notes when a release began and ended, so that releases take a hundredth of the time at most.
func (r *heapRelease) released(began, ended time.Time) {
	r.next = ended.Add(releaseSpacing * ended.Sub(began))
}

// releaseIdleHeap gives free memory of the Go heap back while the daemon is idle, until ctx ends, unless GOGC says how to
// collect.
func releaseIdleHeap(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	const allocs, objects, live, free = 0, 1, 2, 3
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	var r heapRelease
	everyReview(ctx, heapReview, func() {
		metrics.Read(samples)
		value := func(i int) uint64 { return samples[i].Value.Uint64() }
		garbage := value(objects) - min(value(live), value(objects))
		if began := time.Now(); r.due(began, value(allocs), garbage+value(free)) {
			debug.FreeOSMemory()
			r.released(began, time.Now())
		}
	})
}
