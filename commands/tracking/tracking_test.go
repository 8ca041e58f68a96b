package tracking_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
	"sessd/store/memory"
)

// bulks returns an array of byte strings.
func bulks(all ...string) string {
	text := fmt.Sprintf("*%d\r\n", len(all))
	for _, one := range all {
		text += servertest.Bulk(one)
	}
	return text
}

// invalidate returns the push that tells of keys, or of all where there are none.
func invalidate(keys ...string) string {
	if len(keys) == 0 {
		return ">2\r\n" + servertest.Bulk("invalidate") + "_\r\n"
	}
	return ">2\r\n" + servertest.Bulk("invalidate") + bulks(keys...)
}

// message is the same for a subscriber in RESP2.
func message(keys ...string) string {
	text := "*3\r\n" + servertest.Bulk("message") + servertest.Bulk("__redis__:invalidate")
	if len(keys) == 0 {
		return text + "$-1\r\n"
	}
	return text + bulks(keys...)
}

// run sends requests at once and fails the test unless the replies and pushes are these.
func run(t *testing.T, c *servertest.Conn, requests, replies string) {
	t.Helper()
	var all strings.Builder
	for request := range strings.SplitSeq(requests, "; ") {
		all.WriteString(servertest.Request(strings.Fields(request)...))
	}
	c.Send(all.String())
	c.WantAll(replies)
}

// nothing fails the test if something was pushed before.
func nothing(t *testing.T, c *servertest.Conn) {
	t.Helper()
	c.Want("+PONG\r\n", "PING")
}

// track returns a connection in RESP3 that tracks with some options.
func track(t *testing.T, s *servertest.Server, options string) *servertest.Conn {
	t.Helper()
	c := s.Dial(t)
	c.Do("HELLO", "3")
	run(t, c, "CLIENT TRACKING ON "+options, "+OK\r\n")
	return c
}

const ok = "+OK\r\n"

// TestInvalidations over everything that drives connections.
func TestInvalidations(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		t.Run("others", func(t *testing.T) {
			other, c := s.Dial(t), track(t, s, "")
			run(t, c, "GET a; MGET b c; STRLEN d; TTL e", "_\r\n*2\r\n_\r\n_\r\n:0\r\n:-2\r\n")
			run(t, other, "MSET a 1 b 2 x 3; SET c 1; SET a 2; EXPIRE d 5; SETRANGE e 0 x", ok+ok+ok+":0\r\n:1\r\n")
			c.WantAll(invalidate("a") + invalidate("b") + invalidate("c") + invalidate("e"))
			run(t, c, "GET a", "$1\r\n2\r\n")
			run(t, other, "DEL a b", ":2\r\n")
			c.WantAll(invalidate("a"))
			run(t, c, "GET b", "_\r\n")
			run(t, other, "FLUSHALL; FLUSHDB", ok+ok)
			c.WantAll(invalidate() + invalidate())
			nothing(t, c)
		})
		t.Run("own", func(t *testing.T) {
			c := track(t, s, "")
			run(t, c, "SET x 1; GET x; SET x 2; GET x; INCR x; PING", ok+"$1\r\n1\r\n"+ok+invalidate("x")+"$1\r\n2\r\n:3\r\n"+invalidate("x")+"+PONG\r\n")
			run(t, c, "GET x; GETDEL x; GET x; FLUSHALL; PING", "$1\r\n3\r\n$1\r\n3\r\n"+invalidate("x")+"_\r\n"+ok+invalidate()+"+PONG\r\n")
			run(t, c, "GET x; CLIENT REPLY OFF; SET x 4; CLIENT REPLY ON", "_\r\n"+invalidate("x")+ok)
			run(t, c, "GET x; CLIENT TRACKING OFF; SET x 5; PING", "$1\r\n4\r\n"+ok+ok+"+PONG\r\n")
		})
		t.Run("noloop", func(t *testing.T) {
			other := s.Dial(t)
			c := track(t, s, "NOLOOP")
			run(t, c, "SET x 1; GET x; SET x 2; GET x; PING", ok+"$1\r\n1\r\n"+ok+"$1\r\n2\r\n+PONG\r\n")
			run(t, other, "SET x 3", ok)
			c.WantAll(invalidate("x"))
			run(t, c, "SET x 1 PX 20; GET x", ok+"$1\r\n1\r\n")
			c.WantAll(invalidate("x"))
		})
		t.Run("opt", func(t *testing.T) {
			other := s.Dial(t)
			in, out := track(t, s, "OPTIN"), track(t, s, "OPTOUT")
			run(t, in, "CLIENT CACHING YES; GET a; GET b", ok+"_\r\n_\r\n")
			run(t, out, "CLIENT CACHING NO; GET a; GET b", ok+"_\r\n_\r\n")
			run(t, other, "MSET a 1 b 1", ok)
			in.WantAll(invalidate("a"))
			out.WantAll(invalidate("b"))
			nothing(t, in)
			nothing(t, out)
			other.Do("DEL", "a", "b")
		})
		t.Run("broadcast", func(t *testing.T) {
			other := s.Dial(t)
			c := track(t, s, "BCAST PREFIX a PREFIX b")
			run(t, other, "MSET b1 1 c 1 a2 1 a1 1", ok) // a key that is named twice may be told of twice
			nothingButKeys(t, c, "a1", "a2", "b1")
			run(t, other, "FLUSHALL", ok)
			c.WantAll(invalidate())
			run(t, c, "SET a 1", ok+invalidate("a"))
			run(t, c, "CLIENT TRACKING OFF; SET a 1; PING", ok+ok+"+PONG\r\n")
		})
	})
}

