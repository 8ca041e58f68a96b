package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// prepareDepth is the batch with which sessions are put on a server and removed again.
const prepareDepth = 64

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
		o.seed = uint64(time.Now().UnixNano()) >> 10
	}
	// Workers hold on to their P, and progress and signals need one too.
	if procs := o.threads + 2; runtime.GOMAXPROCS(0) < procs {
		runtime.GOMAXPROCS(procs)
	}
	r := &run{options: o, server: process{o.pid}, progress: p}
	if o.workload == "idle" {
		r.workload = &workload{
			expects: expectations{opPing: {wantPong}},
			measure: func(int) source { return pings{} },
		}
		return r.idle(ctx)
	}
	r.workload = newWorkload(o)
	return r.load(ctx)
}

// load opens the connections and runs the phases: prepare, warm up, measure, clean.
func (r *run) load(ctx context.Context) (_ *result, err error) {
	o := r.options
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.close()
	res := newResult(o)
	if w := r.workload; w.clean != nil && !o.keep {
		defer func() {
			// Cleaning is owed even by a run that was interrupted, so it has a context of its own.
			_, cleanErr := r.phase(context.Background(), "clean", w.clean, plan{depth: prepareDepth})
			err = errors.Join(err, cleanErr)
		}()
	}
	if r.workload.prepare != nil {
		t, err := r.phase(ctx, "prepare", r.workload.prepare, plan{depth: prepareDepth})
		if err != nil {
			return nil, err
		}
		if res.count(t); t.failed > 0 {
			return res, nil
		}
	}
	main := plan{depth: o.pipeline, interval: intervalOf(o.rate, o.threads)}
	if o.workload == "memory" {
		return res, r.memory(ctx, res, main)
	}
	if o.warmup > 0 {
		warm := main
		warm.until(o.warmup)
		t, err := r.phase(ctx, "warm up", r.workload.measure, warm)
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

// record runs the phase that is reported.
func (r *run) record(ctx context.Context, res *result, name string, p plan) error {
	meter, err := r.startMeter()
	if err != nil {
		return err
	}
	start := time.Now()
	t, err := r.phase(ctx, name, r.workload.measure, p)
	if err != nil {
		return err
	}
	res.measured(t, time.Since(start))
	return meter.stop(res, t.done)
}

// memory creates the sessions as the measured phase and looks at the server's resident memory around it.
func (r *run) memory(ctx context.Context, res *result, p plan) error {
	before, err := r.resident()
	if err != nil {
		return err
	}
	if err := r.record(ctx, res, "create", p); err != nil || r.options.pid == 0 {
		return err
	}
	if err := r.wait(ctx, r.options.settle); err != nil {
		return err
	}
	after, err := r.resident()
	res.Memory = newMemory(before, after, res.Operations)
	return err
}

// resident is the memory of the server, 0 when its process is not known.
func (r *run) resident() (int64, error) {
	if r.options.pid == 0 {
		return 0, nil
	}
	return r.server.resident()
}

func (r *run) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// open connects to the server and deals the connections out to the workers.
func (r *run) open(ctx context.Context) error {
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
			c.source = sources(i + j*len(r.workers))
		}
		w.stop.Store(false)
		w.progress.Store(0)
		w.failures.Store(0)
		go func() { errs <- w.run(p) }()
	}
	err := r.watch(ctx, name, errs, p.limit*int64(len(r.workers)))
	t := newTally(p.interval > 0)
	for _, w := range r.workers {
		t.add(&w.tally)
	}
	return &t, err
}

// watch waits for the workers and shows progress meanwhile. The end of ctx, or of one worker by an error,
// stops the others.
func (r *run) watch(ctx context.Context, name string, errs <-chan error, total int64) error {
	defer r.progress.done()
	if total == 0 && (name == "prepare" || name == "clean" || name == "create") {
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
			interrupted = nil
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

func (r *run) stop() {
	for _, w := range r.workers {
		w.stop.Store(true)
	}
}

// meter holds what server and client had spent when a measurement began.
type meter struct {
	run            *run
	began          time.Time
	server, client cpuTime
}

func (r *run) startMeter() (*meter, error) {
	m := &meter{run: r}
	var err error
	if m.client, err = ownCPU(); err != nil {
		return nil, err
	}
	if r.options.pid != 0 {
		if m.server, err = r.server.cpu(); err != nil {
			return nil, err
		}
	}
	m.began = time.Now()
	return m, nil
}

// stop puts what was spent on that many operations since the start into the report.
func (m *meter) stop(res *result, operations int64) error {
	elapsed := time.Since(m.began)
	if m.run.options.pid != 0 {
		now, err := m.run.server.cpu()
		if err != nil {
			return err
		}
		res.ServerCPU = newCPU(now.minus(m.server), elapsed, operations)
	}
	now, err := ownCPU()
	if err != nil {
		return err
	}
	res.ClientCPU = newCPU(now.minus(m.client), elapsed, operations)
	return nil
}

// ownCPU is what this process has spent, from getrusage.
func ownCPU() (cpuTime, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return cpuTime{}, err
	}
	user, system := time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano())
	return cpuTime{user + system, user, system}, nil
}
