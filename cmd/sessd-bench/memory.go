package main

import (
	"context"
	"time"
)

// spareEvery leaves one session in ten alive when memory destroys the others. The survivors lie scattered, so a server
// must move them or keep nearly empty pages.
const spareEvery = 10

// memory creates the sessions as the measured phase, then destroys nine in ten. It looks at the server's resident
// memory before, in between and after.
func (r *run) memory(ctx context.Context, res *result, before int64, p plan) error {
	if err := r.record(ctx, res, "create", p); err != nil || len(r.options.pids) == 0 {
		return err
	}
	peak, err := r.residentAfter(ctx, r.options.settle)
	if err != nil {
		return err
	}
	res.Memory = newMemory(before, peak, res.Operations)
	if r.options.keep {
		return nil
	}
	t, err := r.phase(ctx, "destroy", func(c int) source {
		return &remover{population: r.workload.own(c), dialect: r.workload.dialect, spare: spareEvery}
	}, plan{depth: prepareDepth})
	if err != nil {
		return err
	}
	res.count(t)
	left, err := r.residentAfter(ctx, r.options.release)
	res.Memory.AfterDestroy, res.Memory.ShareOfPeak = left, float64(left)/float64(peak)
	return err
}

// resident is the memory of the server, 0 when its process is not known.
func (r *run) resident() (int64, error) {
	if len(r.options.pids) == 0 {
		return 0, nil
	}
	return r.server.resident()
}

// wait returns early, with the cause, when ctx ends.
func (r *run) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// residentAfter is the resident memory after the server was left alone for d.
func (r *run) residentAfter(ctx context.Context, d time.Duration) (int64, error) {
	if err := r.wait(ctx, d); err != nil {
		return 0, err
	}
	return r.resident()
}
