package server_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// limited is an option that sets limits.
func limited(change func(*server.Options)) servertest.Option {
	return func(_ *commands.Options, o *server.Options) { change(o) }
}

// closed waits until so many connections were closed for a reason.
func closed(t *testing.T, s *servertest.Server, why string, n uint64) {
	t.Helper()
	for end := time.Now().Add(time.Minute); s.Server.Stats().Closed[why] < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections were closed by %s, want %d; all: %v", s.Server.Stats().Closed[why], why, n, s.Server.Stats().Closed)
		}
	}
}

// alone waits until n clients are left and nothing is held for any of them.
func alone(t *testing.T, s *servertest.Server, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		f := s.Server.Stats()
		if f.Connected == n && f.QueryBuffers == 0 && f.OutputBuffers == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d clients are left, %d bytes of requests and %d of replies; want %d and nothing", f.Connected, f.QueryBuffers, f.OutputBuffers, n)
		}
	}
}

// kept checks that goroutines and descriptors come back to where they were before something was done.
func kept(t *testing.T, do func()) {
	t.Helper()
	descriptors := func() int {
		all, _ := os.ReadDir("/proc/self/fd")
		return len(all)
	}
	goroutines, open := runtime.NumGoroutine(), descriptors()
	do()
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > goroutines || descriptors() > open; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines and %d descriptors, there were %d and %d", runtime.NumGoroutine(), descriptors(), goroutines, open)
		}
	}
}

// TestHostileFrames sends what broke servers before. Each is answered, then the connection ends, and nobody else notices.
func TestHostileFrames(t *testing.T) {
	long := strings.Repeat("1", 70000)
	frames := []struct{ name, bytes, reply string }{
		{"bulk of 2^63-1", "*1\r\n$9223372036854775807\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"bulk of 2^63", "*1\r\n$9223372036854775808\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"bulk of 2^64+1", "*1\r\n$18446744073709551617\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"bulk of -1", "*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"bulk of -2^63", "*1\r\n$-9223372036854775808\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"bulk over the limit", "*1\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"bulk without number", "*1\r\n$\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"bulk without its end", "*1\r\n$4\r\nPINGxx", "-ERR Protocol error: invalid bulk length\r\n"},
		{"many words", "*9000000000000000000\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"2^63 words", "*9223372036854775808\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"words over the limit", "*1048577\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"words without number", "*\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"words with letters", "*1a\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"no bulk", "*1\r\n:1\r\n", "-ERR Protocol error: expected '$', got ':'\r\n"},
		{"line end for a bulk", "*1\r\n\r\n", "-ERR Protocol error: expected '$', got ' '\r\n"},
		{"array in an array", "*1\r\n*1\r\n$4\r\nPING\r\n", "-ERR Protocol error: expected '$', got '*'\r\n"},
		{"map in an array", "*1\r\n%1\r\n", "-ERR Protocol error: expected '$', got '%'\r\n"},
		{"null in an array", "*1\r\n_\r\n", "-ERR Protocol error: expected '$', got '_'\r\n"},
		{"array without end", "*?\r\n$4\r\nPING\r\n.\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"bulk without end", "*1\r\n$?\r\n;4\r\nPING\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"line feed alone behind a count", "*1\n$4\nPING\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"line feed alone behind a length", "*1\r\n$4\nPING\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"endless count", "*" + long, "-ERR Protocol error: too big mbulk count string\r\n"},
		{"endless length", "*1\r\n$" + long, "-ERR Protocol error: too big bulk count string\r\n"},
		{"endless line", long, "-ERR Protocol error: too big inline request\r\n"},
		{"open quote", "ECHO \"a\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"},
		{"quote in a word", "ECHO \"a\"b\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"},
		{"HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", ""},
		{"HTTP POST", "POST / HTTP/1.1\r\n\r\nFLUSHALL\r\n", ""},
		{"HTTP in pieces", "Host: localhost\r\nFLUSHALL\r\n", ""},
	}
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		other := s.Dial(t)
		other.Want("+PONG\r\n", "PING") // the server has its end of it
		kept(t, func() {
			for _, f := range frames {
				c := s.Dial(t)
				c.Send(servertest.Request("PING") + f.bytes)
				if got := c.Reply(); got != "+PONG\r\n" {
					t.Errorf("%s: the request before it was answered %q", f.name, got)
				}
				if f.reply != "" {
					if got := c.Reply(); got != f.reply {
						t.Errorf("%s: got %q, want %q", f.name, got, f.reply)
					}
				}
				c.WantClosed()
				c.Close()
				other.Want("+PONG\r\n", "PING")
			}
			alone(t, s, 1)
		})
	})
}