// nothingButKeys reads pushes until they have told of all keys, in any number of pushes.
func nothingButKeys(t *testing.T, c *servertest.Conn, keys ...string) {
	t.Helper()
	left := strings.Join(keys, " ")
	for left != "" {
		push := c.Reply()
		told := ""
		for _, key := range keys {
			if strings.Contains(push, servertest.Bulk(key)) {
				left = strings.TrimSpace(strings.Replace(left, key, "", 1))
				told += key
			}
		}
		if told == "" || !strings.HasPrefix(push, ">2\r\n$10\r\ninvalidate\r\n*") {
			t.Fatalf("got %q, want it to tell of %s", push, left)
		}
	}
	nothing(t, c)
}

// TestFlushOfNothing is told of, as any other flush, by a server that never had a key.
func TestFlushOfNothing(t *testing.T) {
	for _, request := range []string{"FLUSHALL", "FLUSHDB"} {
		s := servertest.Start(t)
		c := track(t, s, "")
		run(t, s.Dial(t), request, ok)
		c.WantAll(invalidate())
		nothing(t, c)
	}
}

// TestRedirect: another connection is told, until it is gone.
func TestRedirect(t *testing.T) {
	s := servertest.Start(t)
	listener, c := s.Dial(t), s.Dial(t)
	id := strings.Trim(listener.Do("CLIENT", "ID"), ":\r\n")
	run(t, c, "CLIENT TRACKING ON REDIRECT "+id+"; GET a; SET a 1", ok+"$-1\r\n"+ok) // nobody can be told
	listener.Do("SUBSCRIBE", "__redis__:invalidate")
	run(t, c, "GET a; SET a 1; FLUSHALL", "$1\r\n1\r\n"+ok+ok)
	listener.WantAll(message("a") + message())
	run(t, c, "CLIENT TRACKING OFF; CLIENT TRACKING ON BCAST REDIRECT "+id+"; SET a 1", ok+ok+ok)
	listener.WantAll(message("a"))
	listener.Do("UNSUBSCRIBE")
	run(t, c, "SET a 2", ok)
	listener.Do("HELLO", "3")
	run(t, c, "SET b 2", ok)
	listener.WantAll(invalidate("b"))
	nothing(t, listener)
	if line := c.Do("CLIENT", "INFO"); !strings.Contains(line, " flags=tB ") || !strings.Contains(line, " redir="+id+" ") {
		t.Errorf("%q", line)
	}
	listener.Close()
	c.Do("HELLO", "3")
	broken := ">2\r\n" + servertest.Bulk("tracking-redir-broken") + ":" + id + "\r\n"
	for c.Do("SET", "a", "2"); ; c.Do("SET", "a", "2") { // until the server knows that the listener is gone
		if info := c.Do("CLIENT", "TRACKINGINFO"); info == broken || strings.Contains(info, "broken_redirect") {
			break
		}
	}
	for c.Send(servertest.Request("CLIENT", "INFO")); ; {
		if line := c.Reply(); line[0] == '=' {
			if !strings.Contains(line, " flags=tRB ") {
				t.Errorf("%q", line)
			}
			break
		}
	}
}

