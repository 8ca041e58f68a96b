package goclients

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"sessd/test/sessdtest"
)

func newRedigo(t *testing.T, addr string) redis.Conn {
	t.Helper()
	c, err := openRedigo(t, settings{addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	return c.(redigoClient).Conn
}

func TestRedigoPipelines(t *testing.T) {
	c := newRedigo(t, sessdtest.Start(t).Addr)
	c.Send("SESS.CREATE", "a")
	for i := range 500 {
		c.Send("SESS.SAVE", "a", "x", i)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if id, err := redis.String(c.Receive()); id != "a" || err != nil {
		t.Fatalf("SESS.CREATE: %q, %v", id, err)
	}
	for i := range 500 {
		if n, err := redis.Int(c.Receive()); n != i+1 || err != nil {
			t.Fatalf("save %d: revision %d, %v", i, n, err)
		}
	}
}

// TestRedigoPool tests each connection before it lends it, as the session stores on redigo do.
func TestRedigoPool(t *testing.T) {
	d := sessdtest.Start(t)
	pool := &redis.Pool{
		MaxIdle:      2,
		Dial:         func() (redis.Conn, error) { return redis.Dial("tcp", d.Addr) },
		TestOnBorrow: func(c redis.Conn, _ time.Time) error { _, err := c.Do("PING"); return err },
	}
	t.Cleanup(func() { pool.Close() })
	for i := range 5 {
		c := pool.Get()
		if _, err := c.Do("SETEX", fmt.Sprint("session_", i), 1200, "gob"); err != nil {
			t.Fatal(err)
		}
		if value, err := redis.String(c.Do("GET", fmt.Sprint("session_", i))); value != "gob" || err != nil {
			t.Errorf("GET: %q, %v", value, err)
		}
		if ttl, err := redis.Int(c.Do("TTL", fmt.Sprint("session_", i))); ttl <= 0 || ttl > 1200 || err != nil {
			t.Errorf("TTL: %d, %v", ttl, err)
		}
		c.Close()
	}
}

func TestRedigoScans(t *testing.T) {
	c := newRedigo(t, sessdtest.Start(t).Addr)
	for i := range 300 {
		if _, err := c.Do("SESS.CREATE", fmt.Sprint("s", i)); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for cursor, first := "0", true; first || cursor != "0"; first = false {
		reply, err := redis.Values(c.Do("SESS.SCAN", cursor, "COUNT", 20))
		if err != nil {
			t.Fatal(err)
		}
		var some []string
		if _, err := redis.Scan(reply, &cursor, &some); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, some...)
	}
	slices.Sort(keys)
	if n := len(slices.Compact(keys)); n != 300 {
		t.Errorf("%d of 300 sessions", n)
	}
}
