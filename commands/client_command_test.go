package commands_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
)

func TestClientNames(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("$-1\r\n", "CLIENT", "GETNAME")
	c.Want("+OK\r\n", "CLIENT", "SETNAME", "web-1")
	c.Want(servertest.Bulk("web-1"), "CLIENT", "GETNAME")
	for _, name := range []string{"a b", "a\nb", "a\x00", "\x7f", "ä"} {
		c.Want("-ERR Client names cannot contain spaces, newlines or special characters.\r\n", "CLIENT", "SETNAME", name)
	}
	c.Want("+OK\r\n", "CLIENT", "SETNAME", "")
	c.Want("$-1\r\n", "CLIENT", "GETNAME")
}

func TestClientSetInfo(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("+OK\r\n", "CLIENT", "SETINFO", "lib-name", "mine")
	c.Want("+OK\r\n", "CLIENT", "SETINFO", "LIB-VER", "1.2")
	c.Want("-ERR Unrecognized option 'lib'\r\n", "CLIENT", "SETINFO", "lib", "x")
	c.Want("-ERR lib-ver cannot contain spaces, newlines or special characters.\r\n", "CLIENT", "SETINFO", "lib-ver", "1 2")
	if line := c.Do("CLIENT", "INFO"); !strings.HasSuffix(line, " lib-name=mine lib-ver=1.2\n\r\n") {
		t.Errorf("CLIENT INFO: %q", line)
	}
}

// TestClientLine holds the line to the fields that tools read, in Redis's order.
func TestClientLine(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("HELLO", "3", "SETNAME", "web")
	c.Want("+OK\r\n", "SELECT", "2")
	c.Want("+OK\r\n", "CLIENT", "NO-EVICT", "on")
	c.Want("+OK\r\n", "CLIENT", "NO-TOUCH", "on")
	line := fmt.Sprintf(`id=%s addr=%s laddr=%s fd=\d+ name=web age=\d+ idle=0 flags=eT db=2 sub=0 psub=0 ssub=0 multi=-1 `+
		`qbuf=\d+ qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=\d+ oll=0 omem=0 tot-mem=\d+ events=r cmd=%%s user=default redir=-1 resp=3 lib-name= lib-ver=\n`,
		id(t, c), c.LocalAddr(), c.RemoteAddr())
	for _, sub := range []string{"info", "list"} {
		want := regexp.MustCompile(`^=\d+\r\ntxt:` + fmt.Sprintf(line, `client\|`+sub) + `\r\n$`)
		if got := c.Do("CLIENT", sub); !want.MatchString(got) {
			t.Errorf("CLIENT %s: %q", sub, got)
		}
	}
	c.Want("-ERR syntax error\r\n", "CLIENT", "NO-TOUCH", "maybe")
}

// TestClientLineTellsWhatWaits makes each figure of a connection's buffers be something.
func TestClientLineTellsWhatWaits(t *testing.T) {
	s := servertest.Start(t)
	watcher, asker := s.Dial(t), s.Dial(t)
	number := id(t, asker)
	await := func(what, pattern string) {
		t.Helper()
		re, line := regexp.MustCompile(pattern), ""
		for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(time.Millisecond) {
			if line = watcher.Do("CLIENT", "LIST", "ID", number); re.MatchString(line) {
				return
			}
		}
		t.Errorf("%s: %q", what, line)
	}
	asker.Send("BLPOP nothing 0\r\n")
	await("a call that waits", ` flags=b .* argv-mem=[1-9]\d* .* obl=0 oll=0 omem=0 tot-mem=[1-9]\d* events=r `)
	watcher.Want(":1\r\n", "RPUSH", "nothing", "x")
	asker.WantAll("*2\r\n$7\r\nnothing\r\n$1\r\nx\r\n")
	await("a call that has its answer", ` qbuf=0 qbuf-free=0 argv-mem=0 .* tot-mem=0 events=r `)
	asker.Send("*2\r\n$4\r\nECHO\r\n$10\r\nhalf")
	await("half a request", ` qbuf=[1-9]\d* .* obl=0 .* tot-mem=[1-9]\d* `)
	asker.Send("of one")
	watcher.Want("+OK\r\n", "SET", "big", strings.Repeat("x", 1<<20))
	for range 20 {
		asker.Send("\r\n*2\r\n$3\r\nGET\r\n$3\r\nbig")
	}
	await("answers that nobody reads", ` obl=[1-9]\d* oll=[1-9]\d* omem=[1-9]\d* tot-mem=[1-9]\d{5,} events=rw `)
}

func TestClientList(t *testing.T) {
	s := servertest.Start(t)
	one, two := s.Dial(t), s.Dial(t)
	first, second := id(t, one), id(t, two)
	ids := func(words ...string) string {
		var found []string
		for _, m := range regexp.MustCompile(`(?m)^id=(\d+) `).FindAllStringSubmatch(one.Do(append([]string{"CLIENT", "LIST"}, words...)...), -1) {
			found = append(found, m[1])
		}
		return strings.Join(found, " ")
	}
	for _, test := range []struct{ words, want string }{
		{"", first + " " + second}, {"TYPE normal", first + " " + second}, {"TYPE pubsub", ""}, {"type replica", ""},
		{"ID " + second, second}, {"id " + second + " 999 " + first + " " + second, second + " " + first + " " + second}, {"ID 999", ""},
	} {
		if got := ids(strings.Fields(test.words)...); got != test.want {
			t.Errorf("CLIENT LIST %s: clients %s, want %s", test.words, got, test.want)
		}
	}
	one.Want("-ERR Unknown client type 'x'\r\n", "CLIENT", "LIST", "TYPE", "x")
	one.Want("-ERR Invalid client ID\r\n", "CLIENT", "LIST", "ID", "1", "x")
	one.Want("-ERR syntax error\r\n", "CLIENT", "LIST", "ID")
	one.Want("-ERR syntax error\r\n", "CLIENT", "LIST", "x", "y")
	one.Want("$0\r\n\r\n", "CLIENT", "LIST", "ID", "999")
}

