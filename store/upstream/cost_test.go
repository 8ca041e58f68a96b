package upstream

import (
	"os"
	"strconv"
	"testing"

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
