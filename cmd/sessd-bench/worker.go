package main

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// readSize is how much a worker reads at once.
	readSize = 64 << 10
	// idleWait bounds a wait, so that a worker sees soon that it should stop.
	idleWait = 50 * time.Millisecond
)

// plan says how a phase of a run goes.
type plan struct {
	depth    int           // operations in a batch
	interval float64       // ns between two operations of one worker; 0: as fast as possible
	limit    int64         // operations of one worker; 0: until the time is over or the sources are empty
	duration time.Duration // 0: until the limit is reached or the sources are empty
	stall    time.Duration // without any reply for so long, the server is given up
}

// worker drives its connections from one thread.
type worker struct {
	conns   []*conn
	poller  *poller
	expects expectations
	buf     []byte
	base    time.Time // zero of the worker's clock

	plan    plan
	issued  int64
	busy    int   // connections with replies to come
	free    queue // connections without, when requests are paced
	expired bool  // no more requests in this phase
	tally   tally

	progress atomic.Int64 // operations done, for the eyes of others
	failures atomic.Int64
	stop     atomic.Bool
}

// newWorker returns a worker without connections. Workers of one run share the zero of their clocks.
func newWorker(expects expectations, base time.Time) (*worker, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	return &worker{poller: p, expects: expects, buf: make([]byte, readSize), base: base}, nil
}

// add gives the worker a connection.
func (w *worker) add(fd int) error {
	w.conns = append(w.conns, &conn{fd: fd, index: len(w.conns)})
	return w.poller.add(fd, len(w.conns)-1)
}

func (w *worker) close() {
	for _, c := range w.conns {
		unix.Close(c.fd)
	}
	w.poller.close()
}

// now is the worker's clock in ns.
func (w *worker) now() int64 { return int64(time.Since(w.base)) }

// run goes through one phase: it sends what the sources give until the plan is fulfilled, and returns when
// the last reply has come.
func (w *worker) run(p plan) error {
	// The thread is the worker's for the phase: nothing else is to run between two of its system calls.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	sharpenTimeouts()
	w.plan, w.issued, w.busy, w.expired = p, 0, 0, false
	w.free.reset(len(w.conns))
	w.tally = newTally(p.interval > 0)
	start := w.now()
	for i, c := range w.conns {
		if p.interval > 0 {
			w.free.push(i)
		} else if err := w.start(c, start, p.depth); err != nil {
			return err
		}
	}
	quietSince := start
	for {
		now := w.now()
		if w.stop.Load() || p.duration > 0 && p.interval == 0 && now-start >= int64(p.duration) {
			w.expired = true
		}
		if p.interval > 0 {
			if err := w.dispatch(start, now); err != nil {
				return err
			}
		}
		// A connection that is neither busy nor free has a source without anything more to do.
		if w.busy == 0 && (p.interval == 0 || w.expired || w.free.length == 0) {
			return nil
		}
		n, err := w.poller.wait(w.patience(start))
		if err != nil {
			return err
		}
		for i := range n {
			if err := w.serve(w.poller.ready(i)); err != nil {
				return err
			}
		}
		// Once for all events of a wait: cheap, and exact enough for people.
		w.progress.Store(w.tally.done)
		w.failures.Store(w.tally.failed)
		if n > 0 || w.busy == 0 {
			quietSince = now
		} else if now-quietSince > int64(p.stall) {
			return fmt.Errorf("no reply for %v with %d connections waiting", p.stall, w.busy)
		}
	}
}

// due is when the n-th operation of a paced phase is to be sent. It depends on nothing that the server does:
// whoever is late is measured from here.
func (w *worker) due(start, n int64) int64 {
	return start + int64(float64(n)*w.plan.interval)
}

// dispatch hands the operations that are due to free connections, the one that was free longest first. Those
// for which no connection is free stay due.
func (w *worker) dispatch(start, now int64) error {
	for w.free.length > 0 && !w.expired {
		n := 0
		for n < w.plan.depth && w.due(start, w.issued+int64(n)) <= now {
			n++
		}
		if n == 0 {
			return nil
		}
		c := w.conns[w.free.pop()]
		// The request goes out first and is told when it was due afterwards: its reply is read later anyway.
		first := w.issued
		if err := w.start(c, now, n); err != nil {
			return err
		}
		for i := range c.batch {
			c.batch[i].intended = w.due(start, first+int64(i))
		}
	}
	return nil
}

