package main

import (
	"context"
	"fmt"
	"net"
)

// first sends the request of --first on a connection of its own.
func (r *run) first() error {
	o := r.options
	if o.workload != "words" || len(o.first) == 0 {
		return nil
	}
	network, name := splitAddress(o.address)
	nc, err := net.DialTimeout(network, name, dialTimeout)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := greet(nc, o); err != nil {
		return err
	}
	reply, err := ask(nc, o.first...)
	if err == nil && reply.isError() {
		err = fmt.Errorf("--first %s: %s", o.first[0], reply.text)
	}
	return err
}

// refilling runs a phase. With --refill it does so in rounds of as many operations as --fill has requests. Those are
// sent again before each round, and the meter (nil: none) leaves them out.
func (r *run) refilling(ctx context.Context, m *meter, name string, sources func(int) source, p plan) (*tally, error) {
	if !r.options.refill {
		return r.phase(ctx, name, sources, p)
	}
	sum := newTally(p.interval > 0)
	fill := func() error {
		t, err := r.phase(ctx, "fill", r.workload.prepare, plan{depth: prepareDepth})
		if err == nil {
			sum.addFailures(t)
		}
		return err
	}
	for {
		var err error
		if m != nil {
			err = m.without(fill)
		} else {
			err = fill()
		}
		if err != nil {
			return nil, err
		}
		round := p
		round.limit = max(1, int64(r.options.fills/len(r.workers)))
		if p.limit > 0 {
			round.limit = min(round.limit, p.limit-sum.done/int64(len(r.workers)))
		}
		if p.duration > 0 {
			round.duration = p.duration - sum.elapsed
		}
		t, err := r.phase(ctx, name, sources, round)
		if err != nil {
			return nil, err
		}
		sum.add(t)
		sum.elapsed += t.elapsed
		over := p.duration > 0 && sum.elapsed >= p.duration || p.limit > 0 && sum.done >= p.limit*int64(len(r.workers))
		if over || t.done == 0 || ctx.Err() != nil {
			return &sum, nil
		}
	}
}