// TestClientListKeepsSecrets looks for a session id where a connection's last request could show.
func TestClientListKeepsSecrets(t *testing.T) {
	s := servertest.Start(t)
	one, two := s.Dial(t), s.Dial(t)
	one.Want("$6\r\nsecret\r\n", "SESS.CREATE", "secret")
	for _, words := range [][]string{{"CLIENT", "LIST"}, {"INFO", "everything"}} {
		if got := two.Do(words...); strings.Contains(got, "secret") {
			t.Errorf("%q: %q", words, got)
		}
	}
}

func TestClientKillByAddress(t *testing.T) {
	s := servertest.Start(t)
	one, two := s.Dial(t), s.Dial(t)
	one.Want("+PONG\r\n", "PING")
	two.Want("+PONG\r\n", "PING")
	one.Want("+OK\r\n", "CLIENT", "KILL", two.LocalAddr().String())
	two.WantClosed()
	one.Want("-ERR No such client\r\n", "CLIENT", "KILL", "127.0.0.1:1")
	one.Want("+OK\r\n", "CLIENT", "KILL", one.LocalAddr().String())
	one.WantClosed()
}

func TestClientKillByFilters(t *testing.T) {
	s := servertest.Start(t)
	me := s.Dial(t)
	mine := id(t, me)
	for _, test := range []struct {
		filter string // @ID, @ADDR and @LADDR stand for the other connection's
		killed bool
	}{
		{"ID @ID", true}, {"ADDR @ADDR", true}, {"LADDR @LADDR", true}, {"TYPE normal", true}, {"USER default", true}, {"SKIPME yes", true},
		{"ID @ID ADDR @ADDR TYPE normal USER default", true},
		{"ID @ID ADDR 127.0.0.1:1", false}, {"ID " + mine, false}, {"TYPE pubsub", false}, {"ADDR ", false}, {"MAXAGE 100", false},
	} {
		other := s.Dial(t)
		filter := strings.NewReplacer("@ID", id(t, other), "@ADDR", other.LocalAddr().String(), "@LADDR", other.RemoteAddr().String()).Replace(test.filter)
		reply := ":0\r\n"
		if test.killed {
			reply = ":1\r\n"
		}
		me.Want(reply, append([]string{"CLIENT", "KILL"}, strings.Split(filter, " ")...)...)
		if test.killed {
			other.WantClosed()
		} else {
			other.Want("+PONG\r\n", "PING")
			me.Want(":1\r\n", "CLIENT", "KILL", "ID", id(t, other))
		}
	}
	me.Want(":1\r\n", "CLIENT", "KILL", "ID", mine, "SKIPME", "no")
	me.WantClosed()
}

func TestClientKillErrors(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for _, test := range []struct{ words, reply string }{
		{"ID 0", "-ERR client-id should be greater than 0\r\n"},
		{"ID x", "-ERR client-id should be greater than 0\r\n"},
		{"TYPE x", "-ERR Unknown client type 'x'\r\n"},
		{"USER x", "-ERR No such user 'x'\r\n"},
		{"SKIPME x", "-ERR syntax error\r\n"},
		{"ID 1 TYPE", "-ERR syntax error\r\n"},
		{"x y", "-ERR syntax error\r\n"},
		{"MAXAGE 0", "-ERR maxage should be greater than 0\r\n"},
		{"MAXAGE x", "-ERR maxage is not an integer or out of range\r\n"},
	} {
		c.Want(test.reply, append([]string{"CLIENT", "KILL"}, strings.Fields(test.words)...)...)
	}
	c.Want("+PONG\r\n", "PING")
}

// TestClientSubcommands: what is not there is refused, so that no client relies on it.
func TestClientSubcommands(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for _, sub := range []string{"MAINT_NOTIFICATIONS", "FOO"} {
		c.Want("-ERR unknown subcommand '"+sub+"'. Try CLIENT HELP.\r\n", "CLIENT", sub, "ON")
	}
	c.Want("-ERR wrong number of arguments for 'client' command\r\n", "CLIENT")
	c.Want("-ERR wrong number of arguments for 'client|id' command\r\n", "CLIENT", "ID", "x")
}

// TestClientNamesHaveABound, since each client keeps its own for as long as it is connected.
func TestClientNamesHaveABound(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	most, over := strings.Repeat("n", 1024), strings.Repeat("n", 1025)
	c.Want("+OK\r\n", "CLIENT", "SETNAME", most)
	c.Want("+OK\r\n", "CLIENT", "SETINFO", "LIB-NAME", most)
	c.Want("+OK\r\n", "CLIENT", "SETINFO", "LIB-VER", most)
	const why = " cannot be longer than 1024 bytes.\r\n"
	c.Want("-ERR Client names"+why, "CLIENT", "SETNAME", over)
	c.Want("-ERR Client names"+why, "HELLO", "3", "SETNAME", over)
	c.Want("-ERR lib-name"+why, "CLIENT", "SETINFO", "lib-name", over)
	c.Want("-ERR LIB-VER"+why, "CLIENT", "SETINFO", "LIB-VER", over)
}