// TestSessionsAreTracked: what changes a session is told of by its id, a touch is not.
func TestSessionsAreTracked(t *testing.T) {
	s := servertest.Start(t)
	other, c := s.Dial(t), track(t, s, "")
	other.Do("SESS.CREATE", "s", "PRINCIPAL", "ann", "FIELDS", "1", "x", "1")
	get := func(id string) {
		t.Helper()
		c.Want("%1\r\n$1\r\nx\r\n$1\r\n1\r\n", "SESS.GET", id)
	}
	get("s")
	other.Do("SESS.TOUCH", "s")
	other.Do("SESS.GET", "s")
	nothing(t, c)
	for _, change := range []string{"SESS.SAVE s x 1", "SESS.SAVE s COMPONENT k FIELDS 1 x 1", "SESS.CLEAR s COMPONENT k", "EXPIRE s 100"} {
		other.Do(strings.Fields(change)...)
		c.WantAll(invalidate("s"))
		get("s")
	}
	c.Do("SESS.META", "t")
	other.Do("SESS.ROTATE", "s", "t")
	c.WantAll(invalidate("s") + invalidate("t"))
	get("t")
	other.Do("SESS.ROTATE", "t", "u", "GRACE", "60000")
	c.WantAll(invalidate("t"))
	run(t, c, "SESS.GET t; EXISTS t; SESS.GET u", "%1\r\n$1\r\nx\r\n$1\r\n1\r\n"+invalidate("t")+":1\r\n"+invalidate("t")+"%1\r\n$1\r\nx\r\n$1\r\n1\r\n")
	other.Do("SESS.SAVE", "t", "x", "1")
	c.WantAll(invalidate("u"))
	get("u")
	other.Do("SESS.DESTROY", "u")
	c.WantAll(invalidate("u"))
	run(t, c, "SESS.CREATE v PRINCIPAL ann PX 30 FIELDS 1 x 1; SESS.GET v NOTOUCH", servertest.Bulk("v")+"%1\r\n$1\r\nx\r\n$1\r\n1\r\n")
	c.WantAll(invalidate("v")) // by time
	nothing(t, c)
}

// TestManySessionsEnd: when many sessions of a principal end at once, no client keeps one.
func TestManySessionsEnd(t *testing.T) {
	s := servertest.Start(t)
	other, c := s.Dial(t), track(t, s, "")
	for i := range 3000 {
		other.Do("SESS.CREATE", fmt.Sprint("s", i), "PRINCIPAL", "ann")
	}
	c.Do("SESS.GET", "s7")
	other.Want(":3000\r\n", "SESS.DESTROYALL", "ann")
	c.WantAll(invalidate())
	c.Want("-NOSESSION no such session\r\n", "SESS.SAVE", "s7", "x", "1")
}

