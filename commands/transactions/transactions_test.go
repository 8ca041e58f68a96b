package transactions_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

const (
	ok      = "+OK\r\n"
	queued  = "+QUEUED\r\n"
	null    = "*-1\r\n" // what EXEC answers if a watched key has changed
	aborted = "-EXECABORT Transaction discarded because of previous errors.\r\n"
	noExec  = "-ERR EXEC without MULTI\r\n"
)

// talk sends requests, each a line of words, and compares the replies, of which "" stands for none.
func talk(t *testing.T, c *servertest.Conn, lines ...string) {
	t.Helper()
	for i := 0; i < len(lines); i += 2 {
		c.Want(lines[i+1], strings.Fields(lines[i])...)
	}
}

// TestReplies are those of redis-server 7.0.15.
func TestReplies(t *testing.T) {
	const (
		nested  = "-ERR MULTI calls can not be nested\r\n"
		arity   = "-ERR wrong number of arguments for '%s' command\r\n"
		unknown = "-ERR unknown command 'FOO', with args beginning with: \r\n"
	)
	for _, row := range [][]string{
		{"MULTI", ok, "SET a 1", queued, "INCR a", queued, "GET a", queued, "EXEC", "*3\r\n+OK\r\n:2\r\n$1\r\n2\r\n", "EXEC", noExec},
		{"MULTI", ok, "EXEC", "*0\r\n"},
		{"EXEC", noExec, "DISCARD", "-ERR DISCARD without MULTI\r\n", "UNWATCH", ok},
		{"MULTI", ok, "MULTI", nested, "SET a 1", queued, "EXEC", "*1\r\n+OK\r\n"},
		{"MULTI", ok, "WATCH a", "-ERR WATCH inside MULTI is not allowed\r\n", "PING", queued, "EXEC", "*1\r\n+PONG\r\n"},
		{"MULTI", ok, "UNWATCH", queued, "EXEC", "*1\r\n+OK\r\n"},
		{"MULTI", ok, "SET a 1", queued, "DISCARD", ok, "EXISTS a", ":0\r\n", "EXEC", noExec},
		{"MULTI", ok, "FOO", unknown, "SET a 1", queued, "EXEC", aborted, "EXEC", noExec, "EXISTS a", ":0\r\n"},
		{"MULTI", ok, "GET", fmt.Sprintf(arity, "get"), "EXEC", aborted},
		{"MULTI", ok, "CLIENT FOO", "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.\r\n", "EXEC", aborted},
		{"MULTI", ok, "WATCH", fmt.Sprintf(arity, "watch"), "EXEC", aborted},
		{"MULTI", ok, "MULTI x", fmt.Sprintf(arity, "multi"), "EXEC", aborted},
		{"MULTI", ok, "DISCARD x", fmt.Sprintf(arity, "discard"), "EXEC", aborted},
		{"MULTI", ok, "EXEC x", "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n", "EXEC", noExec},
		{"EXEC x", "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n"},
		{"MULTI", ok, "SHUTDOWN", "-ERR Command not allowed inside a transaction\r\n", "EXEC", aborted},
		{"MULTI", ok, "MONITOR", queued, "PING", queued, "EXEC", "*2\r\n-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n+PONG\r\n"},
		{"MULTI", ok, "SET a x", queued, "INCR a", queued, "SESS.GET a", queued, "GET a", queued, "EXEC",
			"*4\r\n+OK\r\n-ERR value is not an integer or out of range\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n$1\r\nx\r\n"},
		{"MULTI", ok, "SET a 1", queued, "SELECT 2", queued, "SET b 1", queued, "SELECT 99", queued, "GET a", queued, "DBSIZE", queued, "EXEC",
			"*6\r\n+OK\r\n+OK\r\n+OK\r\n-ERR DB index is out of range\r\n$-1\r\n:1\r\n", "GET b", "$1\r\n1\r\n", "GET a", "$-1\r\n"},
		{"SELECT 3", ok, "MULTI", ok, "SELECT 4", queued, "DISCARD", ok, "SET a 1", ok, "SELECT 4", ok, "EXISTS a", ":0\r\n"},
		{"MULTI", ok, "SET a 1", queued, "RESET", "+RESET\r\n", "EXEC", noExec, "EXISTS a", ":0\r\n"},
		{"MULTI", ok, "SUBSCRIBE c", queued, "GET a", queued, "EXEC", "*2\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n$-1\r\n",
			"GET a", "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n",
			"EXEC", "-EXECABORT Transaction discarded because of: Can't execute 'exec': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n"},
		{"MULTI", ok, "AUTH x", queued, "AUTH nobody x", queued, "AUTH default x", queued, "EXEC",
			"*3\r\n-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n" +
				"-WRONGPASS invalid username-password pair or user is disabled.\r\n+OK\r\n"},
		{"MULTI", ok, "SESS.CREATE s PRINCIPAL p FIELDS 1 f 1", queued, "SESS.SAVE s f 2", queued, "SESS.LIST p", queued, "SESS.ROTATE s t GRACE 1000", queued,
			"SESS.GET s", queued, "SET s x", queued, "SESS.DESTROYALL p", queued, "DBSIZE", queued, "EXEC",
			"*8\r\n$1\r\ns\r\n:1\r\n*1\r\n$1\r\ns\r\n$1\r\nt\r\n*2\r\n$1\r\nf\r\n$1\r\n2\r\n+OK\r\n:1\r\n:1\r\n"},
	} {
		talk(t, servertest.Start(t).Dial(t), row...)
	}
}

