package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"sessd/store"
	"sessd/store/memory"
)

// hashReader is a visitor that keeps nothing.
type hashReader struct{ n int }

func (*hashReader) Hash(int)                        {}
func (h *hashReader) Field(_, value []byte, _ bool) { h.n += len(value) }

// BenchmarkSmallHashes takes a million hashes with the five fields of the session workload.
func BenchmarkSmallHashes(b *testing.B) {
	const n = 1_000_000
	e := memory.New(memory.Options{})
	defer e.Close()
	ctx, op, empty := context.Background(), store.Op{Now: 1 << 41}, e.UsedBytes()
	keys := make([][]byte, n)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "user:%08d", i)
		if _, err := e.SetHash(ctx, op, keys[i], userFields(i), false); err != nil {
			b.Fatal(err)
		}
	}
	perHash := float64(e.UsedBytes()-empty) / n
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		b.ReportMetric(perHash, "B/hash")
		r, v := store.HashRead{Fields: [][]byte{[]byte("lang")}}, new(hashReader)
		for range b.N {
			e.ReadHash(ctx, op, keys[rand.IntN(n)], r, v)
		}
	})
	b.Run("set", func(b *testing.B) {
		b.ReportAllocs()
		pair := [][]byte{[]byte("lang"), []byte("en-US")}
		for range b.N {
			e.SetHash(ctx, op, keys[rand.IntN(n)], pair, false)
		}
	})
}

// BenchmarkLargeHash takes one hash of a million fields.
func BenchmarkLargeHash(b *testing.B) {
	const n = 1_000_000
	e := memory.New(memory.Options{})
	defer e.Close()
	ctx, op, key := context.Background(), store.Op{Now: 1 << 41}, []byte("big")
	names := make([][]byte, n)
	pair := make([][]byte, 2)
	for i := range names {
		names[i] = fmt.Appendf(nil, "field:%08d", i)
		pair[0], pair[1] = names[i], fmt.Appendf(nil, "value:%08d", i)
		if _, err := e.SetHash(ctx, op, key, pair, false); err != nil {
			b.Fatal(err)
		}
	}
	perField := float64(e.UsedBytes()) / n
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		b.ReportMetric(perField, "B/field")
		v := new(hashReader)
		for range b.N {
			i := rand.IntN(n)
			e.ReadHash(ctx, op, key, store.HashRead{Fields: names[i : i+1]}, v)
		}
	})
	b.Run("set", func(b *testing.B) {
		b.ReportAllocs()
		value := []byte("value:changed!")
		for range b.N {
			pair[0], pair[1] = names[rand.IntN(n)], value
			e.SetHash(ctx, op, key, pair, false)
		}
	})
}
