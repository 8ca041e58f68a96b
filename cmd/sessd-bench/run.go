package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// prepareDepth is the batch with which sessions are put on a server and removed again.
const prepareDepth = 64

// overAllSessions names the phases that do one operation for each session; progress shows how far they are.
var overAllSessions = map[string]bool{"prepare": true, "create": true, "deadline": true, "clean": true}

// run is one run of a workload against one server.
type run struct {
	options  *options
	workload *workload
	workers  []*worker
	server   process
	progress *progress
}

// measure does what the options say and returns the report of it. When ctx ends early, the report covers
// what was measured until then.
func measure(ctx context.Context, o *options, p *progress) (*result, error) {
	if o.seed == 0 {
		// Another seed each time, so that a data set which an earlier run left behind is not met again.
		o.seed = uint64(time.Now().UnixNano()) >> 10
	}
	// Workers hold on to their P, and progress and signals need one too.
	if procs := o.threads + 2; runtime.GOMAXPROCS(0) < procs {
		runtime.GOMAXPROCS(procs)
	}
	r := &run{options: o, server: process{o.pids}, progress: p, workload: newWorkload(o)}
	if o.workload == "idle" {
		return r.idle(ctx)
	}
	return r.load(ctx)
}

// load opens the connections and runs the phases: prepare, warm up, measure, clean.
func (r *run) load(ctx context.Context) (_ *result, err error) {
	o := r.options
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.close()
	if o.workload == "publish" {
		stop, err := r.listen(ctx)
		if err != nil {
			return nil, err
		}
		defer stop()
	}
	if err := r.first(); err != nil {
		return nil, err
	}
	res := newResult(o)
	before, err := r.resident()
	if err != nil {
		return nil, err
	}
	if w := r.workload; w.clean != nil && !o.keep {
		defer func() {
			// Cleaning is owed even by a run that was interrupted, so it has a context of its own.
			_, cleanErr := r.phase(context.Background(), "clean", w.clean, plan{depth: prepareDepth})
			err = errors.Join(err, cleanErr)
		}()
	}
	if r.workload.prepare != nil && !o.refill {
		t, err := r.phase(ctx, "prepare", r.workload.prepare, plan{depth: prepareDepth})
		if err != nil {
			return nil, err
		}
		// Without its data set a workload would fail on every reply: the first failures say why.
		if res.count(t); t.failed > 0 {
			return res, nil
		}
	}
	main := plan{depth: o.pipeline, interval: intervalOf(o.rate, o.threads)}
	// These measure more than one phase.
	switch o.workload {
	case "memory":
		return res, r.memory(ctx, res, before, main)
	case "expire":
		return res, r.expire(ctx, res)
	case "churn":
		return res, r.churn(ctx, res, before, main)
	}
	if o.warmup > 0 && o.workload != "take" { // what a warm-up took would be missing
		warm := main
		warm.until(o.warmup)
		t, err := r.refilling(ctx, nil, "warm up", r.workload.measure, warm)
		if err != nil {
			return nil, err
		}
		res.count(t)
	}
	if o.requests > 0 {
		main.limit = max(1, o.requests/int64(o.threads))
	} else {
		main.until(o.duration)
	}
	return res, r.record(ctx, res, "measure", main)
}

// until makes the phase last for d. A paced phase has as many operations as are due in that time.
func (p *plan) until(d time.Duration) {
	if p.interval > 0 {
		p.limit = max(1, int64(float64(d)/p.interval))
		return
	}
	p.duration = d
}

// quarter makes the phase last for a fourth of what the options say.
func (p *plan) quarter(o *options) {
	if o.requests > 0 {
		p.limit = max(1, o.requests/int64(4*o.threads))
		return
	}
	p.until(o.duration / 4)
}

// record runs the workload as the phase that is reported.
func (r *run) record(ctx context.Context, res *result, name string, p plan) error {
	return r.recordFrom(ctx, res, name, r.workload.measure, p)
}

// recordFrom runs the phase that is reported, and books what it cost.
func (r *run) recordFrom(ctx context.Context, res *result, name string, sources func(int) source, p plan) error {
	meter, err := r.startMeter()
	if err != nil {
		return err
	}
	t, err := r.refilling(ctx, meter, name, sources, p)
	if err != nil {
		return err
	}
	res.measured(t)
	return meter.stop(res, t.done)
}

// open connects to the server and deals the connections out to the workers.
func (r *run) open(ctx context.Context) error {
	// One zero for the clocks of all workers.
	base := time.Now()
	for range r.options.threads {
		w, err := newWorker(r.workload.expects, base)
		if err != nil {
			return err
		}
		r.workers = append(r.workers, w)
	}
	shown := base
	for i := range r.options.connections {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fd, err := dial(r.options)
		if err == nil {
			err = r.workers[i%len(r.workers)].add(fd)
		}
		if err != nil {
			r.close()
			return fmt.Errorf("connection %d of %d: %w", i+1, r.options.connections, err)
		}
		if time.Since(shown) >= time.Second {
			shown = time.Now()
			r.progress.note("connect  %d of %d", i+1, r.options.connections)
		}
	}
	return nil
}

func (r *run) close() {
	for _, w := range r.workers {
		w.close()
	}
}

// phase gives each connection its source and lets all workers run the plan.
func (r *run) phase(ctx context.Context, name string, sources func(int) source, p plan) (*tally, error) {
	p.stall = r.options.stall
	errs := make(chan error, len(r.workers))
	for i, w := range r.workers {
		for j, c := range w.conns {
			// The number that open gave it: a connection keeps its population through all phases.
			c.source = sources(i + j*len(r.workers))
		}
		w.stop.Store(false)
		w.progress.Store(0)
		w.failures.Store(0)
		go func() { errs <- w.run(p) }()
	}
	began := time.Now()
	err := r.watch(ctx, name, errs, p.limit*int64(len(r.workers)))
	t := newTally(p.interval > 0)
	t.elapsed = time.Since(began)
	for _, w := range r.workers {
		t.add(&w.tally)
	}
	return &t, err
}

// watch waits for the workers and shows progress meanwhile. The end of ctx, or of one worker by an error,
// stops the others.
func (r *run) watch(ctx context.Context, name string, errs <-chan error, total int64) error {
	defer r.progress.done()
	if total == 0 && overAllSessions[name] {
		total = int64(r.options.sessions)
	}
	start := time.Now()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	interrupted := ctx.Done()
	var first error
	for running := len(r.workers); running > 0; {
		select {
		case err := <-errs:
			if running--; err != nil && first == nil {
				first = fmt.Errorf("%s: %w", name, err)
				r.stop()
			}
		case <-interrupted:
			interrupted = nil // else it would be chosen again and again until the workers are done
			r.stop()
		case <-ticker.C:
			var done, failed int64
			for _, w := range r.workers {
				done += w.progress.Load()
				failed += w.failures.Load()
			}
			r.progress.tick(name, time.Since(start), done, total, failed)
		}
	}
	return first
}

// stop lets every worker send nothing more and wait for the replies that are due.
func (r *run) stop() {
	for _, w := range r.workers {
		w.stop.Store(true)
	}
}
