package server_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"sessd/server"
	"sessd/server/servertest"
)

// TestBudgetClosesTheFattest: all buffers together have a bound, and clients that asked for it are spared.
func TestBudgetClosesTheFattest(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.ClientMemory = 1 << 20 }))
		unfinished := func(bytes int) *servertest.Conn {
			c := s.Dial(t)
			c.Want("+PONG\r\n", "PING")
			before := s.Server.Stats().QueryBuffers
			c.Send("*2\r\n$4\r\nECHO\r\n$2000000\r\n" + strings.Repeat("x", bytes))
			for s.Server.Stats().QueryBuffers < before+int64(bytes) && s.Server.Stats().Closed["maxmemory_clients"] == 0 {
				time.Sleep(time.Millisecond)
			}
			return c
		}
		spared := s.Dial(t)
		spared.Want("+OK\r\n", "CLIENT", "NO-EVICT", "ON")
		spared.Send("*2\r\n$4\r\nECHO\r\n$2000000\r\n" + strings.Repeat("x", 500<<10))
		for s.Server.Stats().QueryBuffers < 500<<10 {
			time.Sleep(time.Millisecond)
		}
		fat := unfinished(400 << 10)
		thin := unfinished(200 << 10)
		closed(t, s, "maxmemory_clients", 1)
		fat.WantClosed()
		for _, c := range []*servertest.Conn{spared, thin} {
			c.Close()
		}
		alone(t, s, 0)
		if f := s.Server.Stats(); f.Closed["maxmemory_clients"] != 1 || f.Evicted != 1 {
			t.Errorf("%d clients were closed for the budget and %d count as evicted, want 1", f.Closed["maxmemory_clients"], f.Evicted)
		}
	})
}

// TestBudgetCountsWhatIsPushed to a client that never reads, wherever it waits. It is the fattest, and when it is gone nothing
// of it is counted any more.
func TestBudgetCountsWhatIsPushed(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.ClientMemory = 2 << 20 }))
		unfinished := func(bytes int) *servertest.Conn {
			c := s.Dial(t)
			c.Send("*2\r\n$4\r\nECHO\r\n$8000000\r\n" + strings.Repeat("x", bytes))
			for s.Server.Stats().QueryBuffers < int64(bytes) {
				time.Sleep(time.Millisecond)
			}
			return c
		}
		thin := unfinished(500 << 10)
		for n := range uint64(2) {
			watch, busy := s.Dial(t), s.Dial(t)
			watch.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			watch.Want("+OK\r\n", "MONITOR")
			much := append([]string{"EXISTS"}, strings.Fields(strings.Repeat("x ", 5000))...) // told in 13 times as many bytes
			for s.Server.Stats().Closed["maxmemory_clients"] == n {
				busy.Want(":0\r\n", much...)
			}
			watch.Close()
			busy.Close()
			for s.Server.Stats().Connected > 1 {
				time.Sleep(time.Millisecond)
			}
		}
		thin.Close()
		alone(t, s, 0)
		unfinished(3 << 19).Close()
		alone(t, s, 0)
		if n := s.Server.Stats().Closed["maxmemory_clients"]; n != 2 {
			t.Errorf("%d clients were closed for the budget, want the 2 that were told all", n)
		}
	})
}
