package memory

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"sessd/store"
)

type fieldCounter struct{ announced, shown int }

func (c *fieldCounter) Hash(n int)                { c.announced = n }
func (c *fieldCounter) Field(_, _ []byte, _ bool) { c.shown++ }

// Every way in which a hash of very many fields ends gives back what it took, and holds nobody up meanwhile: each step
// frees a bounded number of nodes.
func TestManyFieldsEndInSteps(t *testing.T) {
	const n = 50_000
	e := stopped(t, Options{Shards: 2})
	ctx, op := context.Background(), store.Op{Now: 1 << 41}
	key := []byte("big")
	pairs := make([][]byte, 0, 2*n)
	for i := range n {
		pairs = append(pairs, fmt.Append(nil, "field", i), fmt.Append(nil, "value", i))
	}
	before := e.UsedBytes()
	for name, end := range map[string]func() error{
		"delete": func() error { _, err := e.Delete(ctx, op, [][]byte{key}); return err },
		"set": func() error {
			_, err := e.SetString(ctx, op, key, nil, store.SetOptions{ExpireAt: store.Never})
			return err
		},
		"flush": func() error { return e.Flush(ctx, op, false) },
		"evict": func() error {
			e.evict(store.AllKeysLRU, op.Now)
			return nil
		},
		"fields": func() error {
			var names [][]byte
			for i := 0; i < 2*n; i += 2 {
				names = append(names, pairs[i])
			}
			got, err := e.DeleteFields(ctx, op, key, names)
			if got != n {
				t.Errorf("%d fields are deleted", got)
			}
			return err
		},
	} {
		if added, err := e.SetHash(ctx, op, key, pairs, false); added != n || err != nil {
			t.Fatal(name, added, err)
		}
		if bytes, _, _ := e.KeyBytes(ctx, op, key); bytes < 20*n || bytes > 60*n {
			t.Errorf("%d fields are counted as %d bytes", n, bytes)
		}
		if err := end(); err != nil {
			t.Fatal(name, err)
		}
		if err := e.Check(); err != nil {
			t.Fatal(name, err)
		}
		for e.space(0).trees.Load() > 0 {
			nodes := int64(0)
			e.eachShard(func(s *shard) bool {
				for _, a := range s.orphans {
					nodes += int64(a.nodes)
				}
				return true
			})
			used := e.UsedBytes()
			if !e.sweepStep(op.Now) {
				t.Fatal(name, "nothing is swept")
			}
			if freed := used - e.UsedBytes(); freed > 2*sweepNodes*4096 {
				t.Fatalf("%s: a step frees %d bytes of %d nodes", name, freed, nodes)
			}
		}
		if _, err := e.Delete(ctx, op, [][]byte{key}); err != nil {
			t.Fatal(err)
		}
		if used := e.UsedBytes(); used > before+64<<10 {
			t.Errorf("%s leaves %d bytes", name, used-before)
		}
	}
}

// Counts at the ends of what a number holds are no harder than others.
func TestCountsOfFieldsAtTheEnds(t *testing.T) {
	e := NewChecked(Options{})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 1 << 41}
	for _, n := range []int{5, 2000} {
		key := fmt.Append(nil, n)
		for i := range n {
			if _, err := e.SetHash(ctx, op, key, [][]byte{fmt.Append(nil, i), []byte(strings.Repeat("v", i%600))}, false); err != nil {
				t.Fatal(err)
			}
		}
		var all fieldCounter
		if err := e.RandomFields(ctx, op, key, math.MaxInt64, &all); err != nil || all != (fieldCounter{n, n}) {
			t.Errorf("%+v, %v", all, err)
		}
		seen := 0
		next, err := e.ScanHash(ctx, op, key, 0, math.MaxInt, func(_, _ []byte) { seen++ })
		if next != 0 || seen != n || err != nil {
			t.Errorf("%d are visited, then comes %d, %v", seen, next, err)
		}
		if _, err := e.ScanHash(ctx, op, key, math.MaxUint64, math.MinInt, func(_, _ []byte) {}); err != nil {
			t.Error(err)
		}
	}
}