// TestHarmlessOddities are not errors in Redis.
func TestHarmlessOddities(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		c := servertest.Start(t, driver).Dial(t)
		for _, test := range []struct{ bytes, reply string }{
			{"*0\r\n*-1\r\n*-9223372036854775808\r\n\r\n   \r\nPING\r\n", "+PONG\r\n"},
			{"PING\n", "+PONG\r\n"},
			{"\"\\x50ING\" 'a b'\r\n", "$3\r\na b\r\n"},
			{"*2\r\n$4\r\nECHO\r\n$6\r\n\x00\r\n\xff\x00\n\r\n", "$6\r\n\x00\r\n\xff\x00\n\r\n"},
			{"*1\r\n$8\r\na\r\n+OK\r\n\r\n", "-ERR unknown command 'a  +OK  ', with args beginning with: \r\n"},
			{"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "$0\r\n\r\n"},
			{"+PING\r\n", "-ERR unknown command '+PING', with args beginning with: \r\n"},
			{"%0\r\n", "-ERR unknown command '%0', with args beginning with: \r\n"},
			{"_\r\n", "-ERR unknown command '_', with args beginning with: \r\n"},
		} {
			c.Send(test.bytes)
			if got := c.Reply(); got != test.reply {
				t.Errorf("%q: got %q, want %q", test.bytes, got, test.reply)
			}
		}
	})
}

// TestUnauthenticatedLimits: who has not said who it is may send no more than it takes to say so.
func TestUnauthenticatedLimits(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		s.Dispatcher.Users.RequirePassword("secret")
		for _, test := range []struct{ bytes, reply string }{
			{"*11\r\n", "-ERR Protocol error: unauthenticated multibulk length\r\n"},
			{"*2\r\n$4\r\nAUTH\r\n$1048576\r\n" + strings.Repeat("x", 100), "-ERR Protocol error: unauthenticated bulk length\r\n"},
			{strings.Repeat("x", 17<<10), "-ERR Protocol error: too big inline request\r\n"},
		} {
			c := s.Dial(t)
			c.Send(test.bytes)
			if got := c.Reply(); got != test.reply {
				t.Errorf("%.20q: got %q, want %q", test.bytes, got, test.reply)
			}
			c.WantClosed()
		}
		c := s.Dial(t)
		c.Want("-NOAUTH Authentication required.\r\n", "PING")
		c.Want("+OK\r\n", "AUTH", "secret")
		c.Want(":0\r\n", append([]string{"EXISTS"}, strings.Fields(strings.Repeat("x ", 20))...)...)
	})
}

// TestFewWords holds requests to a limit that is lower than what counts as few words.
func TestFewWords(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.CommandWords = 5 }))
		c := s.Dial(t)
		c.Want(":0\r\n", "EXISTS", "a", "b", "c", "d")
		c.Want("-ERR Protocol error: invalid multibulk length\r\n", "EXISTS", "a", "b", "c", "d", "e")
		c.WantClosed()
	})
}

// TestDrip sends a million bytes, each by a write of its own: a request of many words, one with a long word, long lines, and
// requests as they usually are. If what is unfinished were looked at or copied anew for each byte, that would take minutes
// to hours, and no reply would come in time.
func TestDrip(t *testing.T) {
	var requests, want strings.Builder
	say := func(request, reply string) {
		requests.WriteString(request)
		want.WriteString(reply)
	}
	words, long := 60_000, strings.Repeat("v", 400_000)
	say(servertest.Request(append([]string{"EXISTS"}, strings.Fields(strings.Repeat("x ", words))...)...), ":0\r\n")
	say(servertest.Request("ECHO", long), fmt.Sprintf("$%d\r\n%s\r\n", len(long), long))
	say("EXISTS "+strings.Repeat("y", 60_000)+"\r\n", ":0\r\n")
	for requests.Len() < 1_000_000 {
		say(servertest.Request("PING"), "+PONG\r\n")
	}
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel() // the client is the slower one
		path := filepath.Join(t.TempDir(), "s")
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.UnixSocket = path }))
		c := servertest.Dial(t, "unix", path) // a write takes a third of the time that it takes over TCP
		go func() {
			all := []byte(requests.String())
			for i := range all {
				if _, err := c.Write(all[i : i+1]); err != nil {
					return // the reply that does not come fails the test
				}
			}
		}()
		s.Dial(t).Want("+PONG\r\n", "PING")
		c.WantAll(want.String())
	})
}

