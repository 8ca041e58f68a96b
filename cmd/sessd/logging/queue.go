package logging

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// maxWaiting bounds the bytes of lines that wait to be written.
const maxWaiting = 256 << 10

// queue is an io.Writer that never blocks and never fails: a goroutine writes the lines, and a line without room is lost.
type queue struct {
	w      io.Writer
	notice func(lost uint64) []byte // the line that tells of lost ones
	lost   atomic.Uint64            // lines, since the start
	wake   chan struct{}
	done   chan struct{}

	mu      sync.Mutex // guards what follows
	waiting []byte     // whole lines
	untold  uint64     // lost lines that no notice told of
	closed  bool
}

func newQueue(w io.Writer, notice func(lost uint64) []byte) *queue {
	return &queue{w: w, notice: notice, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Write adds one line.
func (q *queue) Write(line []byte) (int, error) {
	q.mu.Lock()
	if q.closed || len(q.waiting)+len(line) > maxWaiting {
		q.untold++
		q.lost.Add(1)
	} else {
		q.waiting = append(q.waiting, line...)
	}
	q.mu.Unlock()
	q.signal()
	return len(line), nil
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run writes lines until the queue is closed and empty.
func (q *queue) run() {
	defer close(q.done)
	var spare []byte
	for {
		q.mu.Lock()
		lines, untold, closed := q.waiting, q.untold, q.closed
		q.waiting, q.untold = spare[:0], 0
		if len(lines) == 0 {
			q.untold = untold // told with the next line, as the reader may still be away
		}
		q.mu.Unlock()
		switch {
		case len(lines) > 0:
			q.write(lines, untold)
		case closed:
			return
		default:
			<-q.wake
		}
		spare = lines
	}
}

// write writes lines, and after them a notice of those that had no room behind them.
func (q *queue) write(lines []byte, untold uint64) {
	n, err := q.w.Write(lines)
	if err != nil {
		missed := uint64(bytes.Count(lines[n:], []byte("\n")))
		q.lost.Add(missed)
		untold += missed
	} else if untold > 0 {
		if _, err = q.w.Write(q.notice(untold)); err == nil {
			untold = 0
		}
	}
	q.mu.Lock()
	q.untold += untold
	q.mu.Unlock()
}

// close waits until what waits is written, for no longer than patience.
func (q *queue) close(patience time.Duration) {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
	Await(q.done, patience)
}

// Await waits until a channel is closed, for no longer than patience. Time in which the process stands still does not count:
// whoever is waited for has stood still too.
func Await(done <-chan struct{}, patience time.Duration) {
	const parts = 20
	for range parts {
		select {
		case <-done:
			return
		case <-time.After(patience / parts):
		}
	}
}