// TestEviction: what is evicted is told of, and so is what the table has no room for.
func TestEviction(t *testing.T) {
	s := servertest.Start(t, func(o *commands.Options, _ *server.Options) {
		o.Engine = memory.New(memory.Options{Keyspaces: 1, Limits: store.Limits{MaxMemory: 4 << 20, Policy: store.AllKeysRandom}})
	})
	other, c := s.Dial(t), track(t, s, "")
	run(t, other, "SET a 1", ok)
	run(t, c, "GET a", "$1\r\n1\r\n")
	for i := 0; other.Do("EXISTS", "a") == ":1\r\n"; i++ {
		other.Do("SET", fmt.Sprint("k", i), strings.Repeat("x", 10_000))
	}
	c.WantAll(invalidate("a"))
	run(t, c, "CONFIG SET tracking-table-max-keys 1; GET b; GET b", ok+"_\r\n_\r\n")
	c.Send(servertest.Request("GET", "c"))
	if got := c.Reply() + c.Reply(); got != "_\r\n"+invalidate("b") && got != "_\r\n"+invalidate("c") {
		t.Errorf("got %q", got)
	}
}

// TestBroadcastKeepsSecrets: a client hears of no key that its user may not read.
func TestBroadcastKeepsSecrets(t *testing.T) {
	s := servertest.Start(t)
	root, c := s.Dial(t), s.Dial(t)
	path := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(path, []byte("user default on nopass ~* &* +@all\nuser ann on nopass %R~a* %W~w* +@all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Dispatcher.Users.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	c.Do("HELLO", "3", "AUTH", "ann", "x")
	run(t, c, "CLIENT TRACKING ON BCAST", ok)
	run(t, root, "SET s 1; SET w 1; SET a 1", ok+ok+ok)
	nothingButKeys(t, c, "a")
}

// TestFiguresOfTracking count while somebody tracks, and nothing is kept after.
func TestFiguresOfTracking(t *testing.T) {
	s := servertest.Start(t)
	other, c, d := s.Dial(t), track(t, s, ""), track(t, s, "BCAST PREFIX a PREFIX b")
	for _, one := range []*servertest.Conn{c, track(t, s, "")} {
		run(t, one, "GET x; GET y; GET x", "_\r\n_\r\n_\r\n")
	}
	figures := func(want ...int) {
		t.Helper()
		got := other.Do("INFO", "clients", "stats")
		for i, name := range []string{"tracking_clients", "tracking_total_keys", "tracking_total_items", "tracking_total_prefixes"} {
			if !strings.Contains(got, fmt.Sprintf("\r\n%s:%d\r\n", name, want[i])) {
				t.Errorf("%s is not %d", name, want[i])
			}
		}
	}
	figures(3, 2, 4, 2)
	run(t, other, "SET x 1", ok)
	figures(3, 1, 2, 2)
	d.Do("RESET")
	figures(2, 1, 2, 0)
}

// TestEngineWithoutChanges: nobody is told that caches are kept fresh which are not.
func TestEngineWithoutChanges(t *testing.T) {
	type bare struct{ store.Engine }
	c := servertest.Start(t, func(o *commands.Options, _ *server.Options) {
		o.Engine = bare{memory.New(memory.Options{Keyspaces: 1})}
	}).Dial(t)
	c.Want("-ERR this server's store reports no changes\r\n", "CLIENT", "TRACKING", "ON")
	c.Want(":1\r\n", "CLIENT", "ID")
}

// TestScriptsAreTracked: what a script reads is noted as if the client had read it.
func TestScriptsAreTracked(t *testing.T) {
	s := servertest.Start(t)
	other, c := s.Dial(t), track(t, s, "")
	c.Want("_\r\n", "EVAL", "return redis.call('get', KEYS[1])", "1", "a")
	c.Want(ok, "EVAL", "return redis.call('set', KEYS[1], 1)", "1", "b")
	run(t, other, "MSET b 1 a 1", ok)
	c.WantAll(invalidate("a"))
	nothing(t, c)
}
