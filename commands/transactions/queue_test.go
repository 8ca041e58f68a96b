package transactions_test

import (
	"fmt"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// FuzzQueue queues words of any bytes, and has them back when they run.
func FuzzQueue(f *testing.F) {
	f.Add("a", "", uint8(3))
	f.Add("bin\r\n\x00\xff", strings.Repeat("x", 600), uint8(200))
	f.Add("$-1\r\n", strings.Repeat("long", 70_000), uint8(5))
	s := servertest.Start(f)
	f.Fuzz(func(t *testing.T, first, second string, times uint8) {
		c := s.Dial(t)
		requests, want := servertest.Request("MULTI"), fmt.Sprintf("*%d\r\n", 2*int(times))
		for range times {
			requests += servertest.Request("ECHO", first) + servertest.Request("ECHO", second)
			want += servertest.Bulk(first) + servertest.Bulk(second)
			if len(requests) > 1<<20 {
				return
			}
		}
		c.Send(requests + servertest.Request("EXEC"))
		c.WantAll(ok + strings.Repeat(queued, 2*int(times)) + want)
	})
}

// TestMillionQueued: the limit ends a transaction that a client goes on filling, and what it had queued is let go.
func TestMillionQueued(t *testing.T) {
	c := servertest.Start(t, func(o *commands.Options, _ *server.Options) { o.TransactionBytes = 64 << 20 }).Dial(t)
	c.Want(ok, "MULTI")
	batch, full := strings.Repeat(servertest.Request("PING"), 10_000), 0
	for range 100 {
		c.Send(batch)
		for range 10_000 {
			if reply := c.Reply(); reply != queued {
				full++
			}
		}
	}
	if full != 1 {
		t.Errorf("%d of a million requests were refused, want 1", full)
	}
	c.Want(aborted, "EXEC")
	c.Want(ok, "SET", "a", "1")
}
