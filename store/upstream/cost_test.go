//go:build unix

package upstream

import (
	"os"
	"strconv"
	"testing"
	"time"

	"sessd/store"
)

// BenchmarkScript asks a server at SESSD_BENCH_UPSTREAM for saves.
func BenchmarkScript(b *testing.B) {
	url := os.Getenv("SESSD_BENCH_UPSTREAM")
	if url == "" {
		b.Skip("no server in SESSD_BENCH_UPSTREAM")
	}
	e, err := New(Options{URL: url})
	if err == nil {
		err = e.Connect()
	}
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	create := func(id string) { e.CreateSession(background, now(), []byte(id), storeCreate()) }
	for i := range 100 {
		create("bench" + strconv.Itoa(i))
	}
	b.SetParallelism(50)
	b.RunParallel(func(p *testing.PB) {
		i := 0
		for p.Next() {
			i++
			if err := save(e, "bench"+strconv.Itoa(i%100), "cart", "0123456789012345678901234567890123456789", "seen", strconv.Itoa(i)); err != nil {
				b.Error(err)
			}
		}
	})
}

func storeCreate() (c store.CreateOptions) {
	c.IdleTimeout = 1800_000
	c.Fields = words("lang", "en", "cart", "1", "seen", "2", "user", "12345", "csrf", "abcdefghijklmnop")
	return c
}

// BenchmarkCachedRead reads what is at hand. Run it with SESSD_BENCH_UPSTREAM, too.
func BenchmarkCachedRead(b *testing.B) {
	url := os.Getenv("SESSD_BENCH_UPSTREAM")
	if url == "" {
		b.Skip("no server in SESSD_BENCH_UPSTREAM")
	}
	e, err := New(Options{URL: url, NearCache: 64 << 20})
	if err == nil {
		err = e.Connect()
	}
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	ids := make([][]byte, 1000)
	for i := range ids {
		ids[i] = []byte("bench-read-" + strconv.Itoa(i))
		e.CreateSession(background, now(), ids[i], storeCreate())
		load(e, string(ids[i]))
	}
	time.Sleep(100 * time.Millisecond)
	for i := range ids {
		load(e, string(ids[i]))
	}
	op, ctx := now(), store.Immediate()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1000 == 0 {
			op = now()
		}
		if err := e.LoadSession(ctx, op, ids[i%1000], store.LoadOptions{}, nothing{}); err != nil && err != store.ErrWaits {
			b.Fatal(err)
		}
	}
}