func TestRepliesInRESP3(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	hello := c.Do("HELLO", "3")
	talk(t, c, "MULTI", ok, "EXEC", "*0\r\n", "WATCH a", ok, "SET a 1", ok, "MULTI", ok, "EXEC", "_\r\n",
		"MULTI", ok, "SUBSCRIBE c", queued, "GET b", queued, "UNSUBSCRIBE c", queued, "EXEC",
		"*3\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n_\r\n>3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n",
		"SUBSCRIBE c", ">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", "MULTI", ok, "PUBLISH c m", queued, "PING", queued, "EXEC", "*2\r\n:1\r\n+PONG\r\n",
		"PING", ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n")
	c.Reply()
	talk(t, c, "UNSUBSCRIBE c", ">3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n", "MULTI", ok, "GET b", queued, "HELLO 2", queued, "GET b", queued)
	if got, want := c.Do("EXEC"), "*3\r\n_\r\n*14"+strings.Replace(hello[2:], ":3\r\n", ":2\r\n", 1)+"$-1\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	talk(t, c, "WATCH a", ok, "SET a 1", ok, "MULTI", ok, "EXEC", null)
}

// TestWatch has what changes a key and what does not: requests of another client between WATCH and EXEC.
func TestWatch(t *testing.T) {
	for _, row := range []struct {
		before, watch, between string
		ran                    bool
	}{
		{"", "a", "", true},
		{"", "a", "SET b 1", true},
		{"", "a", "SET a 1", false},
		{"", "a", "SET a 1;DEL a", false},
		{"", "a b c", "SET c 1", false},
		{"SET a 1", "a", "SET a 1", false},
		{"SET a 1", "a", "DEL a", false},
		{"SET a 1", "a a", "GET a;TOUCH a;EXISTS a;TTL a;PERSIST a", true},
		{"SET a 1", "a", "EXPIRE a 100", false},
		{"SET a 1 EX 9", "a", "PERSIST a", false},
		{"SET a 1", "a", "GETEX a EX 9", false},
		{"SET a 1", "a", "APPEND a x", false},
		{"SET a 1", "a", "SETRANGE a 0 x", false},
		{"SET a x", "a", "INCR a", true},
		{"SET a 1", "a", "SETNX a 2", true},
		{"SET a 1", "a", "MSET b 1 a 1", false},
		{"SET a 1", "a", "SELECT 1;SET a 1;FLUSHDB", true},
		{"SET a 1", "a", "FLUSHDB", false},
		{"SET a 1", "a", "SELECT 1;FLUSHALL", false},
		{"", "a", "FLUSHALL", true},
		{"", "a", "MULTI;SET b 1;SET a 1;EXEC", false},
		{"SET a 1", "a", "GETDEL a", false},
		{"SESS.CREATE s", "s", "SESS.GET s;SESS.META s;SESS.TOUCH s", true},
		{"SESS.CREATE s", "s", "SESS.SAVE s f 1", false},
		{"SESS.CREATE s", "s", "SESS.CLEAR s", false},
		{"SESS.CREATE s", "s", "SESS.DESTROY s", false},
		{"SESS.CREATE s PRINCIPAL p", "s", "SESS.DESTROYALL p", false},
		{"SESS.CREATE s PRINCIPAL p", "s", "SESS.DESTROYALL p EXCEPT s", true},
		{"SESS.CREATE s", "s", "SESS.ROTATE s t", false},
		{"SESS.CREATE s", "s", "SESS.ROTATE s t GRACE 1000", false},
		{"SESS.CREATE s", "t", "SESS.ROTATE s t", false},
		{"SESS.CREATE s", "s", "SET s 1", false},
		{"SESS.CREATE s;SESS.ROTATE s t GRACE 100000", "s", "", true},
		{"SESS.CREATE s;SESS.ROTATE s t GRACE 100000", "s", "SESS.SAVE t f 1", false},
		{"SESS.CREATE s;SESS.ROTATE s t GRACE 100000", "t", "SESS.SAVE s f 1", false},
		{"SESS.CREATE s;SESS.ROTATE s t GRACE 100000", "s", "SESS.DESTROY t", false},
		{"SESS.CREATE s;SESS.ROTATE s t GRACE 100000", "s", "SESS.GET s", true},
	} {
		s := servertest.Start(t)
		c, other := s.Dial(t), s.Dial(t)
		do := func(requests string) {
			for request := range strings.SplitSeq(requests, ";") {
				if words := strings.Fields(request); len(words) > 0 {
					if reply := other.Do(words...); reply[0] == '-' && request != "INCR a" {
						t.Errorf("%s: %q", request, reply)
					}
				}
			}
		}
		do(row.before)
		c.Want(ok, append([]string{"WATCH"}, strings.Fields(row.watch)...)...)
		do(row.between)
		c.Want(ok, "MULTI")
		c.Want(queued, "PING")
		want := null
		if row.ran {
			want = "*1\r\n+PONG\r\n"
		}
		if got := c.Do("EXEC"); got != want {
			t.Errorf("%+v: EXEC answers %q, want %q", row, got, want)
		}
		talk(t, c, "MULTI", ok, "EXEC", "*0\r\n") // nothing is watched any more
	}
}

// TestWatchEnds with EXEC, also one that is refused, DISCARD, UNWATCH and RESET.
func TestWatchEnds(t *testing.T) {
	s := servertest.Start(t)
	for _, row := range [][]string{
		{"UNWATCH", ok},
		{"MULTI", ok, "DISCARD", ok},
		{"MULTI", ok, "FOO", "-ERR unknown command 'FOO', with args beginning with: \r\n", "EXEC", aborted},
		{"EXEC x", "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command\r\n"},
		{"RESET", "+RESET\r\n"},
	} {
		c := s.Dial(t)
		talk(t, c, "WATCH k", ok, "SET k 1", ok)
		talk(t, c, row...)
		talk(t, c, "MULTI", ok, "EXEC", "*0\r\n")
	}
	c := s.Dial(t)
	talk(t, c, "WATCH k", ok, "SET k 1", ok, "MULTI", ok, "MULTI", "-ERR MULTI calls can not be nested\r\n", "EXEC", null,
		"WATCH k l", ok, "MULTI", ok, "UNWATCH", queued, "SET k 1", queued, "EXEC", "*2\r\n+OK\r\n+OK\r\n")
	for name, want := range map[string]string{"watching_clients": "0", "total_watched_keys": "0"} {
		if info := c.Do("INFO", "clients"); !strings.Contains(info, "\r\n"+name+":"+want+"\r\n") {
			t.Errorf("INFO: %s is not %s: %q", name, want, info)
		}
	}
	talk(t, c, "WATCH k l", ok)
	if info := c.Do("INFO", "clients"); !strings.Contains(info, "\r\nwatching_clients:1\r\ntotal_watched_keys:2\r\n") {
		t.Errorf("INFO: %q", info)
	}
	c.Close()
	for other := s.Dial(t); !strings.Contains(other.Do("INFO", "clients"), "\r\nwatching_clients:0\r\ntotal_watched_keys:0\r\n"); {
	}
}

// TestWatchedKeyExpires: it counts as changed whether or not anybody has noticed, unless it had expired before.
func TestWatchedKeyExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound)
		c := s.Pipe(t)
		talk(t, c, "SET a 1 PX 1", ok)
		time.Sleep(5 * time.Millisecond)
		talk(t, c, "WATCH a", ok, "MULTI", ok, "EXEC", "*0\r\n")
		talk(t, c, "SET a 1 PX 20", ok, "SESS.CREATE s PX 20", "$1\r\ns\r\n", "SESS.CREATE t", "$1\r\nt\r\n", "SESS.ROTATE t u GRACE 20", "$1\r\nu\r\n")
		var watchers []*servertest.Conn
		for _, key := range []string{"a", "s", "t"} {
			w := s.Pipe(t)
			talk(t, w, "WATCH "+key, ok)
			watchers = append(watchers, w)
		}
		time.Sleep(40 * time.Millisecond)
		for _, w := range watchers {
			talk(t, w, "MULTI", ok, "EXEC", null)
		}
	})
}

