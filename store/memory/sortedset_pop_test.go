package memory

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"sessd/store"
	"sessd/store/memory/tree"
)

// Members popped one by one from either end of sorted sets that share a shard are those of a sorted slice.
func TestPopsOneByOne(t *testing.T) {
	e := NewChecked(Options{Shards: 1, smallBytes: 40, treeOrder: tree.Tiny})
	t.Cleanup(func() { e.Close() })
	ctx, op := context.Background(), store.Op{Now: 1 << 41}
	var want [2]members
	for range 1500 {
		i := rand.IntN(2)
		key, all := []byte{'a' + byte(i)}, &want[i]
		if len(*all) == 0 || len(*all) < 60 && rand.IntN(5) == 0 {
			for range 1 + rand.IntN(60) {
				name := fmt.Sprint(rand.IntN(500))
				if rand.IntN(30) == 0 {
					name += strings.Repeat("x", 30) // in a node of its own
				}
				one := store.Scored{Member: []byte(name), Score: float64(rand.IntN(9) - 4)}
				r, err := e.AddScores(ctx, op, key, []store.Scored{one}, store.ScoreOptions{IfAbsent: true})
				if err != nil {
					t.Fatal(err)
				}
				if r.Added == 1 {
					*all = append(*all, one)
				}
			}
			sort.Slice(*all, func(i, j int) bool {
				a, b := (*all)[i], (*all)[j]
				return a.Score < b.Score || a.Score == b.Score && string(a.Member) < string(b.Member)
			})
		}
		for range 1 + rand.IntN(4) {
			var popped members
			fromEnd := rand.IntN(3) == 0
			if err := e.PopMembers(ctx, op, key, 1, fromEnd, &popped); err != nil {
				t.Fatal(err)
			}
			var next members
			switch n := len(*all); {
			case n > 0 && fromEnd:
				next, *all = (*all)[n-1:], (*all)[:n-1]
			case n > 0:
				next, *all = (*all)[:1], (*all)[1:]
			}
			if popped.String() != next.String() {
				t.Fatalf("popped %v, want %v", popped, next)
			}
		}
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
	}
}
