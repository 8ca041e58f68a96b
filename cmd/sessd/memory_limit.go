package main

import (
	"context"
	"math"
	"os"
	"runtime/debug"
	"time"
)

// memoryReview is the time between two looks at how much memory the engine has.
const memoryReview = time.Second

// everyReview calls review at once, and at intervals until ctx ends.
func everyReview(ctx context.Context, interval time.Duration, review func()) {
	review()
	go func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				review()
			case <-ctx.Done():
				return
			}
		}
	}()
}

// goMemoryLimit returns a limit of the Go runtime in bytes. It is nine tenths of the memory there is, less what the
// engine takes outside of the Go heap. A tenth is always left, or the collector would run all the time.
func goMemoryLimit(available, engine int64) int64 {
	tenth := available / 10
	return max(tenth, 9*tenth-engine)
}

// holdMemory keeps the Go heap within the memory of the machine or container until ctx ends, unless GOMEMLIMIT already does.
func (d *daemon) holdMemory(ctx context.Context) {
	available := d.options.commands.AvailableMemory
	if available == 0 || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	var inForce int64
	everyReview(ctx, memoryReview, func() {
		used := int64(0)
		if d.memory != nil {
			used = d.memory.UsedBytes()
		}
		limit := goMemoryLimit(available, used)
		if change := limit - inForce; max(change, -change) > available/128 {
			inForce = limit
			debug.SetMemoryLimit(limit)
		}
	})
}

// goLimit returns the limit in force, in bytes; 0: none.
func goLimit() int64 {
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		return limit
	}
	return 0
}
