package server_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/servertest"
)

// line is something that a client says, and what it is answered.
type line struct{ request, reply string }

// script has a request of every shape. It begins with the three entries that it leaves, and ends the connection.
var script = []line{
	{servertest.Request("UNLINK", "n", "k", "s"), ":3\r\n"},
	{servertest.Request("INCR", "n"), ":1\r\n"},
	{"*0\r\n\r\n*-1\r\n", ""},
	{servertest.Request("SET", "k", "a\r\n$5\r\n"), "+OK\r\n"},
	{"GET k\r\n", "$7\r\na\r\n$5\r\n\r\n"},
	{servertest.Request("INCR", "n"), ":2\r\n"},
	{"ECHO \"a b\" \n", "$3\r\na b\r\n"},
	{servertest.Request("SESS.CREATE", "s", "FIELDS", "1", "lang", "en"), "$1\r\ns\r\n"},
	{servertest.Request("SESS.GET", "s"), "*2\r\n$4\r\nlang\r\n$2\r\nen\r\n"},
	{servertest.Request("NONSENSE"), "-ERR unknown command 'NONSENSE', with args beginning with: \r\n"},
	{servertest.Request("INCR", "n"), ":3\r\n"},
	{servertest.Request("ECHO", ""), "$0\r\n\r\n"},
	{servertest.Request("QUIT"), "+OK\r\n"},
}

// begin makes the entries with which the script begins.
func begin(c *servertest.Conn) { c.Want("+OK\r\n", "MSET", "n", "", "k", "", "s", "") }

// both returns a script's requests and its replies.
func both(script []line) (requests, replies string) {
	for _, one := range script {
		requests += one.request
		replies += one.reply
	}
	return requests, replies
}

// upTo is how many bytes move at once, up to a place and behind it.
func upTo(cut int) func(int) int {
	return func(at int) int {
		if at < cut {
			return cut - at
		}
		return never
	}
}

func single(int) int { return 1 }

// TestCutAtEveryByte: what is said is answered the same, wherever a read ends and wherever a write stops for a while.
func TestCutAtEveryByte(t *testing.T) {
	requests, want := both(script)
	doubled(t, func(t *testing.T, s *servertest.Server, talk func(*plan, string) string) {
		other := s.Dial(t)
		begin(other)
		step := 1
		if strings.HasSuffix(t.Name(), "/tls") {
			step = 13 // a handshake for each
		}
		try := func(name string, p *plan) {
			if got := talk(p, requests); got != want {
				t.Errorf("%s:\n got %q\nwant %q", name, got, want)
			}
		}
		for cut := 0; cut <= len(requests); cut += step {
			p := smooth()
			p.in = upTo(cut)
			try(fmt.Sprintf("read cut at %d", cut), p)
		}
		for cut := 0; cut <= len(want); cut += step {
			p := smooth()
			p.out = upTo(cut)
			try(fmt.Sprintf("write cut at %d", cut), p)
		}
		for _, interrupt := range []bool{false, true} {
			p := smooth()
			p.in, p.out, p.interrupt = single, single, interrupt
			try(fmt.Sprintf("byte by byte, interrupted: %t", interrupt), p)
		}
	})
}

// TestBreakAtEveryByte: a connection that fails at a byte was answered what it had asked until then, and no other was run.
func TestBreakAtEveryByte(t *testing.T) {
	requests, replies := both(script)
	doubled(t, func(t *testing.T, s *servertest.Server, talk func(*plan, string) string) {
		step, encrypted := 1, strings.HasSuffix(t.Name(), "/tls")
		if encrypted {
			step = 50
		}
		other := s.Dial(t)
		begin(other)
		kept(t, func() {
			for at := 0; at < len(requests); at += step {
				begin(other)
				p := smooth()
				p.breakIn = at
				got := talk(p, requests)
				if encrypted { // at is a byte of the handshake, or of a record
					if !strings.HasPrefix(replies, got) {
						t.Errorf("read broken at %d: got %q", at, got)
					}
					continue
				}
				want, n, left := "", 0, at
				for _, one := range script {
					if left -= len(one.request); left < 0 {
						break
					}
					want += one.reply
					n += strings.Count(one.request, "INCR")
				}
				if got != want {
					t.Errorf("read broken at %d:\n got %q\nwant %q", at, got, want)
				}
				if want := fmt.Sprintf("$1\r\n%d\r\n", n); n > 0 {
					other.Want(want, "GET", "n")
				}
			}
			for at := 0; at < len(replies); at += step {
				begin(other)
				p := smooth()
				p.breakOut = at
				if got := talk(p, requests); !encrypted && got != replies[:at] || !strings.HasPrefix(replies, got) {
					t.Errorf("write broken at %d: got %q", at, got)
				}
			}
			alone(t, s, 1)
		})
	})
}