func TestWatchedKeyIsEvicted(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	talk(t, c, "SET a 1", ok, "CONFIG SET maxmemory-policy allkeys-lru", ok, "WATCH a", ok, "CONFIG SET maxmemory 1", ok)
	for s.Dial(t).Do("EXISTS", "a") != ":0\r\n" {
	}
	talk(t, c, "CONFIG SET maxmemory 0", ok, "MULTI", ok, "EXEC", null)
}

func TestMemory(t *testing.T) {
	const oom = "OOM command not allowed when used memory > 'maxmemory'.\r\n"
	s := servertest.Start(t)
	c, admin := s.Dial(t), s.Dial(t)
	limit := func(text string) { admin.Want(ok, "CONFIG", "SET", "maxmemory", text) }
	talk(t, c, "SET a 1", ok, "MULTI", ok, "SET a 2", queued)
	limit("1")
	talk(t, c, "GET a", "-"+oom, "EXEC", "-EXECABORT Transaction discarded because of: "+oom, "EXEC", noExec)
	limit("0")
	talk(t, c, "MULTI", ok, "SET a 2", queued)
	limit("1")
	talk(t, c, "EXEC", "-EXECABORT Transaction discarded because of: "+oom)
	limit("0")
	talk(t, c, "MULTI", ok, "GET a", queued)
	limit("1")
	talk(t, c, "EXEC", "*1\r\n$1\r\n1\r\n", "MULTI", ok, "SET a 2", "-"+oom, "DISCARD", ok)
}

