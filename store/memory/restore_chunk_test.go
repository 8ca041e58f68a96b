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
	for _, workers := range []int{1, 2, mostParts} {
		e, split := New(Options{Keyspaces: 3}), 0
		r := e.Restore().(*restorer)
		r.workers = workers
		for _, chunk := range snapshotOf(t, live, func() {}) {
			if parts(chunk, workers) != nil {
				split++
			}
			if err := r.Apply(chunk); err != nil {
				t.Fatal(err)
			}
		}
		r.Done()
		if (split > 0) != (workers > 1) {
			t.Errorf("%d workers share %d chunks", workers, split)
		}
		if d := differenceOf(live, e); d != "" {
			t.Errorf("%d workers: %s", workers, d)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestParts(t *testing.T) {
	puts := redo{records: []byte{redoFormat}}
	put := func(flags byte, key string) {
		puts.byte(redoPut | flags)
		puts.bytes([]byte(key))
		puts.bytes(bytes.Repeat([]byte{1}, 1000))
	}
	for i := range 100 {
		put(0, fmt.Sprint(i))
	}
	whole := puts.records
	all := parts(whole, 4)
	if got := append([]byte{redoFormat}, bytes.Join(all, nil)...); len(all) != 4 || !bytes.Equal(got, whole) {
		t.Errorf("%d parts of together %d bytes, want 4 of %d", len(all), len(got), len(whole))
	}
	for i, part := range all {
		if len(part) < len(whole)/5 {
			t.Errorf("part %d has %d bytes of %d", i, len(part), len(whole))
		}
	}
	for what, chunk := range map[string][]byte{
		"what is cut short": whole[:len(whole)-1], "records that one may work on": whole[:leastPart], "nothing": nil,
		"another format": append([]byte{redoFormat + 1}, whole[1:]...), "a record of the key before": append(bytes.Clone(whole), redoExpiry|redoSameKey, 0, 0, 0, 0, 0, 0, 0, 0),
		"an end": append(bytes.Clone(whole), redoEnd, 1, 'k'), "a flush": append(bytes.Clone(whole), redoFlush, 0),
	} {
		if got := parts(chunk, 4); got != nil {
			t.Errorf("%s is split", what)
		}
	}
}
