package goclients

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"sessd/test/sessdtest"
)

// newGoRedis returns a client at its defaults.
func newGoRedis(t *testing.T, addr string) *goredis.Client {
	t.Helper()
	c, err := openGoRedis(t, settings{addr: addr}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c.(goRedisClient).Client
}

func TestGoRedisTellsWhoItIs(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	info, err := db.ClientInfo(background).Result()
	if err != nil {
		t.Fatal(err)
	}
	if info.Resp != 3 || !strings.HasPrefix(info.LibName, "go-redis") || info.LibVer != goredis.Version() {
		t.Errorf("RESP%d, library %q, version %q", info.Resp, info.LibName, info.LibVer)
	}
}

func TestGoRedisKnowsTheErrors(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t, "--max-session-fields", "2").Addr)
	for code, requests := range map[string][]string{
		"REVISION":   {"SESS.CREATE a", "SESS.SAVE a x 1", "SESS.SAVE a IFREV 0 FIELDS 1 x 2"},
		"NOSESSION":  {"SESS.SAVE none x 1"},
		"SESSEXISTS": {"SESS.CREATE b", "SESS.CREATE b"},
		"LIMIT":      {"SESS.CREATE c FIELDS 3 x 1 y 1 z 1"},
	} {
		var err error
		for i, request := range requests {
			var words []any
			for _, word := range strings.Fields(request) {
				words = append(words, word)
			}
			if err = db.Do(background, words...).Err(); err != nil && i < len(requests)-1 {
				t.Fatalf("%s: %v", request, err)
			}
		}
		if !goredis.HasErrorPrefix(err, code) {
			t.Errorf("%q: %v, want an error with the code %s", requests, err, code)
		}
	}
	if err := db.Do(background, "SESS.GET", "none").Err(); err != goredis.Nil {
		t.Errorf("SESS.GET of no session: %v, want Nil", err)
	}
}

func TestGoRedisPipelines(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	replies, err := db.Pipelined(background, func(p goredis.Pipeliner) error {
		p.Do(background, "SESS.CREATE", "a", "FIELDS", 1, "x", "0")
		for i := range 500 {
			p.Do(background, "SESS.SAVE", "a", "x", i)
		}
		p.Do(background, "SESS.SAVE", "none", "x", "1")
		p.Do(background, "SESS.GET", "a")
		return nil
	})
	if !goredis.HasErrorPrefix(err, "NOSESSION") {
		t.Errorf("the pipeline's first error: %v", err)
	}
	for i := range 500 {
		if n, err := replies[i+1].(*goredis.Cmd).Int(); n != i+1 || err != nil {
			t.Fatalf("save %d: revision %d, %v", i, n, err)
		}
	}
	if got := fmt.Sprint(replies[502].(*goredis.Cmd).Val()); got != "map[x:499]" {
		t.Errorf("what a request behind an error got: %s", got)
	}
}

func TestGoRedisStringsWithTTL(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(db.Set(background, "a", "1", time.Hour).Err())
	ok(db.Set(background, "b", "2", 90*time.Minute+time.Millisecond).Err()) // goes as PX
	ok(db.Set(background, "c", "3", 0).Err())
	ok(db.Set(background, "a", "4", goredis.KeepTTL).Err())
	if ttl := db.TTL(background, "a").Val(); ttl <= 0 || ttl > time.Hour {
		t.Errorf("TTL of a: %v", ttl)
	}
	if ttl := db.PTTL(background, "b").Val(); ttl <= time.Hour || ttl > 90*time.Minute+time.Millisecond {
		t.Errorf("TTL of b: %v", ttl)
	}
	if ttl := db.TTL(background, "c").Val(); ttl != -1 {
		t.Errorf("TTL of c: %v", ttl)
	}
	if ttl := db.TTL(background, "none").Val(); ttl != -2 {
		t.Errorf("TTL of none: %v", ttl)
	}
	if stored, err := db.SetNX(background, "a", "5", time.Minute).Result(); stored || err != nil {
		t.Errorf("SetNX of a key that is there: %v, %v", stored, err)
	}
	if value, err := db.GetEx(background, "a", 2*time.Hour).Result(); value != "4" || err != nil {
		t.Errorf("GetEx: %q, %v", value, err)
	}
	if values, err := db.MGet(background, "a", "none", "c").Result(); fmt.Sprint(values) != "[4 <nil> 3]" || err != nil {
		t.Errorf("MGet: %v, %v", values, err)
	}
	if value, err := db.GetDel(background, "a").Result(); value != "4" || err != nil {
		t.Errorf("GetDel: %q, %v", value, err)
	}
	if err := db.Get(background, "a").Err(); err != goredis.Nil {
		t.Errorf("Get of a key that is gone: %v", err)
	}
}

func TestGoRedisScans(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	const each = 300
	_, err := db.Pipelined(background, func(p goredis.Pipeliner) error {
		for i := range each {
			p.Do(background, "SESS.CREATE", fmt.Sprint("session:", i))
			p.Set(background, fmt.Sprint("string:", i), "", 0)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		scan  *goredis.ScanCmd
		count int
	}{
		{db.Scan(background, 0, "", 0), 2 * each},
		{db.Scan(background, 0, "s*:7", 10), 2},
		{db.ScanType(background, 0, "", 50, "session"), each},
		{db.ScanType(background, 0, "string:1?", 50, "string"), 10},
	} {
		var keys []string
		it := c.scan.Iterator()
		for it.Next(background) {
			keys = append(keys, it.Val())
		}
		slices.Sort(keys)
		if n := len(slices.Compact(keys)); n != c.count || it.Err() != nil {
			t.Errorf("%v: %d keys, %v, want %d", c.scan.Args(), n, it.Err(), c.count)
		}
	}
}

// TestGoRedisContextEndsAWait: the connection of a request that was given up must not be taken for another one's.
func TestGoRedisContextEndsAWait(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	for i := range 50 {
		ctx, cancel := context.WithTimeout(background, time.Duration(i)*10*time.Microsecond)
		db.Echo(ctx, fmt.Sprint("given up ", i)).Err()
		cancel()
		want := fmt.Sprint("waited for ", i)
		if got, err := db.Echo(background, want).Result(); got != want || err != nil {
			t.Fatalf("%q, %v, want %q", got, err, want)
		}
	}
}

// TestGoRedisWritesAPipelineBeforeItReads: at its defaults the client sends all requests and only then reads, and gives up
// where the server waits for it to read.
func TestGoRedisWritesAPipelineBeforeItReads(t *testing.T) {
	const n = 200_000
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	value := strings.Repeat("v", 200)
	if err := db.Set(background, "k", value, 0).Err(); err != nil {
		t.Fatal(err)
	}
	replies, err := db.Pipelined(background, func(p goredis.Pipeliner) error {
		for range n {
			p.Get(background, "k")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, reply := range replies {
		if got := reply.(*goredis.StringCmd).Val(); got != value {
			t.Fatalf("reply %d is %q", i, got)
		}
	}
}
