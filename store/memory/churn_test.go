package memory_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"sessd/store"
	"sessd/store/memory"
)

const farAhead = 4102444800000 // ms since the Unix epoch; the engine's own clock is far behind it

func newEngine(t *testing.T, o memory.Options) *memory.Engine {
	e := memory.New(o)
	t.Cleanup(func() {
		if err := e.Check(); err != nil {
			t.Error(err)
		}
		e.Close()
	})
	return e
}

func key(i int) []byte { return fmt.Appendf(nil, "session-%035d", i) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Sessions of 50 bytes to 5 KiB are created, grown, shrunk, expired and destroyed for ten times the live set.
func TestChurnTakesLittleMoreThanWhatLives(t *testing.T) {
	e := newEngine(t, memory.Options{Shards: 4})
	ctx, r := context.Background(), rand.New(rand.NewPCG(1, 2))
	const live = 10_000
	sizes, text := make([]int, live), bytes.Repeat([]byte("x"), 8<<10)
	op := store.Op{Now: farAhead}
	for i := range 10 * live {
		n, id := 50+r.IntN(5<<10), key(i%live)
		fields := [][]byte{[]byte("a"), text[:n/2], []byte("b"), text[:n-n/2]}
		switch r.IntN(3) {
		case 0:
			_, err := e.DestroySessions(ctx, op, [][]byte{id})
			must(t, err)
			fallthrough
		case 1:
			must(t, ignore(e.CreateSession(ctx, op, id, store.CreateOptions{IdleTimeout: live, Fields: fields}), store.ErrSessionExists))
		}
		_, err := e.SaveSession(ctx, op, id, store.SaveOptions{Fields: fields})
		must(t, ignore(err, store.ErrNoSession))
		sizes[i%live] = n + len(id)
		if err == store.ErrNoSession {
			sizes[i%live] = 0
		}
		op.Now++
	}
	n, err := e.Size(ctx, op)
	must(t, err)
	if n < live/2 {
		t.Fatalf("%d sessions live", n)
	}
	bytes := int64(0)
	for i, size := range sizes {
		if exists, _ := e.Exists(ctx, op, [][]byte{key(i)}); exists == 1 {
			bytes += int64(size)
		}
	}
	used := e.Report(store.Op{}).UsedBytes
	t.Logf("%d sessions of %d bytes; %.3f times that are counted, %.3f resident", n, bytes, float64(used)/float64(bytes), float64(e.Touched())/float64(bytes))
	if used > bytes*110/100 {
		t.Errorf("%d bytes are counted for %d", used, bytes)
	}
	if e.Touched() > bytes*120/100 {
		t.Errorf("%d bytes are resident for %d", e.Touched(), bytes)
	}
}

func ignore(err, expected error) error {
	if err == expected {
		return nil
	}
	return err
}

func TestMemoryComesBackWhenMostIsDestroyed(t *testing.T) {
	e := newEngine(t, memory.Options{Shards: 4})
	ctx, op := context.Background(), store.Op{Now: farAhead}
	const n = 50_000
	for i := range n {
		must(t, e.CreateSession(ctx, op, key(i), store.CreateOptions{Fields: [][]byte{[]byte("a"), key(i), []byte("b"), key(i)}}))
	}
	peak := e.Held()
	for i := range n {
		if i%10 != 0 {
			_, err := e.DestroySessions(ctx, op, [][]byte{key(i)})
			must(t, err)
		}
	}
	t.Logf("held %d bytes, then %d", peak, e.Held())
	if e.Held() > peak/4 {
		t.Errorf("%d bytes of %d are still held", e.Held(), peak)
	}
	must(t, e.Flush(ctx, op, false))
	if e.Held() != 0 || e.Report(store.Op{}).UsedBytes != 0 {
		t.Errorf("%d bytes are held and %d counted for nothing", e.Held(), e.Report(store.Op{}).UsedBytes)
	}
}

func TestEmptyKeyspacesTakeNothing(t *testing.T) {
	e := newEngine(t, memory.Options{Keyspaces: 16})
	ctx := context.Background()
	for i := range 16 {
		_, err := e.Scan(ctx, store.Op{Keyspace: i}, 0, store.ScanOptions{Count: 10}, func([]byte) {})
		must(t, err)
	}
	if e.Held() != 0 || e.Report(store.Op{}).UsedBytes != 0 {
		t.Errorf("%d bytes are held and %d counted for nothing", e.Held(), e.Report(store.Op{}).UsedBytes)
	}
}

// A scan goes on while the index grows to many times its size and shrinks again.
func TestScanWhileTheIndexGrowsAndShrinks(t *testing.T) {
	e := memory.NewChecked(memory.Options{Shards: 2})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: farAhead}
	const stay = 100
	for i := range stay {
		must(t, e.CreateSession(ctx, op, key(i), store.CreateOptions{}))
	}
	seen, steps := map[string]int{}, 0
	for cursor := uint64(0); ; steps++ {
		next, err := e.Scan(ctx, op, cursor, store.ScanOptions{Count: 3}, func(k []byte) { seen[string(k)]++ })
		must(t, err)
		for i := range 20 {
			if n := stay + steps*20 + i; steps < 40 {
				must(t, e.CreateSession(ctx, op, key(n), store.CreateOptions{}))
			} else {
				e.DestroySessions(ctx, op, [][]byte{key(n - 800)})
			}
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	for i := range stay {
		if seen[string(key(i))] != 1 {
			t.Errorf("key %d was visited %d times in %d steps", i, seen[string(key(i))], steps)
		}
	}
}
