package memory

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"sessd/store"
)

// members collects what a visitor is shown.
type members []store.Scored

func (*members) Members(int) {}
func (m *members) Member(name []byte, score float64, _ bool) {
	*m = append(*m, store.Scored{Member: append([]byte(nil), name...), Score: score})
}

func (m members) String() (text string) {
	for _, one := range m {
		text += fmt.Sprintf("%s=%v ", one.Member, one.Score)
	}
	return text
}

// Random operations on sorted sets of few and of many members leave what a plain map sorts to.
func TestSortedSetsAgainstAMap(t *testing.T) {
	for _, names := range []int{20, 2000} {
		e := NewChecked(Options{Shards: 2})
		ctx, op, key := context.Background(), store.Op{Now: 1 << 41}, []byte("z")
		want := map[string]float64{}
		sorted := func() (all members) {
			for name, score := range want {
				all = append(all, store.Scored{Member: []byte(name), Score: score})
			}
			sort.Slice(all, func(i, j int) bool {
				a, b := all[i], all[j]
				return a.Score < b.Score || a.Score == b.Score && string(a.Member) < string(b.Member)
			})
			return all
		}
		for step := range 1500 {
			name := fmt.Sprint("member", rand.IntN(names))
			score := float64(rand.IntN(50) - 25)
			switch n := rand.IntN(20); {
			case n < 12:
				var some []store.Scored
				for range 1 + rand.IntN(names/10) {
					name := fmt.Sprint("member", rand.IntN(names))
					some, want[name] = append(some, store.Scored{Member: []byte(name), Score: score}), score
				}
				if _, err := e.AddScores(ctx, op, key, some, store.ScoreOptions{}); err != nil {
					t.Fatal(err)
				}
			case n < 15:
				if _, err := e.AddScores(ctx, op, key, []store.Scored{{Member: []byte(name), Score: score}}, store.ScoreOptions{Add: true}); err != nil {
					t.Fatal(err)
				}
				want[name] += score
			case n < 18:
				_, there := want[name]
				delete(want, name)
				if n, err := e.RemoveMembers(ctx, op, key, [][]byte{[]byte(name)}); err != nil || (n == 1) != there {
					t.Fatal(n, there, err)
				}
			case n == 18:
				low, high := score, score+float64(rand.IntN(8))
				for name, score := range want {
					if score > low && score <= high {
						delete(want, name)
					}
				}
				r := store.SortedRange{By: store.ByScore, Min: store.SortedBound{Score: low, Exclusive: true}, Max: store.SortedBound{Score: high}, Count: -1}
				if _, err := e.RemoveRange(ctx, op, key, r); err != nil {
					t.Fatal(err)
				}
			default:
				all := sorted()
				count := min(rand.IntN(30), len(all))
				for _, one := range all[:count] {
					delete(want, string(one.Member))
				}
				var popped members
				if err := e.PopMembers(ctx, op, key, int64(count), false, &popped); err != nil || popped.String() != all[:count].String() {
					t.Fatal(popped, all[:count], err)
				}
			}
			if step%50 != 0 {
				continue
			}
			var got members
			all := sorted()
			if err := e.ReadRange(ctx, op, key, store.SortedRange{Stop: -1}, &got); err != nil || got.String() != all.String() {
				t.Fatalf("%v, %v, not %v", got, err, all)
			}
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			if len(all) > 0 {
				i := rand.IntN(len(all))
				if rank, _, found, err := e.RankOf(ctx, op, key, all[i].Member, true); rank != len(all)-1-i || !found || err != nil {
					t.Fatal(rank, found, err)
				}
			}
		}
		if _, err := e.Delete(ctx, op, [][]byte{key}); err != nil {
			t.Fatal(err)
		}
		if err := e.Check(); err != nil {
			t.Error(err)
		}
		e.Close()
	}
}

// Copies of sorted sets, and those that move to other shards, have both trees.
func TestSortedSetsMove(t *testing.T) {
	for _, n := range []int{5, 3000} {
		e := NewChecked(Options{Shards: 4})
		ctx, op := context.Background(), store.Op{Now: 1 << 41}
		var all members
		for i := range n {
			all = append(all, store.Scored{Member: fmt.Append(nil, "member", i), Score: float64(i % 7)})
		}
		if _, err := e.AddScores(ctx, op, []byte("k0"), all, store.ScoreOptions{}); err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			o := store.TransferOptions{Key: fmt.Append(nil, "k", i+1), Copies: i%2 == 0}
			if _, done, err := e.TransferKey(ctx, op, fmt.Append(nil, "k", i), o); !done || err != nil {
				t.Fatal(done, err)
			}
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			for _, one := range all {
				var got members
				if err := e.ReadMembers(ctx, op, o.Key, [][]byte{one.Member}, &got); err != nil || got.String() != (members{one}).String() {
					t.Fatal(got, one, err)
				}
			}
			if size, err := e.CountRange(ctx, op, o.Key, store.SortedRange{Stop: -1}); size != n || err != nil {
				t.Fatal(size, err)
			}
		}
		e.Close()
	}
}