func TestLimit(t *testing.T) {
	s := servertest.Start(t, func(o *commands.Options, _ *server.Options) { o.TransactionBytes = 3 * 260 })
	c := s.Dial(t)
	const full, many = "-ERR the queue of a transaction may take 780 bytes (client-transaction-limit)\r\n",
		"-ERR the watched keys of one client may take 780 bytes (client-transaction-limit)\r\n"
	talk(t, c, "MULTI", ok, "PING", queued, "PING", queued, "PING", queued, "PING", full, "PING", queued, "EXEC", aborted,
		"MULTI", ok, "ECHO "+strings.Repeat("x", 600), full, "DISCARD", ok,
		"MULTI", ok, "PING", queued, "EXEC", "*1\r\n+PONG\r\n",
		"WATCH a b c d", many, "SET a 1", ok, "MULTI", ok, "EXEC", "*0\r\n",
		"WATCH a b a", ok, "WATCH c d", many, "SET c 1", ok, "MULTI", ok, "EXEC", "*0\r\n",
		"WATCH a b", ok, "WATCH c d", many, "SET b 1", ok, "MULTI", ok, "EXEC", null)
}

// TestReplyModes: what a client does not want of a transaction's replies is left out, as in Redis.
func TestReplyModes(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	talk(t, c, "SET a 1", ok, "MULTI", ok, "CLIENT REPLY SKIP", queued, "GET a", queued)
	c.Send(servertest.Request("EXEC") + servertest.Request("PING") + servertest.Request("PING"))
	if got, want := c.Reply(), "*2\r\n$1\r\n1\r\n+PONG\r\n"; got != want { // the array has one reply less, and the first PING none
		t.Errorf("got %q, want %q", got, want)
	}
	c.Send(servertest.Request("CLIENT", "REPLY", "SKIP") + servertest.Request("MULTI"))
	talk(t, c, "SET a 2", queued)
	c.Send(servertest.Request("CLIENT", "REPLY", "OFF"))
	if got := c.Reply(); got != queued {
		t.Errorf("got %q", got)
	}
	c.Send(servertest.Request("CLIENT", "REPLY", "ON") + servertest.Request("DISCARD"))
	for _, want := range []string{queued, ok} {
		if got := c.Reply(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	c.Send(servertest.Request("CLIENT", "REPLY", "OFF") + servertest.Request("MULTI") + servertest.Request("GET", "a") +
		servertest.Request("CLIENT", "REPLY", "ON") + servertest.Request("GET", "a") + servertest.Request("EXEC"))
	for _, want := range []string{ok, "$1\r\n1\r\n"} {
		if got := c.Reply(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	c.Want("+PONG\r\n", "PING")
}

func TestClientListAndInfo(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	shows := func(reply, part string) {
		t.Helper()
		if !strings.Contains(reply, part) {
			t.Errorf("%q is not in %q", part, reply)
		}
	}
	shows(c.Do("CLIENT", "INFO"), " flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 ")
	talk(t, c, "MULTI", ok, "CLIENT INFO", queued, "PING", queued)
	reply := c.Do("EXEC")
	shows(reply, " flags=x db=0 sub=0 psub=0 ssub=0 multi=2 ")
	shows(reply, " multi-mem=512 ")
	shows(reply, " cmd=exec ")
	talk(t, c, "WATCH a", ok, "SET a 1", ok)
	shows(c.Do("CLIENT", "INFO"), " flags=d ")
	talk(t, c, "UNWATCH", ok)
	shows(c.Do("CLIENT", "INFO"), " flags=N ")
}

// TestMonitor shows the requests of a transaction when they run, and EXEC behind them.
func TestMonitor(t *testing.T) {
	s := servertest.Start(t)
	c, m := s.Dial(t), s.Dial(t)
	m.Want(ok, "MONITOR")
	talk(t, c, "MULTI", ok, "GET a", queued, "CLIENT INFO", queued, "DISCARD", ok, "MULTI", ok, "GET a", queued, "DBSIZE", queued)
	c.Do("EXEC")
	c.Do("FOO")
	c.Do("EXEC", "x")
	for _, want := range []string{`"MULTI"`, `"DISCARD"`, `"MULTI"`, `"GET" "(redacted)"`, `"DBSIZE"`, `"EXEC"`, `"EXEC" "(redacted)"`} {
		_, got, _ := strings.Cut(m.Reply(), "] ")
		if got != want+"\r\n" {
			t.Errorf("MONITOR shows %q, want %s", got, want)
		}
	}
}

// TestPause holds EXEC where one of its requests would be held.
func TestPause(t *testing.T) {
	s := servertest.Start(t)
	c, admin := s.Dial(t), s.Dial(t)
	talk(t, c, "MULTI", ok, "SET a 1", queued)
	admin.Want(ok, "CLIENT", "PAUSE", "100000", "WRITE")
	c.Send(servertest.Request("EXEC"))
	for !strings.Contains(admin.Do("CLIENT", "LIST"), "cmd=exec") {
	}
	talk(t, admin, "MULTI", ok, "EXISTS a", queued, "EXEC", "*1\r\n:0\r\n", "CLIENT UNPAUSE", ok)
	if got := c.Reply(); got != "*1\r\n+OK\r\n" {
		t.Errorf("got %q", got)
	}
}

// TestTrackedReads: a client is told of changes of what it reads in a transaction; CLIENT CACHING before MULTI is for all of it.
func TestTrackedReads(t *testing.T) {
	const cut = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\n%s\r\n"
	for mode, told := range map[string][2]bool{"": {true, true}, "OPTIN": {true, false}, "OPTOUT": {false, true}} {
		s := servertest.Start(t)
		c, other := s.Dial(t), s.Dial(t)
		c.Do("HELLO", "3")
		talk(t, c, "CLIENT TRACKING ON "+mode, ok)
		for i, caching := range []string{map[string]string{"OPTIN": "CLIENT CACHING YES", "OPTOUT": "CLIENT CACHING NO", "": "CLIENT GETNAME"}[mode], "PING"} {
			talk(t, other, "MSET a 1 b 2", ok)
			c.Do(strings.Fields(caching)...)
			talk(t, c, "MULTI", ok, "GET a", queued, "PTTL b", queued, "EXEC", "*2\r\n$1\r\n1\r\n:-1\r\n")
			talk(t, other, "SET a 1", ok, "SET b 1", ok)
			if told[i] {
				c.WantAll(fmt.Sprintf(cut, "a") + fmt.Sprintf(cut, "b"))
			}
			talk(t, c, "PING", "+PONG\r\n")
		}
	}
}
