package server_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessd/server"
	"sessd/server/servertest"
)

// everywhere runs a test on all drivers and over TLS. dial opens a connection to a server that was started with options.
func everywhere(t *testing.T, options []servertest.Option, test func(t *testing.T, s *servertest.Server, dial func() net.Conn)) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, append(options, driver)...)
		test(t, s, func() net.Conn { return s.Dial(t).Conn })
	})
	t.Run("tls", func(t *testing.T) {
		a := servertest.NewAuthority(t)
		s, addr := encrypted(t, a, "no", options...)
		test(t, s, func() net.Conn {
			nc, err := dialTLS(addr, a.Client(t, ""))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { nc.Close() })
			return nc
		})
	})
}

// TestPipelineWrittenBeforeItIsRead holds more replies than all buffers on the way, and none is read until the last request
// is written. Others are served meanwhile.
func TestPipelineWrittenBeforeItIsRead(t *testing.T) {
	everywhere(t, nil, func(t *testing.T, s *servertest.Server, dial func() net.Conn) {
		const n, size = 20000, 1000
		other := servertest.NewConn(t, dial())
		value := strings.Repeat("v", size)
		other.Want("+OK\r\n", "SET", "k", value)
		nc := dial()
		if tcp, ok := nc.(*net.TCPConn); ok {
			tcp.SetReadBuffer(32 << 10)
			tcp.SetWriteBuffer(32 << 10)
		}
		c := servertest.NewConn(t, nc)
		c.Send(strings.Repeat(servertest.Request("GET", "k"), n))
		other.Want("+PONG\r\n", "PING")
		for i := range n {
			if got := c.Reply(); got != servertest.Bulk(value) {
				t.Fatalf("reply %d is %.50q", i, got)
			}
		}
		for s.Server.Stats().OutputBuffers > 0 { // the sent part of what waited is let go
			time.Sleep(time.Millisecond)
		}
	})
}

// TestClientThatNeverReads is closed as soon as the replies that wait are over its limit.
func TestClientThatNeverReads(t *testing.T) {
	const most = 4 << 20
	options := []servertest.Option{limited(func(o *server.Options) { o.Limits.Output = server.OutputLimits{{Hard: most}} })}
	everywhere(t, options, func(t *testing.T, s *servertest.Server, dial func() net.Conn) {
		nc := dial()
		batch := strings.Repeat(servertest.Request("ECHO", strings.Repeat("v", 1000)), 100)
		for {
			if _, err := io.WriteString(nc, batch); err != nil {
				break
			}
			if held := s.Server.Stats().LargestOutput; held > 2*most {
				t.Fatalf("%d bytes are held under a limit of %d", held, most)
			}
		}
		closed(t, s, "output_buffer_limit", 1)
	})
}

// TestReplyOfManyParts is not built further than the output limit.
func TestReplyOfManyParts(t *testing.T) {
	const most = 1 << 20
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.Output = server.OutputLimits{{Hard: most}} }))
		c := s.Dial(t)
		words := append([]string{"COMMAND", "INFO"}, slices.Repeat([]string{"get"}, 60000)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c.Send(servertest.Request(words...))
		c.WantClosed()
		closed(t, s, "output_buffer_limit", 1)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 100*most {
			t.Errorf("%d MiB were allocated for a reply that may have 1", grown>>20)
		}
	})
}

// patient runs a test with fake time on a server with limits of the test, over a connection that no network carries.
func patient(t *testing.T, limits server.Limits, test func(t *testing.T, s *servertest.Server, c *servertest.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound, limited(func(o *server.Options) { o.Limits = limits }))
		test(t, s, s.Pipe(t))
	})
}

// ends fails the test unless a connection is closed for a reason within a time, and no other.
func ends(t *testing.T, s *servertest.Server, why string, within time.Duration) {
	t.Helper()
	time.Sleep(within)
	synctest.Wait()
	if n := s.Server.Stats().Closed[why]; n != 1 {
		t.Errorf("%d clients were closed by %s, want 1; all: %v", n, why, s.Server.Stats().Closed)
	}
}

// TestWriteTimeout does not run while the client sends, though it takes nothing.
func TestWriteTimeout(t *testing.T) {
	patient(t, server.Limits{WriteTimeout: 5 * time.Second}, func(t *testing.T, s *servertest.Server, c *servertest.Conn) {
		for range 10 {
			c.Send(servertest.Request("PING"))
			time.Sleep(4 * time.Second)
		}
		if n := s.Server.Stats().Connected; n != 1 {
			t.Fatalf("%d clients are connected; closed: %v", n, s.Server.Stats().Closed)
		}
		ends(t, s, "write_timeout", 2*time.Second)
	})
}

