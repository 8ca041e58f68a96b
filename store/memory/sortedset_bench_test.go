//go:build unix

package memory_test

import (
	"context"
	"fmt"
	"testing"

	"sessd/store"
	"sessd/store/memory"
)

// BenchmarkSmallSortedSet reads and changes a sorted set of ten members.
func BenchmarkSmallSortedSet(b *testing.B) {
	ctx, op, key := context.Background(), store.Op{Now: 1 << 41}, []byte("key")
	e := memory.New(memory.Options{})
	b.Cleanup(func() { e.Close() })
	var all []store.Scored
	for i := range 10 {
		all = append(all, store.Scored{Member: fmt.Appendf(nil, "member:%06d", i), Score: float64(i)})
	}
	if _, err := e.AddScores(ctx, op, key, all, store.ScoreOptions{}); err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name string
		run  func(i int) error
	}{
		{"range", func(int) error { return e.ReadRange(ctx, op, key, store.SortedRange{Stop: -1}, ignoringScores{}) }},
		{"rank", func(i int) error { _, _, _, err := e.RankOf(ctx, op, key, all[i%10].Member, false); return err }},
		{"score", func(i int) error { return e.ReadMembers(ctx, op, key, [][]byte{all[i%10].Member}, ignoringScores{}) }},
		{"add", func(i int) error {
			_, err := e.AddScores(ctx, op, key, all[i%10:i%10+1], store.ScoreOptions{Add: true})
			return err
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if err := bench.run(i); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
