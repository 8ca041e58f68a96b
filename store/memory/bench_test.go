package memory_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sessd/store"
	"sessd/store/memory"
)

// The benchmarks take the session workload's data: ids of 43 bytes, and five fields of together 118 bytes.
//
//	go test ./store/memory -run '^$' -bench . -cpu 1,2 -large
var large = flag.Bool("large", false, "benchmark with 10 million sessions too")

// appendID appends the i-th session id, which looks random: 32 bytes in base64url.
func appendID(to []byte, i int) []byte {
	r := rand.NewPCG(uint64(i), 1)
	var id [32]byte
	for at := 0; at < len(id); at += 8 {
		binary.LittleEndian.PutUint64(id[at:], r.Uint64())
	}
	return base64.RawURLEncoding.AppendEncode(to, id[:])
}

// userFields returns the fields of the i-th session.
func userFields(i int) [][]byte {
	cart := fmt.Sprintf(`{"items":[{"sku":"%06d","n":%d}],"total":%d,"currency":"EUR"}`, i%999983, i%7, i%100000)
	return [][]byte{
		[]byte("user"), fmt.Appendf(nil, "%08d", i%100_000_000),
		[]byte("csrf"), fmt.Appendf(nil, "%016x%016x", uint64(i)*0x9e3779b97f4a7c15, uint64(i)*0xbf58476d1ce4e5b9),
		[]byte("seen"), fmt.Appendf(nil, "%013d", 1700000000000+int64(i)),
		[]byte("lang"), []byte("de-DE"),
		[]byte("cart"), []byte(cart),
	}
}

type nobody struct{ n int }

func (v *nobody) Bag(int64, int)                {}
func (v *nobody) Field(_, value []byte, _ bool) { v.n += len(value) }

// plain is what the engine is compared to: maps of maps, in shards.
type plain struct {
	seed   maphash.Seed
	shards [64]struct {
		sync.Mutex
		sessions map[string]map[string][]byte
	}
}

func (p *plain) shard(id []byte) *struct {
	sync.Mutex
	sessions map[string]map[string][]byte
} {
	return &p.shards[maphash.Bytes(p.seed, id)%64]
}

func sizesToBench() []int {
	if *large {
		return []int{100_000, 1_000_000, 10_000_000}
	}
	return []int{100_000, 1_000_000}
}

func fill(b testing.TB, e *memory.Engine, n int, op store.Op) {
	ctx := context.Background()
	for i := range n {
		c := store.CreateOptions{IdleTimeout: 1_800_000, Fields: userFields(i)}
		if err := e.CreateSession(ctx, op, appendID(nil, i), c); err != nil {
			b.Fatal(err)
		}
		if i > 0 && i%1_000_000 == 0 {
			b.Logf("%d sessions", i)
		}
	}
}

func BenchmarkEngine(b *testing.B) {
	for _, n := range sizesToBench() {
		e := memory.New(memory.Options{})
		op := store.Op{Now: time.Now().UnixMilli()}
		fill(b, e, n, op)
		ctx := context.Background()
		b.Run(fmt.Sprintf("get/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r, v, id := rand.New(rand.NewPCG(rand.Uint64(), 2)), new(nobody), make([]byte, 0, 64)
				for pb.Next() {
					id = appendID(id[:0], r.IntN(n))
					if e.LoadSession(ctx, op, id, store.LoadOptions{}, v) != nil {
						b.Error("no session")
					}
				}
			})
		})
		b.Run(fmt.Sprintf("prefetch 16 and get/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r, v, ids := rand.New(rand.NewPCG(rand.Uint64(), 2)), new(nobody), make([][]byte, 16)
				for {
					for i := range ids {
						ids[i] = appendID(ids[i][:0], r.IntN(n))
					}
					e.Prefetch(op, ids)
					for _, id := range ids {
						if !pb.Next() {
							return
						}
						if e.LoadSession(ctx, op, id, store.LoadOptions{}, v) != nil {
							b.Error("no session")
						}
					}
				}
			})
		})
		b.Run(fmt.Sprintf("save/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r, id := rand.New(rand.NewPCG(rand.Uint64(), 2)), make([]byte, 0, 64)
				seen, lang := []byte("1700000000000"), []byte("fr-FR")
				fields := [][]byte{[]byte("seen"), seen, []byte("lang"), lang}
				for pb.Next() {
					id = appendID(id[:0], r.IntN(n))
					seen[5] = '0' + byte(r.IntN(10))
					if _, err := e.SaveSession(ctx, op, id, store.SaveOptions{Fields: fields}); err != nil {
						b.Error(err)
					}
				}
			})
		})
		b.Run(fmt.Sprintf("resize/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r, id := rand.New(rand.NewPCG(rand.Uint64(), 2)), make([]byte, 0, 64)
				cart := []byte(strings.Repeat("x", 100))
				fields := [][]byte{[]byte("seen"), []byte("1700000000000"), []byte("cart"), nil}
				for pb.Next() {
					id = appendID(id[:0], r.IntN(n))
					fields[3] = cart[:45+r.IntN(30)]
					if _, err := e.SaveSession(ctx, op, id, store.SaveOptions{Fields: fields}); err != nil {
						b.Error(err)
					}
				}
			})
		})
		e.Close()
	}
}

func BenchmarkPlainMap(b *testing.B) {
	for _, n := range sizesToBench() {
		p := &plain{seed: maphash.MakeSeed()}
		for i := range p.shards {
			p.shards[i].sessions = map[string]map[string][]byte{}
		}
		for i := range n {
			id := appendID(nil, i)
			f, m := userFields(i), make(map[string][]byte, 5)
			for j := 0; j < len(f); j += 2 {
				m[string(f[j])] = f[j+1]
			}
			p.shard(id).sessions[string(id)] = m
		}
		b.Run(fmt.Sprintf("get/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r, v, id := rand.New(rand.NewPCG(rand.Uint64(), 2)), new(nobody), make([]byte, 0, 64)
				for pb.Next() {
					id = appendID(id[:0], r.IntN(n))
					s := p.shard(id)
					s.Lock()
					for _, value := range s.sessions[string(id)] {
						v.Field(nil, value, true)
					}
					s.Unlock()
				}
			})
		})
		b.Run(fmt.Sprintf("save/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r, id := rand.New(rand.NewPCG(rand.Uint64(), 2)), make([]byte, 0, 64)
				seen, lang := []byte("1700000000000"), []byte("fr-FR")
				for pb.Next() {
					id = appendID(id[:0], r.IntN(n))
					s := p.shard(id)
					s.Lock()
					m := s.sessions[string(id)]
					copy(m["seen"], seen)
					copy(m["lang"], lang)
					s.Unlock()
				}
			})
		})
	}
}

// resident returns the resident memory of this process in bytes, or 0 where the system does not tell.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// BenchmarkMemory loads sessions once, and reports what each takes of resident memory, all included.
func BenchmarkMemory(b *testing.B) {
	for _, n := range sizesToBench() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			runtime.GC()
			before := resident()
			e := memory.New(memory.Options{})
			defer e.Close()
			fill(b, e, n, store.Op{Now: time.Now().UnixMilli()})
			runtime.GC()
			after := resident()
			for b.Loop() {
			}
			b.ReportMetric(float64(after-before)/float64(n), "resident-B/session")
			b.ReportMetric(float64(e.Report(store.Op{}).UsedBytes)/float64(n), "counted-B/session")
		})
	}
}
