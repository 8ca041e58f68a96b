package goclients

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"sessd/test/sessdtest"
)

func newRueidis(t *testing.T, addr string) rueidis.Client {
	t.Helper()
	c, err := openRueidis(t, settings{addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	return c.(rueidisClient).Client
}

// newCachingRueidis returns a client at its defaults, which keeps what it reads and asks to be told of changes.
func newCachingRueidis(t *testing.T, addr string) rueidis.Client {
	t.Helper()
	db, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// TestRueidisCaches: at its defaults it serves what it has read from its own cache, until another client changes it.
func TestRueidisCaches(t *testing.T) {
	addr := sessdtest.Start(t).Addr
	db, other := newCachingRueidis(t, addr), newRueidis(t, addr)
	set := func(value string) {
		t.Helper()
		if err := other.Do(background, other.B().Set().Key("k").Value(value).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	get := func() (value string, cached bool) {
		t.Helper()
		r := db.DoCache(background, db.B().Get().Key("k").Cache(), time.Minute)
		value, err := r.ToString()
		if err != nil {
			t.Fatal(err)
		}
		return value, r.IsCacheHit()
	}
	for n := range 20 {
		want := fmt.Sprint(n)
		set(want)
		for value, _ := get(); value != want; value, _ = get() { // until the client has heard of it
		}
		if value, cached := get(); value != want || !cached {
			t.Errorf("got %s, cached: %t", value, cached)
		}
	}
}

func TestRueidisPipelines(t *testing.T) {
	db := newRueidis(t, sessdtest.Start(t).Addr)
	requests := rueidis.Commands{db.B().Arbitrary("SESS.CREATE", "a").Build()}
	for i := range 500 {
		requests = append(requests, db.B().Arbitrary("SESS.SAVE").Keys("a").Args("x", fmt.Sprint(i)).Build())
	}
	for i, r := range db.DoMulti(background, requests...)[1:] {
		if n, err := r.AsInt64(); n != int64(i+1) || err != nil {
			t.Fatalf("save %d: revision %d, %v", i, n, err)
		}
	}
}

// TestRueidisSharesAConnection: requests of many goroutines go through one connection, and each gets its own reply.
func TestRueidisSharesAConnection(t *testing.T) {
	db := newRueidis(t, sessdtest.Start(t).Addr)
	errs := make(chan error)
	for i := range 20 {
		go func() {
			for n := range 50 {
				text := fmt.Sprint(i, "-", n)
				if got, err := db.Do(background, db.B().Echo().Message(text).Build()).ToString(); got != text || err != nil {
					errs <- fmt.Errorf("got %q, %v, want %q", got, err, text)
					return
				}
			}
			errs <- nil
		}()
	}
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestRueidisStringsWithTTL(t *testing.T) {
	db := newRueidis(t, sessdtest.Start(t).Addr)
	if err := db.Do(background, db.B().Set().Key("a").Value("1").Ex(time.Hour).Build()).Error(); err != nil {
		t.Fatal(err)
	}
	if ms, err := db.Do(background, db.B().Pttl().Key("a").Build()).AsInt64(); ms <= 0 || ms > 3_600_000 || err != nil {
		t.Errorf("PTTL: %d, %v", ms, err)
	}
	if old, err := db.Do(background, db.B().Set().Key("a").Value("2").Get().Build()).ToString(); old != "1" || err != nil {
		t.Errorf("SET GET: %q, %v", old, err)
	}
	// Where client-side caching is off, the calls for it are plain ones.
	if value, err := db.DoCache(background, db.B().Get().Key("a").Cache(), time.Minute).ToString(); value != "2" || err != nil {
		t.Errorf("DoCache: %q, %v", value, err)
	}
	if err := db.Do(background, db.B().Get().Key("none").Build()).Error(); !rueidis.IsRedisNil(err) {
		t.Errorf("GET of no key: %v", err)
	}
}

func TestRueidisScans(t *testing.T) {
	db := newRueidis(t, sessdtest.Start(t).Addr)
	requests := make(rueidis.Commands, 0, 300)
	for i := range cap(requests) {
		requests = append(requests, db.B().Arbitrary("SESS.CREATE", fmt.Sprint("s", i)).Build())
	}
	for _, r := range db.DoMulti(background, requests...) {
		if err := r.Error(); err != nil {
			t.Fatal(err)
		}
	}
	scan := rueidis.NewScanner(func(cursor uint64) (rueidis.ScanEntry, error) {
		return db.Do(background, db.B().Scan().Cursor(cursor).Count(20).Build()).AsScanEntry()
	})
	keys := slices.Sorted(scan.Iter())
	if n := len(slices.Compact(keys)); n != 300 || scan.Err() != nil {
		t.Errorf("%d of 300 keys, %v", n, scan.Err())
	}
}
