package goclients

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/redis/rueidis"

	"sessd/test/sessdtest"
)

// TestGoRedisPubSub over both versions of the protocol, with its health checks, and the events of keys and sessions.
func TestGoRedisPubSub(t *testing.T) {
	d := sessdtest.Start(t, "--notify-keyspace-events", "Ex")
	for _, protocol := range []int{2, 3} {
		t.Run(fmt.Sprint("RESP", protocol), func(t *testing.T) {
			c, err := openGoRedis(t, settings{addr: d.Addr}, protocol)
			if err != nil {
				t.Fatal(err)
			}
			db := c.(goRedisClient).Client
			ctx, cancel := context.WithTimeout(background, time.Minute)
			defer cancel()
			p := db.Subscribe(ctx, "news", "__sess__:destroyed")
			defer p.Close()
			for range 2 {
				if _, err := p.Receive(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.PSubscribe(ctx, "__keyevent@*__:expired"); err != nil {
				t.Fatal(err)
			}
			if err := p.Ping(ctx, "still there"); err != nil {
				t.Error(err)
			}
			if confirmed, err := p.Receive(ctx); fmt.Sprint(confirmed) != "psubscribe: __keyevent@*__:expired" || err != nil {
				t.Errorf("got %v, %v", confirmed, err)
			}
			if pong, err := p.Receive(ctx); fmt.Sprint(pong) != "Pong<still there>" || err != nil {
				t.Errorf("got %v, %v", pong, err)
			}
			if n, err := db.Publish(ctx, "news", "hello").Result(); n != 1 || err != nil {
				t.Errorf("PUBLISH: %d, %v", n, err)
			}
			hear := func(channel string) string {
				m, err := p.ReceiveMessage(ctx)
				if err != nil || m.Channel != channel {
					t.Fatalf("got %v, %v, want one on %s", m, err, channel)
				}
				return m.Payload
			}
			if got := hear("news"); got != "hello" {
				t.Errorf("got %q", got)
			}
			db.Do(ctx, "SESS.CREATE", "s", "PRINCIPAL", "ann")
			db.Do(ctx, "SESS.DESTROYALL", "ann")
			if got := hear("__sess__:destroyed"); got[:len(`{"id":"s","principal":"ann"`)] != `{"id":"s","principal":"ann"` {
				t.Errorf("got %q", got)
			}
			db.Set(ctx, "k", "v", 10*time.Millisecond)
			if got := hear("__keyevent@0__:expired"); got != "k" {
				t.Errorf("got %q", got)
			}
			if counts, err := db.PubSubNumSub(ctx, "news").Result(); counts["news"] != 1 || err != nil {
				t.Errorf("PUBSUB NUMSUB: %v, %v", counts, err)
			}
			if err := p.Unsubscribe(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRedigoPubSub has a connection of its own in RESP2.
func TestRedigoPubSub(t *testing.T) {
	d := sessdtest.Start(t)
	c := redis.PubSubConn{Conn: newRedigo(t, d.Addr)}
	if err := c.Subscribe("a", "b"); err != nil {
		t.Fatal(err)
	}
	if err := c.Ping("there"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []any{redis.Subscription{Kind: "subscribe", Channel: "a", Count: 1}, redis.Subscription{Kind: "subscribe", Channel: "b", Count: 2}, redis.Pong{Data: "there"}} {
		if got := c.Receive(); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if n, err := redis.Int(newRedigo(t, d.Addr).Do("PUBLISH", "b", "m")); n != 1 || err != nil {
		t.Errorf("PUBLISH: %d, %v", n, err)
	}
	if m, ok := c.Receive().(redis.Message); !ok || m.Channel != "b" || string(m.Data) != "m" {
		t.Errorf("got %v", m)
	}
	if err := c.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []redis.Subscription{{Kind: "unsubscribe", Channel: "a", Count: 1}, {Kind: "unsubscribe", Channel: "b"}} {
		if got := c.Receive(); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// TestRueidisPubSub shares its one connection with requests.
func TestRueidisPubSub(t *testing.T) {
	db := newRueidis(t, sessdtest.Start(t).Addr)
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	heard := make(chan rueidis.PubSubMessage, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- db.Receive(ctx, db.B().Ssubscribe().Channel("a").Build(), func(m rueidis.PubSubMessage) { heard <- m })
	}()
	for n := int64(0); n == 0; {
		var err error
		if n, err = db.Do(ctx, db.B().Spublish().Channel("a").Message("m").Build()).AsInt64(); err != nil {
			t.Fatal(err)
		}
	}
	if m := <-heard; m.Channel != "a" || m.Message != "m" {
		t.Errorf("got %v", m)
	}
	if err := db.Do(ctx, db.B().Sunsubscribe().Channel("a").Build()).Error(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