// patience is how long the worker may wait for replies before it has something to send.
func (w *worker) patience(start int64) time.Duration {
	if w.plan.interval == 0 || w.free.length == 0 || w.expired {
		return idleWait
	}
	return max(0, min(idleWait, time.Duration(w.due(start, w.issued)-w.now())))
}

// start sends a batch of up to n operations on a connection that has none.
func (w *worker) start(c *conn, now int64, n int) error {
	c.out, c.written, c.batch, c.answered = c.out[:0], 0, c.batch[:0], 0
	for ; n > 0 && !w.expired; n-- {
		if w.plan.limit > 0 && w.issued == w.plan.limit {
			w.expired = true
			break
		}
		var op operation
		var ok bool
		if c.out, op, ok = c.source.next(c.out); !ok {
			break
		}
		w.issued++
		c.batch = append(c.batch, pending{op: op, intended: now, sent: now})
	}
	if len(c.batch) == 0 {
		return nil
	}
	w.busy++
	return w.flush(c)
}

// flush asks to be told of room for output only while the socket has not taken all requests. While the server reads,
// that does not happen.
func (w *worker) flush(c *conn) error {
	done, err := c.flush()
	if err != nil || done != c.blocked {
		return err
	}
	c.blocked = !done
	return w.poller.watchOutput(c.fd, c.index, c.blocked)
}

// serve handles one event of a connection.
func (w *worker) serve(index int, input, output bool) error {
	c := w.conns[index]
	if output {
		if err := w.flush(c); err != nil {
			return err
		}
	}
	if !input {
		return nil
	}
	// One read: what it leaves behind, the poller reports again.
	n, err := readSocket(c.fd, w.buf)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case n == 0:
		return errClosed
	}
	// The clock is read once for all replies of a read. The next batch is sent at that time too, so no moment between
	// two batches goes uncounted.
	now := w.now()
	for p := w.buf[:n]; len(p) > 0; {
		used, complete, err := c.scanner.next(p)
		if err != nil {
			return err
		}
		p = p[used:]
		if complete {
			if err := w.answered(c, now); err != nil {
				return err
			}
		}
	}
	// Only a complete batch is followed by the next one. Filling up the pipeline reply by reply would soon mean
	// one request in each write, whatever the depth.
	if len(c.batch) == 0 || c.answered < len(c.batch) {
		return nil
	}
	w.busy--
	c.batch = c.batch[:0]
	if w.plan.interval > 0 {
		w.free.push(index)
		return nil
	}
	return w.start(c, now, w.plan.depth)
}

// answered books the reply that has just been read.
func (w *worker) answered(c *conn, now int64) error {
	r := c.scanner.result()
	if r.kind == '>' {
		return nil // a push is nobody's reply
	}
	if c.answered == len(c.batch) {
		return fmt.Errorf("a reply to nothing: %v", r)
	}
	p := &c.batch[c.answered]
	wants := w.expects[p.op]
	if want := wants[p.replies]; !want.accepts(r) {
		w.tally.fail(p.op, want, r)
	}
	if p.replies++; int(p.replies) < len(wants) {
		return nil
	}
	c.answered++
	w.tally.record(p, now)
	return nil
}

// intervalOf is the time in ns between two operations of one of n workers that share a rate per second.
func intervalOf(rate float64, workers int) float64 {
	if rate <= 0 {
		return 0
	}
	return math.Max(1, 1e9/rate*float64(workers))
}

// queue holds indexes of connections, first in first out, so that all of them take their turn.
type queue struct {
	items        []int
	head, length int
}

// reset empties the queue and makes room for n.
func (q *queue) reset(n int) {
	if len(q.items) < n {
		q.items = make([]int, n)
	}
	q.head, q.length = 0, 0
}

func (q *queue) push(i int) {
	q.items[(q.head+q.length)%len(q.items)] = i
	q.length++
}

func (q *queue) pop() int {
	i := q.items[q.head]
	q.head = (q.head + 1) % len(q.items)
	q.length--
	return i
}
