package memory

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"sessd/store"
)

// TestRestoredInPartsIsEqual restores a snapshot whose chunks several goroutines share.
func TestRestoredInPartsIsEqual(t *testing.T) {
	live := New(Options{Keyspaces: 3})
	defer live.Close()
	var log payloadLog
	defer live.Record(&log)()
	fillAll(t, live)
	sessionsOfBench(live, 20_000) // so that some chunks have no large entry
	ctx, op := context.Background(), store.Op{Now: restoreStart}
	for i := range 500 {
		id := fmt.Appendf(nil, "%042dA", 4*i)
		if err := live.RotateSession(ctx, op, id, fmt.Appendf(nil, "rotated%d", i), store.RotateOptions{Grace: 30_000}); err != nil {
			t.Fatal(err)
		}
	}
	chunks := snapshotOf(t, live, func() {})
	for _, workers := range []int{1, 2, maxWorkers} {
		e := New(Options{Keyspaces: 3})
		r := e.Restore().(*restorer)
		r.workers = workers
		shared := false
		for _, chunk := range chunks {
			if err := r.Apply(chunk); err != nil {
				t.Fatal(err)
			}
			shared = shared || r.pool.busy
		}
		if err := r.Done(); err != nil {
			t.Fatal(err)
		}
		if shared != (workers > 1) {
			t.Errorf("%d workers shared entries: %t", workers, shared)
		}
		if d := differenceOf(live, e); d != "" {
			t.Errorf("%d workers: %s", workers, d)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestSharedRecordsKeepTheirOrder applies steps that are long enough to be shared: what they do to one key is done in
// its order, and what depends on a record before it waits.
func TestSharedRecordsKeepTheirOrder(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 100)
	live := New(Options{})
	defer live.Close()
	var log payloadLog
	defer live.Record(&log)()
	ctx := context.Background()
	tx, err := live.Begin(store.Op{Now: restoreStart}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	op := store.Op{Now: restoreStart, Tx: tx}
	for i := range 300 {
		key := fmt.Appendf(nil, "key%d", i%100)
		if _, err := live.SetString(ctx, op, key, fmt.Appendf(long, "%d", i), store.SetOptions{ExpireAt: store.Never}); err != nil {
			t.Fatal(err)
		}
		if i%7 == 0 {
			if _, _, err := live.TransferKey(ctx, op, key, store.TransferOptions{Key: fmt.Appendf(nil, "other%d", i%3), Replaces: true}); err != nil {
				t.Fatal(err)
			}
		}
	}
	tx.End()
	steps := log.take()
	if len(steps) != 1 {
		t.Fatalf("%d steps, want one", len(steps))
	}
	e := New(Options{})
	defer e.Close()
	r := e.Restore().(*restorer)
	r.workers = 2
	if err := r.Apply(steps[0]); err != nil {
		t.Fatal(err)
	}
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	if d := differenceOf(live, e); d != "" {
		t.Error(d)
	}
}

// TestSharedBytesThatAreNoEntry are refused at the latest when all is done.
func TestSharedBytesThatAreNoEntry(t *testing.T) {
	bad := redo{records: []byte{redoFormat}}
	for i := range 100 {
		bad.byte(redoPut)
		bad.bytes(fmt.Append(nil, i))
		bad.bytes(bytes.Repeat([]byte{tagString}, 100))
	}
	e := New(Options{})
	defer e.Close()
	r := e.Restore().(*restorer)
	r.workers = 2
	err := r.Apply(bad.records)
	if err == nil {
		err = r.Done()
	}
	if err == nil {
		t.Error("no error")
	}
}
