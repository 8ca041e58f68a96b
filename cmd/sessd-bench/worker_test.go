package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// newTestWorker returns a worker with connections to a stub, each with a source of its own.
func newTestWorker(t *testing.T, address string, connections int, s func(int) source) *worker {
	t.Helper()
	w, err := newWorker(expectations{opPing: {wantPong}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	for i := range connections {
		fd, err := dial(&options{address: address})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.add(fd); err != nil {
			t.Fatal(err)
		}
		w.conns[i].source = s(i)
	}
	return w
}

func pingSource(int) source { return pings{} }

// countFrom is how many values of the histogram are at least d, but for its precision of three digits.
func countFrom(h *hdrhistogram.Histogram, d time.Duration) (n int64) {
	for _, bar := range h.Distribution() {
		if bar.To >= int64(d) {
			n += bar.Count
		}
	}
	return n
}

// TestOpenLoopCountsAStallInFull lets the server stall once. Each request that was due meanwhile waits from
// when it was due, so the k-th after the stalled one waits for the stall less k intervals: a lower bound that
// holds on the slowest machine.
func TestOpenLoopCountsAStallInFull(t *testing.T) {
	const (
		stall    = 200 * time.Millisecond
		interval = time.Millisecond
		requests = 400
	)
	for _, depth := range []int{1, 16} {
		var seen atomic.Int64
		_, address := newStub(t, func([]string) string {
			if seen.Add(1) == 100 {
				time.Sleep(stall)
			}
			return ""
		})
		w := newTestWorker(t, address, 1, pingSource)
		p := plan{depth: depth, interval: float64(interval), limit: requests, stall: time.Minute}
		if err := w.run(p); err != nil {
			t.Fatal(err)
		}
		if seen.Load() != requests || w.tally.done != requests {
			t.Errorf("depth %d: %d requests came, %d were counted, want %d", depth, seen.Load(), w.tally.done, requests)
		}
		for k := range 10 {
			waited := stall - time.Duration(k)*20*interval
			if got, want := countFrom(w.tally.total(), waited), int64(20*k+1); got < want {
				t.Errorf("depth %d: %d requests waited for %v or more, want at least %d", depth, got, waited, want)
			}
		}
	}
}

func TestOpenLoopUsesEveryFreeConnection(t *testing.T) {
	stub, address := newStub(t, nil)
	w := newTestWorker(t, address, 7, pingSource)
	if err := w.run(plan{depth: 1, interval: 1e5, limit: 700, stall: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if got := stub.count("PING"); got != 700 || w.tally.done != 700 {
		t.Errorf("%d requests came, %d were counted, want 700", got, w.tally.done)
	}
	if w.tally.service.TotalCount() != 700 {
		t.Errorf("%d service times", w.tally.service.TotalCount())
	}
}

func TestBatchesAreOfTheDepth(t *testing.T) {
	stub, address := newStub(t, nil)
	w := newTestWorker(t, address, 4, pingSource)
	if err := w.run(plan{depth: 16, limit: 1000, stall: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if got := stub.count("PING"); got != 1000 || w.tally.done != 1000 {
		t.Errorf("%d requests came, %d were counted, want 1000", got, w.tally.done)
	}
	for i, c := range w.conns {
		if cap(c.batch) < 16 {
			t.Errorf("connection %d never sent 16 at once", i)
		}
	}
}

// huge sends requests that no socket takes at once.
type huge struct{ left int }

func (h *huge) next(dst []byte) ([]byte, operation, bool) {
	if h.left == 0 {
		return dst, opPing, false
	}
	h.left--
	return append(dst, command(2, "PING", strings.Repeat("x", 8<<20))...), opPing, true
}

func TestRequestsLargerThanTheSocketTakes(t *testing.T) {
	stub, address := newStub(t, nil)
	w := newTestWorker(t, address, 2, func(int) source { return &huge{left: 3} })
	if err := w.run(plan{depth: 2, stall: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if got := stub.count("PING"); got != 6 || w.tally.done != 6 {
		t.Errorf("%d requests came, %d were counted, want 6", got, w.tally.done)
	}
}

func TestAnErrorReplyIsAFailureWithItsText(t *testing.T) {
	var seen atomic.Int64
	_, address := newStub(t, func([]string) string {
		if seen.Add(1)%10 == 0 {
			return "-ERR tenth\r\n"
		}
		return ""
	})
	w := newTestWorker(t, address, 2, pingSource)
	if err := w.run(plan{depth: 5, limit: 100, stall: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if got := w.tally.reasons["ping: wanted PONG, got ERR tenth"]; got != 10 || w.tally.failed != 10 {
		t.Errorf("%d failures: %v", w.tally.failed, w.tally.reasons)
	}
}

func TestAPhaseEndsWithAnError(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		stall  time.Duration
		want   string
	}{
		"closed":         {"close", time.Minute, "closed the connection"},
		"not RESP":       {"HTTP/1.1 400\r\n", time.Minute, "not a RESP reply"},
		"too many":       {"+PONG\r\n+PONG\r\n", time.Minute, "a reply to nothing"},
		"no reply comes": {"+PO", time.Millisecond, "no reply for"},
	} {
		_, address := newStub(t, func([]string) string { return test.answer })
		w := newTestWorker(t, address, 1, pingSource)
		err := w.run(plan{depth: 1, limit: 2, stall: test.stall})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestQueueIsFirstInFirstOut(t *testing.T) {
	var q queue
	q.reset(3)
	for i := range 100 {
		q.push(i)
		q.push(i + 1000)
		if a, b := q.pop(), q.pop(); a != i || b != i+1000 || q.length != 0 {
			t.Fatalf("got %d, %d, %d left", a, b, q.length)
		}
	}
}
