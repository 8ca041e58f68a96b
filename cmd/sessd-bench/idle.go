package main

import (
	"context"
	"fmt"
)

// idle opens the connections, sends one PING on each, leaves them alone for the duration, and looks at the
// server's memory and CPU. At the end each must still answer a PING.
func (r *run) idle(ctx context.Context) (*result, error) {
	o := r.options
	res := newResult(o)
	before, err := r.resident()
	if err != nil {
		return nil, err
	}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.close()
	// A connection that never spoke may cost less than one whose buffers have been used.
	if err := r.pingAll(ctx, res); err != nil {
		return nil, err
	}
	if err := r.wait(ctx, o.settle); err != nil {
		return nil, err
	}
	meter, err := r.startMeter()
	if err != nil {
		return nil, err
	}
	r.progress.note("idle     %d connections for %v", o.connections, o.duration)
	err = r.wait(ctx, o.duration)
	r.progress.done()
	if err != nil {
		return nil, err
	}
	if err := meter.stop(res, 0); err != nil {
		return nil, err
	}
	after, err := r.resident()
	if err != nil {
		return nil, err
	}
	res.Memory = newMemory(before, after, int64(o.connections))
	res.Seconds = o.duration.Seconds()
	return res, r.pingAll(ctx, res)
}

// pingAll sends one PING on every connection and waits for all replies.
func (r *run) pingAll(ctx context.Context, res *result) error {
	t, err := r.phase(ctx, "ping", func(int) source { return &once{} }, plan{depth: 1})
	if err != nil {
		return err
	}
	if t.done != int64(r.options.connections) {
		return fmt.Errorf("%d of %d connections answered PING", t.done, r.options.connections)
	}
	res.count(t)
	return nil
}

// once sends one PING.
type once struct{ sent bool }

func (o *once) next(dst []byte) ([]byte, operation, bool) {
	if o.sent {
		return dst, opPing, false
	}
	o.sent = true
	return pings{}.next(dst)
}