// TestCutAnywhere says random things in random pieces.
func TestCutAnywhere(t *testing.T) {
	sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(1, 300), rapid.IntRange(1, 100_000)), 1, 20)
	texts := rapid.OneOf(
		rapid.StringN(-1, -1, 40),
		rapid.StringMatching(`([*$:][0-9]{0,3}|\r|\n| |'|")*`),
		rapid.Map(rapid.IntRange(0, 100_000), func(n int) string { return strings.Repeat("v", n) }),
	)
	lines := rapid.OneOf(
		rapid.Map(texts, func(text string) line {
			return line{servertest.Request("ECHO", text), fmt.Sprintf("$%d\r\n%s\r\n", len(text), text)}
		}),
		rapid.SampledFrom([]line{
			{"*0\r\n\r\n*-1\r\n", ""}, {"PING\n", "+PONG\r\n"}, {"ECHO 'a b'\r\n", "$3\r\na b\r\n"},
			{servertest.Request("GET"), "-ERR wrong number of arguments for 'get' command\r\n"},
		}),
	)
	quit := line{servertest.Request("QUIT"), "+OK\r\n"}
	cuts := func(sizes []int, total int) func(int) int {
		next := 0
		return func(int) int {
			next++
			return max(sizes[next%len(sizes)], total/1000)
		}
	}
	doubled(t, func(t *testing.T, s *servertest.Server, talk func(*plan, string) string) {
		rapid.Check(t, func(r *rapid.T) {
			requests, want := both(append(rapid.SliceOfN(lines, 0, 12).Draw(r, "said"), quit))
			p := smooth()
			p.in, p.out = cuts(sizes.Draw(r, "read"), len(requests)), cuts(sizes.Draw(r, "written"), len(want))
			p.interrupt = rapid.Bool().Draw(r, "interrupted")
			if got := talk(p, requests); got != want {
				r.Errorf("got %.2000q\nwant %.2000q", got, want)
			}
		})
	})
}

// TestRoomForReplies: what has been sent meanwhile, or was for another user, leaves room for the replies that follow.
func TestRoomForReplies(t *testing.T) {
	value := strings.Repeat("x", 50_000)
	set, get := line{servertest.Request("SET", "k", value), "+OK\r\n"}, line{servertest.Request("GET", "k"), fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)}
	login, logout, quit := line{servertest.Request("AUTH", "secret"), "+OK\r\n"}, line{servertest.Request("RESET"), "+RESET\r\n"}, line{servertest.Request("QUIT"), "+OK\r\n"}
	for _, test := range []struct {
		name   string
		script []line
	}{
		{"after a logout", []line{login, set, get, logout, {servertest.Request("PING"), "-NOAUTH Authentication required.\r\n"}, quit}},
		{"after another", []line{login, set, get, get, get, get, quit}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doubled(t, func(t *testing.T, s *servertest.Server, talk func(*plan, string) string) {
				s.Dispatcher.Users.RequirePassword("secret")
				other := s.Dial(t)
				other.Want("+OK\r\n", "AUTH", "secret")
				other.Want("+OK\r\n", "CONFIG", "SET", "client-output-buffer-limit", "normal 120000 0 0")
				requests, want := both(test.script)
				said := func() string {
					p, end := smooth(), 0
					p.out = func(at int) int { // little of what is offered first, and then all
						if at > end {
							end = at + 80_000
							return 100
						}
						return never
					}
					return talk(p, requests)
				}
				got := said()
				for range 4 { // a stream whose write takes some milliseconds reads on meanwhile, and then may have too much
					if len(got) < len(want) && strings.HasPrefix(want, got) {
						got = said()
					}
				}
				if got != want {
					t.Errorf("got %.200q of %d bytes, want %d; closed: %v", got, len(got), len(want), s.Server.Stats().Closed)
				}
			})
		})
	}
}
