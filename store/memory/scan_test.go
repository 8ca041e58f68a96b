package memory

import (
	"fmt"
	"math"
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
