package persist_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"sessd/store"
	"sessd/store/journal"
	"sessd/store/memory"
	"sessd/store/persist"
)

type unread struct{}

func (unread) Bag(int64, int)            {}
func (unread) Field(_, _ []byte, _ bool) {}

// BenchmarkSave measures what the log adds to a save. A commit is made after each round of so many saves.
func BenchmarkSave(b *testing.B) {
	for _, round := range []int{0, 1, 8, 64} {
		b.Run(fmt.Sprintf("round=%d", round), func(b *testing.B) { benchmark(b, round, true) })
	}
}

// BenchmarkLoad measures what the log adds to a load, which tells it of some uses.
func BenchmarkLoad(b *testing.B) {
	for _, round := range []int{0, 64} {
		b.Run(fmt.Sprintf("round=%d", round), func(b *testing.B) { benchmark(b, round, false) })
	}
}

// benchmark runs saves or loads of 10,000 sessions, without a log where round is 0.
func benchmark(b *testing.B, round int, saves bool) {
	const sessions = 10_000
	ctx, e := context.Background(), memory.New(memory.Options{})
	defer e.Close()
	var k *persist.Keeper
	if round > 0 {
		var err error
		k, err = persist.Open(e, b.TempDir(), persist.Options{Journal: journal.Options{}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		if err := k.Load(func() {}); err != nil {
			b.Fatal(err)
		}
		k.SaveAtStop(false)
		defer k.Close()
	}
	op := store.Op{Now: time.Now().UnixMilli()}
	var ids [sessions][]byte
	for i := range ids {
		ids[i] = fmt.Appendf(nil, "%043d", i)
		fields := [][]byte{[]byte("user"), []byte("00001234"), []byte("csrf"), []byte("0123456789abcdef0123456789abcdef"), []byte("cart"), make([]byte, 64)}
		if err := e.CreateSession(ctx, op, ids[i], store.CreateOptions{IdleTimeout: 1_800_000, Fields: fields}); err != nil {
			b.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	fields := [][]byte{[]byte("cart"), make([]byte, 64), []byte("user"), []byte("00004321")}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		id := ids[r.IntN(sessions)]
		var err error
		if saves {
			_, err = e.SaveSession(ctx, op, id, store.SaveOptions{Fields: fields})
		} else {
			err = e.LoadSession(ctx, op, id, store.LoadOptions{}, unread{})
		}
		if err != nil {
			b.Fatal(err)
		}
		if n++; k != nil && n%round == 0 {
			if err := k.Commit(k.Appended()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
