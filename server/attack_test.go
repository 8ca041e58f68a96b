package server_test

import (
	"crypto/tls"
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

func TestDeadlines(t *testing.T) {
	soon := 30 * time.Millisecond
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel() // nearly all of it is waiting
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.FrameTimeout, o.Limits.AuthTimeout = soon, soon }))
		c := s.Dial(t)
		c.Want("+PONG\r\n", "PING")
		c.Send("*1\r\n$4\r\nPI")
		told := func(c *servertest.Conn, want string) {
			if got := c.Reply(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			c.WantClosed()
		}
		told(c, "-ERR Protocol error: the request did not arrive whole in time\r\n")
		closed(t, s, "frame_timeout", 1)
		s.Dispatcher.Users.RequirePassword("secret")
		told(s.Dial(t), "-ERR the client did not authenticate in time\r\n")
		closed(t, s, "auth_timeout", 1)
		for end := time.Now().Add(time.Minute); ; { // until it is soon enough
			c = s.Dial(t)
			if answers(c, "+OK\r\n", "AUTH", "secret") == nil {
				break
			}
			if time.Now().After(end) {
				t.Fatal("nobody authenticates in time")
			}
		}
		time.Sleep(2 * soon)
		c.Want("+PONG\r\n", "PING")
		c.Want("+OK\r\n", "CONFIG", "SET", "timeout", "1")
		c.WantClosed()
		closed(t, s, "timeout", 1)
	})
}

// TestStopUnderLoad loses no reply to a request that was run: whatever the store counts, the clients were told.
func TestStopUnderLoad(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		const clients = 5
		last := make(chan string, clients)
		for i := range clients {
			c := s.Dial(t)
			c.Want("+PONG\r\n", "PING")
			go func() {
				batch := strings.Repeat(servertest.Request("INCR", fmt.Sprint("k", i)), 10)
				for {
					if _, err := io.WriteString(c.Conn, batch); err != nil {
						return
					}
				}
			}()
			go func() {
				all, _ := io.ReadAll(c.Conn)
				lines := strings.Split(strings.TrimSuffix(string(all), "\r\n"), "\r\n")
				for n, line := range lines {
					if line != fmt.Sprint(":", n+1) {
						last <- fmt.Sprintf("reply %d is %q", n+1, line)
						return
					}
				}
				last <- ""
			}()
		}
		watch := s.Dial(t)
		for watch.Do("GET", "k0") == "$-1\r\n" {
		}
		s.Server.Shutdown()
		for range clients {
			if wrong := <-last; wrong != "" {
				t.Error(wrong)
			}
		}
	})
}
