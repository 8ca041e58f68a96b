package main

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// maxLatency is where the histograms end; a longer latency is recorded as this.
	maxLatency = int64(10 * time.Minute)
	// maxReasons is how many different failures are told apart.
	maxReasons = 16
)

// tally is what a worker has counted in a phase.
type tally struct {
	latency [operations]*hdrhistogram.Histogram // ns from when the request was due
	service *hdrhistogram.Histogram             // ns from when it was written; at a fixed rate only
	done    int64
	failed  int64
	reasons map[string]int64
	elapsed time.Duration // how long the phase took, for all workers together
}

// newTally returns an empty tally. Service times are kept only when requests are paced: else they are the
// latencies.
func newTally(paced bool) tally {
	t := tally{reasons: map[string]int64{}}
	if paced {
		t.service = newHistogram()
	}
	return t
}

// newHistogram records from 1 ns with three significant digits.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, maxLatency, 3) }

// record books an operation whose last reply came now.
func (t *tally) record(p *pending, now int64) {
	h := t.latency[p.op]
	if h == nil {
		h = newHistogram()
		t.latency[p.op] = h
	}
	_ = h.RecordValue(clampLatency(now - p.intended))
	if t.service != nil {
		_ = t.service.RecordValue(clampLatency(now - p.sent))
	}
	t.done++
}

// clampLatency keeps a latency inside the histogram, so that recording it cannot fail.
func clampLatency(ns int64) int64 { return min(max(ns, 0), maxLatency) }

// fail books a wrong reply. It may be the first of millions, so reasons are told apart only up to a limit.
func (t *tally) fail(op operation, w want, r reply) {
	t.failed++
	reason := fmt.Sprintf("%v: wanted %v, got %v", op, w, r)
	if _, known := t.reasons[reason]; !known && len(t.reasons) >= maxReasons {
		reason = "other failures"
	}
	t.reasons[reason]++
}

// add books what another worker has counted. The clocks of the workers of a run have the same zero.
func (t *tally) add(other *tally) {
	for op, h := range other.latency {
		if h == nil {
			continue
		}
		if t.latency[op] == nil {
			t.latency[op] = newHistogram()
		}
		t.latency[op].Merge(h)
	}
	if other.service != nil {
		if t.service == nil {
			t.service = newHistogram()
		}
		t.service.Merge(other.service)
	}
	t.done += other.done
	t.addFailures(other)
}

// addFailures books the failures of another tally and nothing else.
func (t *tally) addFailures(other *tally) {
	t.failed += other.failed
	for reason, n := range other.reasons {
		t.reasons[reason] += n
	}
}

// total is the latency of all operations together.
func (t *tally) total() *hdrhistogram.Histogram {
	all := newHistogram()
	for _, h := range t.latency {
		if h != nil {
			all.Merge(h)
		}
	}
	return all
}
