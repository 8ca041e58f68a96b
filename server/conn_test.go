package server_test

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

func TestPipelineIsAnsweredInOrder(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		c := servertest.Start(t, driver).Dial(t)
		var requests, replies strings.Builder
		for i := range 20000 {
			text := fmt.Sprint(i)
			requests.WriteString(servertest.Request("PING", text))
			fmt.Fprintf(&replies, "$%d\r\n%s\r\n", len(text), text)
		}
		go io.WriteString(c.Conn, requests.String())
		c.WantAll(replies.String())
	})
}

func TestPipelineThatLogsInAndOut(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		s.Dispatcher.Users.RequirePassword("secret")
		c := s.Dial(t)
		const n = 500 // replies of more bytes than a client may leave unread that has not authenticated
		one := servertest.Request("PING", strings.Repeat("x", 100))
		c.Send(servertest.Request("AUTH", "secret") + strings.Repeat(one, n) + servertest.Request("RESET") + one)
		want := append(append([]string{"+OK\r\n"}, slices.Repeat([]string{"$100\r\n" + strings.Repeat("x", 100) + "\r\n"}, n)...),
			"+RESET\r\n", "-NOAUTH Authentication required.\r\n")
		for i := range want {
			if got := c.Reply(); got != want[i] {
				t.Fatalf("reply %d is %q, want %q", i, got, want[i])
			}
		}
	})
}

// TestLogoutWithUnreadReplies: what was sent before the logout is not held against who has logged out.
func TestLogoutWithUnreadReplies(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		s.Dispatcher.Users.RequirePassword("secret")
		c := s.Dial(t)
		c.Conn.(*net.TCPConn).SetReadBuffer(16 << 10)
		c.Want("+OK\r\n", "AUTH", "secret")
		value := strings.Repeat("x", 64<<10)
		c.Want("+OK\r\n", "SET", "k", value)
		c.Send(servertest.Request("GET", "k"))
		c.Peek()
		c.Send(servertest.Request("RESET") + servertest.Request("PING"))
		time.Sleep(50 * time.Millisecond) // so that both are answered before anything is read
		for _, want := range []string{fmt.Sprintf("$%d\r\n%s\r\n", len(value), value), "+RESET\r\n", "-NOAUTH Authentication required.\r\n"} {
			if got := c.Reply(); got != want {
				t.Fatalf("got %.100q, want %.100q", got, want)
			}
		}
	})
}

func TestRequestMayArriveInPieces(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		c := servertest.Start(t, driver).Dial(t)
		for _, b := range servertest.Request("PING", "one by one") {
			c.Send(string(b))
		}
		if got := c.Reply(); got != "$10\r\none by one\r\n" {
			t.Errorf("got %q", got)
		}
	})
}

func TestLargeValueComesBack(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		c := servertest.Start(t, driver).Dial(t)
		value := strings.Repeat("0123456789abcdef", 1<<18)
		go c.Send(strings.Repeat(servertest.Request("PING", value), 3))
		for range 3 {
			if got := c.Reply(); got != fmt.Sprintf("$%d\r\n%s\r\n", len(value), value) {
				t.Fatalf("got %d bytes, beginning with %.20q", len(got), got)
			}
		}
	})
}

// TestClientThatWritesBeforeItReads sends more than all buffers on the way hold, whose replies nobody reads meanwhile.
func TestClientThatWritesBeforeItReads(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		const n = 400
		value := strings.Repeat("v", 64<<10)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			io.WriteString(c.Conn, strings.Repeat(servertest.Request("PING", value), n))
		}()
		other := s.Dial(t)
		for range 100 {
			other.Want("+PONG\r\n", "PING")
		}
		for i := range n {
			if got := c.Reply(); len(got) != len(value)+10 {
				t.Fatalf("reply %d has %d bytes", i, len(got))
			}
		}
		<-sent
	})
}

func TestRepliesReachClientThatSaysNothingMore(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		c := servertest.Start(t, driver).Dial(t)
		value := strings.Repeat("v", 64<<10)
		c.Send(strings.Repeat(servertest.Request("PING", value), 8))
		c.Conn.(*net.TCPConn).CloseWrite()
		for range 8 {
			c.Reply()
		}
		c.WantClosed()
	})
}

func TestUnixSocket(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		path := filepath.Join(t.TempDir(), "s")
		servertest.Start(t, driver, func(_ *commands.Options, o *server.Options) { o.UnixSocket = path })
		c := servertest.Dial(t, "unix", path)
		c.Want("+PONG\r\n", "PING")
		if line := c.Do("CLIENT", "INFO"); !strings.Contains(line, " addr="+path+":0 ") {
			t.Errorf("CLIENT INFO: %q", line)
		}
	})
}

func TestStopAnswersWhatWasSent(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		c.Want("+PONG\r\n", "PING")
		c.Send(strings.Repeat(servertest.Request("PING"), 1000))
		s.Server.Shutdown()
		for range 1000 {
			if got := c.Reply(); got != "+PONG\r\n" {
				t.Fatalf("got %q", got)
			}
		}
		c.WantClosed()
	})
}

// TestLargeRequestsAreForgotten: once they are answered, nothing of them is kept for the next.
func TestLargeRequestsAreForgotten(t *testing.T) {
	const size, words = 64 << 20, 1 << 20
	requests := []string{servertest.Request("EXISTS", strings.Repeat("v", size)), "*" + fmt.Sprint(words) + "\r\n" + strings.Repeat("$6\r\nEXISTS\r\n", words)}
	memory := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what a sync.Pool holds takes two
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		c.Want("+PONG\r\n", "PING")
		before := memory()
		for _, request := range requests {
			c.Send(request)
			if got := c.Reply(); got != ":0\r\n" {
				t.Fatalf("got %q", got)
			}
			for s.Server.Stats().QueryBuffers > 0 {
				time.Sleep(time.Millisecond)
			}
			if grown := memory() - before; grown > size/8 {
				t.Errorf("%d MiB more than before are in use after a request of %d", grown>>20, len(request)>>20)
			}
		}
	})
}
