//go:build unix

package memory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sessd/store"
	"sessd/store/memory"
)

// BenchmarkPops removes members of a sorted set and of a set one by one, and fills them again outside of the timer.
func BenchmarkPops(b *testing.B) {
	ctx, op := context.Background(), store.Op{Now: 1 << 41}
	for _, n := range []int{100_000, 1_000_000} {
		all := make([]store.Scored, n)
		names := make([][]byte, n)
		for i := range all {
			names[i] = fmt.Appendf(nil, "element:%012d", i)
			all[i].Member = names[i]
		}
		run := func(name string, fill func(e *memory.Engine, from, to int) error, pop func(e *memory.Engine) error) {
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				e := memory.New(memory.Options{})
				defer e.Close()
				var used time.Duration
				left, before := 0, cpuTime()
				for range b.N {
					if left <= n/20 {
						b.StopTimer()
						used += cpuTime() - before
						for from := 0; from < n; from += 1000 {
							if err := fill(e, from, from+1000); err != nil {
								b.Fatal(err)
							}
						}
						left = n
						before = cpuTime()
						b.StartTimer()
					}
					if err := pop(e); err != nil {
						b.Fatal(err)
					}
					left--
				}
				b.ReportMetric(float64(used+cpuTime()-before)/float64(b.N), "cpu-ns/op")
			})
		}
		scores := func(e *memory.Engine, from, to int) error {
			_, err := e.AddScores(ctx, op, []byte("scores"), all[from:to], store.ScoreOptions{})
			return err
		}
		run("zpopmin", scores, func(e *memory.Engine) error {
			return e.PopMembers(ctx, op, []byte("scores"), 1, false, ignoringScores{})
		})
		run("zpopmax", scores, func(e *memory.Engine) error {
			return e.PopMembers(ctx, op, []byte("scores"), 1, true, ignoringScores{})
		})
		run("spop", func(e *memory.Engine, from, to int) error {
			_, err := e.AddToSet(ctx, op, []byte("set"), names[from:to])
			return err
		}, func(e *memory.Engine) error {
			return e.PopFromSet(ctx, op, []byte("set"), 1, ignoring{})
		})
	}
}
