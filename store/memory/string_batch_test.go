package memory

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sessd/store"
)

// batchPairs are strings of n keys, and one of them twice.
func batchPairs(n int, value string) (pairs [][]byte) {
	pairs = append(pairs, []byte("key:0"), []byte("former"))
	for i := range n {
		pairs = append(pairs, fmt.Appendf(nil, "key:%d", i), fmt.Appendf(nil, "%s of %d", value, i))
	}
	return pairs
}

// textOf returns the value of a string.
type textOf string

func (v *textOf) Value(value []byte, _ bool) { *v = textOf(value) }

func TestBatchOfStringsIsSetForEverybodyBeforeItIsStored(t *testing.T) {
	for _, limit := range []int64{0, 64 << 20} {
		e := NewChecked(Options{Shards: 4, Limits: store.Limits{MaxMemory: limit}})
		const n = 2000
		ctx, op := context.Background(), store.Op{Now: 1000}
		e.SetStrings(ctx, op, batchPairs(100, "old value, which is longer,"), false)
		e.AddToSet(ctx, op, []byte("key:100"), [][]byte{[]byte("member")})
		before := e.UsedBytes()
		b := e.newStringBatch(op, batchPairs(n, "new"))
		if b == nil || !b.begin() {
			t.Fatal("not begun")
		}
		get := func(i int) (text textOf) {
			if err := e.GetString(ctx, op, fmt.Appendf(nil, "key:%d", i), &text); err != nil {
				t.Error(err)
			}
			return text
		}
		for _, i := range []int{0, 7, 100, n - 1} {
			if got, want := get(i), fmt.Sprint("new of ", i); string(got) != want {
				t.Errorf("key:%d is %q, want %q", i, got, want)
			}
		}
		// What comes after the step is not undone by what is stored for it.
		e.SetString(ctx, op, []byte("key:1"), []byte("later"), store.SetOptions{ExpireAt: store.Never})
		if deleted, _ := e.Delete(ctx, op, [][]byte{[]byte("key:2"), []byte("key:3")}); deleted != 2 {
			t.Errorf("%d were deleted", deleted)
		}
		b.storeAll()
		if got := get(1); got != "later" {
			t.Errorf("key:1 is %q", got)
		}
		if got := get(2); got != "" {
			t.Errorf("key:2 is %q", got)
		}
		if got, _ := e.Exists(ctx, op, batchPairs(n, "")[2:]); got != n-2 {
			t.Errorf("%d keys are there", got)
		}
		if e.UsedBytes() <= before {
			t.Error("the strings do not count")
		}
		e.Flush(ctx, op, true)
		e.Close()
	}
}

func TestBatchOfStringsIsStoredBeforeAShardIsLookedThrough(t *testing.T) {
	e := NewChecked(Options{Shards: 4, Keyspaces: 2})
	defer e.Close()
	const n = 2000
	ctx, op := context.Background(), store.Op{Now: 1000}
	b := e.newStringBatch(op, batchPairs(n, "new"))
	if !b.begin() {
		t.Fatal("not begun")
	}
	if err := e.SwapKeyspaces(ctx, op, 0, 1); err != nil {
		t.Fatal(err)
	}
	op.Keyspace = 1
	if got, _ := e.Exists(ctx, op, batchPairs(n, "")[2:]); got != n {
		t.Errorf("%d keys are there", got)
	}
}

func TestBatchesOfStringsAreOneStep(t *testing.T) {
	e := NewChecked(Options{Shards: 4})
	defer e.Close()
	const n = 800
	ctx, op := context.Background(), store.Op{Now: 1000}
	var done atomic.Bool
	var readers, writers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for round := range 20 {
				var pairs [][]byte
				for i := range n {
					pairs = append(pairs, fmt.Appendf(nil, "key:%d", i), fmt.Appendf(nil, "%d of %d", round, w))
				}
				if _, err := e.SetStrings(ctx, op, pairs, false); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for !done.Load() {
				var all texts
				var keys [][]byte
				for i := 0; i < n; i += 50 {
					keys = append(keys, fmt.Appendf(nil, "key:%d", i))
				}
				e.GetStrings(ctx, op, keys, &all)
				for _, text := range all {
					if text != all[0] {
						t.Errorf("got %q beside %q", text, all[0])
						return
					}
				}
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
}

// TestBatchOfStringsIsCountedOnce, not what it has claimed beside what it has stored.
func TestBatchOfStringsIsCountedOnce(t *testing.T) {
	ctx, op := context.Background(), store.Op{Now: 1000}
	pairs := batchPairs(2000, strings.Repeat("x", 1000))
	measured := NewChecked(Options{Shards: 4})
	defer measured.Close()
	measured.SetStrings(ctx, op, pairs, false)
	limit := measured.UsedBytes() + 512<<10
	e := NewChecked(Options{Shards: 4, Limits: store.Limits{MaxMemory: limit}})
	defer e.Close()
	if b := e.newStringBatch(op, pairs); !b.set() {
		t.Fatal("not set")
	}
	if r := e.Report(op); r.PeakBytes > limit || r.PeakBytes < r.UsedBytes {
		t.Errorf("%d bytes were used of %d, %d are", r.PeakBytes, limit, r.UsedBytes)
	}
}

type texts []string

func (v *texts) Value(value []byte, _ bool) { *v = append(*v, string(value)) }
