package memory_test

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"testing"

	"sessd/store"
	"sessd/store/memory"
)

// benchSessions is how many sessions of five fields the benchmarks work on.
const benchSessions = 100_000

const benchNow = 4102444800000 // so far ahead that nothing expires in the background

func benchID(i int) []byte { return fmt.Appendf(nil, "%043d", i*7919) }

// benchFields are the fields of session i, as applications have them.
func benchFields(i int) [][]byte {
	return [][]byte{
		[]byte("user"), fmt.Appendf(nil, "%08d", i),
		[]byte("csrf"), fmt.Appendf(nil, "%032x", i),
		[]byte("seen"), fmt.Appendf(nil, "%013d", i),
		[]byte("lang"), []byte("en_GB"),
		[]byte("cart"), fmt.Appendf(nil, `{"items":[{"sku":%8d,"n":1},{"sku":%8d,"n":2}]}`, i, i),
	}
}

// dirtyFields are what a save carries.
func dirtyFields() [][]byte {
	return [][]byte{[]byte("seen"), []byte("1700000000000"), []byte("cart"), []byte(`{"items":[{"sku":12345678,"n":1},{"sku":12345678,"n":9}]}`)}
}

// counted counts the bytes of a bag, as a writer of replies would touch them.
type counted struct{ bytes int }

func (*counted) Bag(int64, int) {}

func (c *counted) Field(name, value []byte, _ bool) { c.bytes += len(name) + len(value) }

func benchIDs() [][]byte {
	ids := make([][]byte, benchSessions)
	for i := range ids {
		ids[i] = benchID(i)
	}
	return ids
}

func openBench(b *testing.B, ids [][]byte) (*memory.Engine, store.Op) {
	e := memory.New(memory.Options{})
	b.Cleanup(func() { e.Close() })
	op := store.Op{Now: benchNow}
	for i, id := range ids {
		c := store.Create{IdleTimeout: 1_800_000, Fields: benchFields(i)}
		if err := e.CreateSession(context.Background(), op, id, c); err != nil {
			b.Fatal(err)
		}
	}
	return e, op
}

// BenchmarkEngine loads sessions whole, and saves two dirty fields.
func BenchmarkEngine(b *testing.B) {
	ids := benchIDs()
	e, op := openBench(b, ids)
	ctx := context.Background()
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			c := new(counted)
			for pb.Next() {
				if err := e.LoadSession(ctx, op, ids[rand.IntN(len(ids))], store.Load{}, c); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
	b.Run("save", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			s := store.Save{Fields: dirtyFields()}
			for pb.Next() {
				if _, err := e.SaveSession(ctx, op, ids[rand.IntN(len(ids))], s); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// plainMap is what one would write without a store: sharded maps of maps, without timeouts, revisions or limits.
type plainMap struct {
	seed   maphash.Seed
	shards [64]struct {
		sync.Mutex
		sessions map[string]map[string][]byte
	}
}

// BenchmarkPlainMap does to sharded maps what BenchmarkEngine does to the engine.
func BenchmarkPlainMap(b *testing.B) {
	ids := benchIDs()
	m := plainMap{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].sessions = map[string]map[string][]byte{}
	}
	for i, id := range ids {
		session := map[string][]byte{}
		for f, fields := 0, benchFields(i); f < len(fields); f += 2 {
			session[string(fields[f])] = fields[f+1]
		}
		m.shards[maphash.Bytes(m.seed, id)%64].sessions[string(id)] = session
	}
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			n := 0
			for pb.Next() {
				id := ids[rand.IntN(len(ids))]
				s := &m.shards[maphash.Bytes(m.seed, id)%64]
				s.Lock()
				for name, value := range s.sessions[string(id)] {
					n += len(name) + len(value)
				}
				s.Unlock()
			}
		})
	})
	b.Run("save", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			fields := dirtyFields()
			for pb.Next() {
				id := ids[rand.IntN(len(ids))]
				s := &m.shards[maphash.Bytes(m.seed, id)%64]
				s.Lock()
				session := s.sessions[string(id)]
				for f := 0; f < len(fields); f += 2 {
					session[string(fields[f])] = append(session[string(fields[f])][:0], fields[f+1]...)
				}
				s.Unlock()
			}
		})
	})
}
