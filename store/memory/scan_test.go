package memory

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"sessd/store"
)

// A scan looks at a bounded number of entries under a lock, and matches them without one.
func TestScanSteps(t *testing.T) {
	e := New(Options{Shards: 1})
	defer e.Close()
	op := store.Op{Now: 1}
	for i := range 10 * scanEntries {
		if _, err := e.SetString(t.Context(), op, fmt.Append(nil, "key", i), nil, store.SetOptions{ExpireAt: store.Never}); err != nil {
			t.Fatal(err)
		}
	}
	s := &e.space(0).shards[0]
	var batch keyBatch
	batch.reset(scanEntries)
	s.scan(op, 0, store.TypeNone, &batch)
	if batch.looked < scanEntries || batch.looked > scanEntries+8 {
		t.Errorf("a step looks at %d entries", batch.looked)
	}
	n := 0
	_, err := e.Scan(t.Context(), op, 0, store.ScanOptions{Count: math.MaxInt}, func([]byte) {
		if n++; !s.mu.TryLock() {
			t.Fatal("a key is visited under the lock")
		}
		s.mu.Unlock()
	})
	if err != nil || n != 10*scanEntries {
		t.Errorf("%d keys are visited, %v", n, err)
	}
}

// Long keys end a step early.
func TestScanStepOfLongKeys(t *testing.T) {
	e := New(Options{Shards: 1})
	defer e.Close()
	for i := range 10 {
		key := fmt.Append(make([]byte, scanBytes), i)
		if _, err := e.SetString(t.Context(), store.Op{}, key, nil, store.SetOptions{ExpireAt: store.Never}); err != nil {
			t.Fatal(err)
		}
	}
	var batch keyBatch
	batch.reset(scanEntries)
	if e.space(0).shards[0].scan(store.Op{}, 0, store.TypeNone, &batch); batch.looked != 1 {
		t.Errorf("a step copies %d long keys", batch.looked)
	}
}

func TestScanAndDelete(t *testing.T) {
	e := New(Options{Shards: 1})
	defer e.Close()
	ctx, op := t.Context(), store.Op{}
	for i := range 20_000 {
		if _, err := e.SetString(ctx, op, fmt.Append(nil, "key", i), nil, store.SetOptions{ExpireAt: store.Never}); err != nil {
			t.Fatal(err)
		}
	}
	for cursor, first := uint64(0), true; cursor != 0 || first; first = false {
		var keys [][]byte
		var err error
		cursor, err = e.Scan(ctx, op, cursor, store.ScanOptions{Count: 10}, func(key []byte) { keys = append(keys, slices.Clone(key)) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Delete(ctx, op, keys); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := e.Size(ctx, op); n != 0 {
		t.Errorf("%d keys are left", n)
	}
	if err := e.Check(); err != nil {
		t.Error(err)
	}
}