// TestReplyLeftUnread for long arrives whole.
func TestReplyLeftUnread(t *testing.T) {
	patient(t, server.Limits{}, func(t *testing.T, s *servertest.Server, c *servertest.Conn) {
		value := strings.Repeat("v", 30<<20)
		c.Want("+OK\r\n", "SET", "k", value)
		c.Send(servertest.Request("GET", "k"))
		time.Sleep(2 * time.Minute)
		c.SetReadDeadline(time.Time{})
		got, err := io.ReadAll(io.LimitReader(c.Conn, int64(len(servertest.Bulk(value)))))
		if err != nil || string(got) != servertest.Bulk(value) {
			t.Errorf("%d bytes arrive, error %v", len(got), err)
		}
	})
}

// TestBytesAreUse: who sends a request byte by byte, or takes a reply piece by piece, is not idle.
func TestBytesAreUse(t *testing.T) {
	patient(t, server.Limits{Timeout: 2 * time.Second}, func(t *testing.T, s *servertest.Server, c *servertest.Conn) {
		for _, b := range servertest.Request("SET", "k", strings.Repeat("v", 1<<20)) {
			if b == 'v' {
				break
			}
			time.Sleep(time.Second)
			c.Send(string(b))
		}
		c.Send(strings.Repeat("v", 1<<20) + "\r\n")
		if got := c.Reply(); got != "+OK\r\n" {
			t.Fatalf("got %q", got)
		}
		c.Send(servertest.Request("GET", "k"))
		c.SetReadDeadline(time.Time{})
		for range 8 {
			time.Sleep(time.Second)
			if _, err := io.CopyN(io.Discard, c.Conn, 128<<10); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := io.CopyN(io.Discard, c.Conn, int64(len(fmt.Sprintf("$%d\r\n\r\n", 1<<20)))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := c.Do("CLIENT", "LIST"); !strings.Contains(got, " idle=0 ") {
			t.Errorf("CLIENT LIST: %q", got)
		}
		ends(t, s, "timeout", 3*time.Second)
	})
}

// TestWhoWaitsIsNotIdle: a client that watches others, and one whose answer comes later.
func TestWhoWaitsIsNotIdle(t *testing.T) {
	patient(t, server.Limits{Timeout: 2 * time.Second}, func(t *testing.T, s *servertest.Server, c *servertest.Conn) {
		c.Want("+OK\r\n", "MONITOR")
		other := s.Pipe(t)
		other.Want("+OK\r\n", "CLIENT", "PAUSE", "60000", "WRITE")
		other.Send(servertest.Request("SET", "k", "v"))
		time.Sleep(30 * time.Second)
		if n := s.Server.Stats().Connected; n != 2 {
			t.Fatalf("%d clients are connected; closed: %v", n, s.Server.Stats().Closed)
		}
		time.Sleep(31 * time.Second)
		if got := c.Reply(); !strings.Contains(got, `"SET"`) {
			t.Errorf("the watching client hears %q", got)
		}
		if got := other.Reply(); got != "+OK\r\n" {
			t.Errorf("the parked client is answered %q", got)
		}
		ends(t, s, "timeout", 3*time.Second)
	})
}

// TestSlowReaders: a client that neither takes its replies nor sends any more is closed in the end.
func TestSlowReaders(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.WriteTimeout = 50 * time.Millisecond }))
		c, other := s.Dial(t), s.Dial(t)
		go io.WriteString(c.Conn, strings.Repeat(servertest.Request("ECHO", strings.Repeat("v", 64<<10)), 200))
		for s.Server.Stats().Connected > 1 {
			other.Want("+PONG\r\n", "PING")
		}
		closed(t, s, "write_timeout", 1)
		alone(t, s, 1)
	})
}

// TestUnauthenticatedSlowReader may not fill the kernel's buffers either.
func TestUnauthenticatedSlowReader(t *testing.T) {
	flood := func(t *testing.T, s *servertest.Server, nc net.Conn, socket *net.TCPConn) {
		defer nc.Close()
		socket.SetReadBuffer(4 << 10)
		go func() {
			for {
				if _, err := io.WriteString(nc, strings.Repeat("PING\r\n", 1000)); err != nil {
					return
				}
			}
		}()
		closed(t, s, "output_buffer_limit", 1)
		if sent := s.Server.Stats().OutputBytes; sent > 1<<20 {
			t.Errorf("%d bytes were sent to it", sent)
		}
	}
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		s.Dispatcher.Users.RequirePassword("secret")
		c := s.Dial(t)
		flood(t, s, c.Conn, c.Conn.(*net.TCPConn))
	})
	t.Run("tls", func(t *testing.T) {
		a := servertest.NewAuthority(t)
		s, addr := encrypted(t, a, "no")
		s.Dispatcher.Users.RequirePassword("secret")
		nc, err := dialTLS(addr, a.Client(t, ""))
		if err != nil {
			t.Fatal(err)
		}
		flood(t, s, nc, nc.(*tls.Conn).NetConn().(*net.TCPConn))
	})
}
