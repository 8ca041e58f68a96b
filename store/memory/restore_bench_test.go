package memory

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"sessd/store"
)

// sessionsOfBench fills an engine with n sessions as web applications have them.
func sessionsOfBench(e *Engine, n int) {
	ctx, op := context.Background(), store.Op{Now: 4102444800000}
	value := bytes.Repeat([]byte("v"), 20)
	for i := range n {
		id := fmt.Appendf(nil, "%042dA", i)
		err := e.CreateSession(ctx, op, id, store.CreateOptions{
			IdleTimeout: 1_800_000, AbsoluteTimeout: 86_400_000, Principal: fmt.Appendf(nil, "user%d", i/2),
			Fields: [][]byte{[]byte("csrf"), value, []byte("locale"), []byte("en"), []byte("cart"), value, []byte("flash"), {}, []byte("seen"), id[30:]},
		})
		if err != nil {
			panic(err)
		}
	}
}

// BenchmarkRestore tells how long it takes to restore a session from a snapshot and from a log, and the memory for that.
func BenchmarkRestore(b *testing.B) {
	for _, from := range []string{"snapshot", "log"} {
		b.Run(from, func(b *testing.B) {
			live := New(Options{})
			defer live.Close()
			var log payloadLog
			stop := live.Record(&log)
			sessionsOfBench(live, b.N)
			if from == "snapshot" {
				log.reset()
				if err := live.Snapshot(func() {}, func(chunk []byte) error {
					log.Append(chunk)
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
			stop()
			all, n := log.take(), 0
			for _, p := range all {
				n += len(p)
			}
			runtime.GC()
			b.ResetTimer()
			b.ReportAllocs()
			e := New(Options{})
			defer e.Close()
			r := e.Restore()
			for _, p := range all {
				if err := r.Apply(p); err != nil {
					b.Fatal(err)
				}
			}
			if err := r.Done(); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			b.ReportMetric(float64(n)/float64(b.N), "logged-B/op")
			b.ReportMetric(float64(e.Held())/float64(live.Held()), "of-live")
		})
	}
}

type payloads [][]byte

// payloadLog is a store.Recorder that keeps what it is given.
type payloadLog struct {
	mu  sync.Mutex
	all payloads
}

// Append implements store.Recorder.
func (l *payloadLog) Append(redo []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, bytes.Clone(redo))
}

// reset forgets what was kept.
func (l *payloadLog) reset() { l.take() }

// take returns what was kept, and forgets it.
func (l *payloadLog) take() payloads {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}

// BenchmarkSnapshot tells how long a snapshot of a session takes, and how long its locks are held at most.
func BenchmarkSnapshot(b *testing.B) {
	e := New(Options{})
	defer e.Close()
	defer e.Record(new(counter))()
	sessionsOfBench(e, b.N)
	n := 0
	b.ResetTimer()
	b.ReportAllocs()
	start := time.Now()
	if err := e.Snapshot(func() {}, func(chunk []byte) error {
		n += len(chunk)
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(b.N), "wall-ns/op")
	b.ReportMetric(float64(n)/float64(b.N), "B/session")
}
