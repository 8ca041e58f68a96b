//go:build unix

package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"sessd/store"
	"sessd/store/memory"
)

// cpuTime returns the processor time that the process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ignoring is a visitor of elements that keeps nothing.
type ignoring struct{}

func (ignoring) List([]byte, int)          {}
func (ignoring) Element([]byte)            {}
func (ignoring) Set(int)                   {}
func (ignoring) Member([]byte, bool)       {}
func (ignoring) Hash(int)                  {}
func (ignoring) Field(_, _ []byte, _ bool) {}

// ignoringScores is that of members with scores.
type ignoringScores struct{}

func (ignoringScores) Members(int)                  {}
func (ignoringScores) Member([]byte, float64, bool) {}

// BenchmarkTypes takes one collection of each type with 100,000 elements, as redis-benchmark makes them.
func BenchmarkTypes(b *testing.B) {
	const n = 100_000
	e := memory.New(memory.Options{})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 1 << 41}
	names := make([][]byte, n)
	for i := range names {
		names[i] = fmt.Appendf(nil, "element:%012d", i)
	}
	value := []byte("xxx")
	run := func(name string, do func(i int) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime()
			for range b.N {
				if err := do(rand.IntN(n)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
	one, pair, score := make([][]byte, 1), make([][]byte, 2), make([]store.Scored, 1)
	push := func(at store.ListEnd) func(int) error {
		return func(int) error {
			one[0] = value
			_, err := e.PushList(ctx, op, []byte("list"), one, at, false)
			return err
		}
	}
	pop := func(at store.ListEnd) func(int) error {
		return func(int) error {
			_, err := e.PopList(ctx, op, [][]byte{[]byte("list")}, 1, at, ignoring{})
			return err
		}
	}
	run("rpush", push(store.ListTail))
	run("lpush", push(store.ListHead))
	run("rpop", pop(store.ListTail))
	run("lpop", pop(store.ListHead))
	run("sadd", func(i int) error {
		one[0] = names[i]
		_, err := e.AddToSet(ctx, op, []byte("set"), one)
		return err
	})
	run("sismember", func(i int) error {
		return e.ReadSet(ctx, op, []byte("set"), store.SetRead{Members: names[i : i+1]}, ignoring{})
	})
	run("hset", func(i int) error {
		pair[0], pair[1] = names[i], value
		_, err := e.SetHash(ctx, op, []byte("hash"), pair, false)
		return err
	})
	run("hget", func(i int) error {
		return e.ReadHash(ctx, op, []byte("hash"), store.HashRead{Fields: names[i : i+1]}, ignoring{})
	})
	run("zadd", func(i int) error {
		score[0] = store.Scored{Member: names[i]}
		_, err := e.AddScores(ctx, op, []byte("scores"), score, store.ScoreOptions{})
		return err
	})
	for i := range 10_000 {
		score[0] = store.Scored{Member: fmt.Appendf(nil, "member:%d", i), Score: float64(i)}
		if _, err := e.AddScores(ctx, op, []byte("ranks"), score, store.ScoreOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	run("zrangebyscore", func(i int) error {
		least := float64(i / 20)
		r := store.SortedRange{By: store.ByScore, Min: store.SortedBound{Score: least}, Max: store.SortedBound{Score: least + 9}, Count: -1}
		return e.ReadRange(ctx, op, []byte("ranks"), r, ignoringScores{})
	})
	run("zaddchange", func(i int) error {
		score[0] = store.Scored{Member: names[i], Score: rand.Float64()}
		_, err := e.AddScores(ctx, op, []byte("scores"), score, store.ScoreOptions{})
		return err
	})
	// What is popped comes back, so that there always is something.
	run("spop", func(i int) error {
		one[0] = names[i]
		if _, err := e.AddToSet(ctx, op, []byte("set"), one); err != nil {
			return err
		}
		return e.PopFromSet(ctx, op, []byte("set"), 1, ignoring{})
	})
	run("zpopmin", func(i int) error {
		score[0] = store.Scored{Member: names[i], Score: rand.Float64()}
		if _, err := e.AddScores(ctx, op, []byte("scores"), score, store.ScoreOptions{}); err != nil {
			return err
		}
		return e.PopMembers(ctx, op, []byte("scores"), 1, false, ignoringScores{})
	})
	fields := make([][]byte, 20)
	for i := range fields {
		fields[i] = names[i]
	}
	if _, err := e.SetHash(ctx, op, []byte("ten"), fields, false); err != nil {
		b.Fatal(err)
	}
	run("hgetall", func(int) error { return e.ReadHash(ctx, op, []byte("ten"), store.HashRead{}, ignoring{}) })
}