// attacked runs an attack on every driver, beside another client. What it has opened is gone afterwards, at both ends, and
// the other client is still there.
func attacked(t *testing.T, attack func(t *testing.T, s *servertest.Server, other *servertest.Conn)) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		other := s.Dial(t)
		other.Want("+PONG\r\n", "PING") // the server has its end of it
		kept(t, func() {
			attack(t, s, other)
			alone(t, s, 1)
		})
	})
}

// TestHalfOpenFrames leaves many requests unfinished.
func TestHalfOpenFrames(t *testing.T) {
	const (
		n    = 1000
		half = "*2\r\n$4\r\nECHO\r\n$10\r\nhalf"
	)
	attacked(t, func(t *testing.T, s *servertest.Server, other *servertest.Conn) {
		var all []net.Conn
		for range n {
			nc, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(nc, half)
			all = append(all, nc)
		}
		for s.Server.Stats().QueryBuffers < int64(len(half)*len(all)) {
			time.Sleep(time.Millisecond)
		}
		other.Want("+PONG\r\n", "PING")
		for _, nc := range all {
			nc.Close()
		}
	})
}

// TestFloods connects and goes, politely and not.
func TestFloods(t *testing.T) {
	attacked(t, func(t *testing.T, s *servertest.Server, other *servertest.Conn) {
		for i := range 2000 {
			nc, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				nc.(*net.TCPConn).SetLinger(0) // a reset
			}
			if i%3 == 0 {
				io.WriteString(nc, servertest.Request("PING")[:i%14])
			}
			nc.Close()
			if i%50 == 0 {
				other.Want("+PONG\r\n", "PING")
			}
		}
	})
}

// TestDeathAtAnyByte ends a connection after each byte of a conversation.
func TestDeathAtAnyByte(t *testing.T) {
	talk := servertest.Request("SET", "k", strings.Repeat("v", 50)) + "GET k\r\n" + servertest.Request("SESS.CREATE", "*") + servertest.Request("QUIT")
	attacked(t, func(t *testing.T, s *servertest.Server, other *servertest.Conn) {
		for cut := range len(talk) {
			nc, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(nc, talk[:cut])
			if cut%2 == 0 {
				nc.(*net.TCPConn).SetLinger(0)
			}
			nc.Close()
			other.Want("+PONG\r\n", "PING")
		}
	})
}

func TestMaxClientsReachedAndReleased(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.MaxClients = 3 }))
		var in []*servertest.Conn
		for range 3 {
			c := s.Dial(t)
			c.Want("+PONG\r\n", "PING")
			in = append(in, c)
		}
		for range 5 {
			c := s.Dial(t)
			if got := c.Reply(); got != "-ERR max number of clients reached\r\n" {
				t.Errorf("got %q", got)
			}
			c.WantClosed()
		}
		in[0].Close()
		alone(t, s, 2)
		s.Dial(t).Want("+PONG\r\n", "PING")
		in[1].Want("+PONG\r\n", "PING")
		if refused := s.Server.Stats().Refused; refused != 5 {
			t.Errorf("%d connections count as refused, want 5", refused)
		}
	})
}

// TestUnauthenticatedUnixClient may ask a few things one by one before it reads what they are answered.
func TestUnauthenticatedUnixClient(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		path := filepath.Join(t.TempDir(), "s")
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.UnixSocket = path }))
		s.Dispatcher.Users.RequirePassword("secret")
		c := servertest.Dial(t, "unix", path)
		const refusal = "-NOAUTH Authentication required.\r\n"
		for n := range uint64(50) {
			c.Send("PING\r\n")
			for s.Server.Stats().OutputBytes < (n+1)*uint64(len(refusal)) {
				time.Sleep(50 * time.Microsecond)
			}
		}
		for range 50 {
			if got := c.Reply(); got != refusal {
				t.Fatalf("got %q", got)
			}
		}
		c.Want("+OK\r\n", "AUTH", "secret")
	})
}

func TestQueryBufferLimit(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.QueryBuffer = 1 << 20 }))
		c := s.Dial(t)
		go io.WriteString(c.Conn, "*2\r\n$4\r\nECHO\r\n$2000000\r\n"+strings.Repeat("x", 1900000))
		if got, want := c.Reply(), "-ERR Protocol error: the request is over client-query-buffer-limit\r\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		closed(t, s, "query_buffer_limit", 1)
		alone(t, s, 0)
	})
}
