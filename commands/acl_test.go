package commands_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessd/server/servertest"
)

// users starts a server with users: default with a password, app for its own sessions, and one that is off.
func users(t *testing.T, options ...servertest.Option) *servertest.Server {
	s := servertest.Start(t, options...)
	path := writeUsers(t, "user default on >root ~* &* +@all\nuser app on >secret ~app:* +@session +acl|whoami\nuser gone off >secret +@all\n")
	if err := s.Dispatcher.Users.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	return s
}

// writeUsers returns the path of a users file.
func writeUsers(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	noAuth    = "-NOAUTH Authentication required.\r\n"
	wrongPass = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
)

func TestAuthOpensTheDoor(t *testing.T) {
	c := users(t).Dial(t)
	c.Want(noAuth, "PING")
	c.Want(noAuth, "SESS.GET", "app:1")
	c.Want("-ERR unknown command 'NOSUCH', with args beginning with: \r\n", "NOSUCH")
	c.Want("-ERR wrong number of arguments for 'sess.get' command\r\n", "SESS.GET")
	c.Want("-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be "+
		"used to authenticate the client and select the RESP protocol version at the same time\r\n", "HELLO", "3")
	c.Want(wrongPass, "AUTH", "bad")
	c.Want("+OK\r\n", "AUTH", "root")
	c.Want("$7\r\ndefault\r\n", "ACL", "WHOAMI")
	c.Want("+OK\r\n", "AUTH", "app", "secret")
	c.Want("$3\r\napp\r\n", "ACL", "WHOAMI")
	c.Want("+RESET\r\n", "RESET")
	c.Want(noAuth, "PING")
	if reply := c.Do("HELLO", "3", "AUTH", "app", "secret"); !strings.HasPrefix(reply, "%7\r\n") {
		t.Errorf("HELLO with AUTH: %q", reply)
	}
}

func TestAuthOfTheWrong(t *testing.T) {
	s := users(t)
	for _, words := range [][]string{{"AUTH", "gone", "secret"}, {"AUTH", "nobody", "secret"}} {
		s.Dial(t).Want(wrongPass, words...)
	}
}

func TestPermissions(t *testing.T) {
	c := users(t).Dial(t)
	c.Want("+OK\r\n", "AUTH", "app", "secret")
	c.Want("$5\r\napp:1\r\n", "SESS.CREATE", "app:1", "PRINCIPAL", "ann")
	c.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "SESS.CREATE", "a-secret-of-others")
	c.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "SESS.DESTROYALL", "ann")
	c.Want("-NOPERM this user has no permissions to run the 'acl|list' command\r\n", "ACL", "LIST")
	c.Want("-NOPERM this user has no permissions to run the 'client|id' command\r\n", "CLIENT", "ID")
	c.Want("+OK\r\n", "AUTH", "default", "root")
	c.Want("+OK\r\n", "ACL", "DRYRUN", "app", "SESS.GET", "app:1")
	c.Want("$54\r\nThis user has no permissions to access the 'other' key\r\n", "ACL", "DRYRUN", "app", "SESS.GET", "other")
	c.Want("$59\r\nThis user has no permissions to run the 'acl|users' command\r\n", "ACL", "DRYRUN", "app", "ACL", "USERS")
	c.Want("-ERR User 'nobody' not found\r\n", "ACL", "DRYRUN", "nobody", "PING")
	stats := c.Do("INFO", "stats")
	for _, line := range []string{"acl_access_denied_auth:0", "acl_access_denied_cmd:2", "acl_access_denied_key:2"} {
		if !strings.Contains(stats, line+"\r\n") {
			t.Errorf("no %s in %q", line, stats)
		}
	}
	log := c.Do("ACL", "LOG", "100")
	if strings.Contains(log, "a-secret-of-others") || !strings.Contains(log, "a-se...") {
		t.Errorf("the log shows a key whole, or not at all: %q", log)
	}
	if n := strings.Count(log, "client-info"); n != 4 {
		t.Errorf("the log has %d entries, want 4: %q", n, log)
	}
	c.Want("+OK\r\n", "ACL", "LOG", "RESET")
	c.Want("*0\r\n", "ACL", "LOG")
}

func TestGetUser(t *testing.T) {
	c := users(t).Dial(t)
	c.Want("+OK\r\n", "AUTH", "root")
	c.Want("$-1\r\n", "ACL", "GETUSER", "nobody")
	c.Want("*12\r\n$5\r\nflags\r\n*1\r\n$2\r\non\r\n$9\r\npasswords\r\n*1\r\n$64\r\n2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\r\n"+
		"$8\r\ncommands\r\n$27\r\n-@all +@session +acl|whoami\r\n$4\r\nkeys\r\n$6\r\n~app:*\r\n$8\r\nchannels\r\n$0\r\n\r\n$9\r\nselectors\r\n*0\r\n",
		"ACL", "GETUSER", "app")
	c.Want("*3\r\n$3\r\napp\r\n$7\r\ndefault\r\n$4\r\ngone\r\n", "ACL", "USERS")
}

func TestACLWordsTooMany(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("-ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.\r\n", "ACL", "CAT", "session", "x")
	c.Want("-ERR unknown subcommand or wrong number of arguments for 'log'. Try ACL HELP.\r\n", "acl", "log", "RESET", "x")
}

// TestGuessingIsSlow shows that a wrong password after several others is answered later, and that the requests behind
// it wait for their turn.
func TestGuessingIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := users(t, servertest.Unbound).Pipe(t)
		for range 2 {
			c.Want(wrongPass, "AUTH", "bad")
		}
		c.Send(servertest.Request("AUTH", "bad") + servertest.Request("AUTH", "secret2") + servertest.Request("AUTH", "root") + servertest.Request("PING"))
		for _, want := range []string{wrongPass, wrongPass, "+OK\r\n", "+PONG\r\n"} {
			if got := c.Reply(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

// TestRightPasswordWaitsAsWrongOnesDo, in time that is not real: who hangs up before the answer has learnt nothing. A peer
// that logged in lately does not wait.
func TestRightPasswordWaitsAsWrongOnesDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := users(t, servertest.Unbound)
		took := func(want string, words ...string) time.Duration {
			begun := time.Now()
			c := s.Pipe(t)
			c.Want(want, words...)
			c.Close()
			return time.Since(begun)
		}
		for range 2 {
			took(wrongPass, "AUTH", "bad")
		}
		for _, want := range []time.Duration{100, 200} {
			if d := took(wrongPass, "AUTH", "bad"); d != want*time.Millisecond {
				t.Errorf("a wrong password took %v, want %vms", d, int(want))
			}
		}
		if d := took("+OK\r\n", "AUTH", "root"); d != 400*time.Millisecond {
			t.Errorf("the right one took %v", d)
		}
		if d := took(wrongPass, "HELLO", "3", "AUTH", "default", "bad"); d != 800*time.Millisecond {
			t.Errorf("a wrong one of a peer that logged in took %v", d)
		}
		if d := took("+OK\r\n", "AUTH", "app", "secret"); d != 0 {
			t.Errorf("the right one of a peer that logged in took %v", d)
		}
	})
}

// TestDeletedUsersAreClosed: clients of a user who goes are closed, but the one that asks, which has its answer first.
func TestDeletedUsersAreClosed(t *testing.T) {
	s := servertest.Start(t)
	c, other, own := s.Dial(t), s.Dial(t), s.Dial(t)
	c.Want("+OK\r\n", "ACL", "SETUSER", "ann", "on", "nopass", "+@all")
	other.Want("+OK\r\n", "AUTH", "ann", "x")
	own.Want("+OK\r\n", "AUTH", "ann", "x")
	own.Want(":1\r\n", "ACL", "DELUSER", "ann", "nobody")
	own.WantClosed()
	other.WantClosed()
	c.Want("*1\r\n$7\r\ndefault\r\n", "ACL", "USERS")
	c.Want(wrongPass, "AUTH", "ann", "x")
}

// TestRulesChangeAtOnce for the clients that a user has, requests of the same name one after another included.
func TestRulesChangeAtOnce(t *testing.T) {
	s := servertest.Start(t)
	c, ann := s.Dial(t), s.Dial(t)
	c.Want("+OK\r\n", "ACL", "SETUSER", "ann", "on", "nopass", "~*", "&*", "+@all")
	ann.Want("+OK\r\n", "AUTH", "ann", "x")
	ann.Want("$-1\r\n", "GET", "a")
	c.Want("+OK\r\n", "ACL", "SETUSER", "ann", "resetkeys", "~b")
	ann.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "GET", "a")
	ann.Want("$-1\r\n", "GET", "b")
	c.Want("+OK\r\n", "ACL", "SETUSER", "ann", "-get")
	ann.Want("-NOPERM this user has no permissions to run the 'get' command\r\n", "GET", "b")
}

// TestListenersLoseTheirChannels: who listens to a channel that its user may not hear any more is closed, nobody else.
func TestListenersLoseTheirChannels(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	c.Want("+OK\r\n", "ACL", "SETUSER", "ann", "on", "nopass", "+@all", "&*")
	listen := func(words ...string) *servertest.Conn {
		one := s.Dial(t)
		one.Want("+OK\r\n", "AUTH", "ann", "x")
		one.Do(words...)
		return one
	}
	ab, zz, pattern, star := listen("SUBSCRIBE", "ab"), listen("SUBSCRIBE", "zz"), listen("PSUBSCRIBE", "a*"), listen("PSUBSCRIBE", "*")
	idle, shard := listen("PING"), listen("SSUBSCRIBE", "zz")
	c.Want("+OK\r\n", "ACL", "SETUSER", "ann", "+ping", "&*", "resetchannels", "&a*", "(&c)")
	for _, one := range []*servertest.Conn{zz, star, shard} {
		one.WantClosed()
	}
	for _, one := range []*servertest.Conn{ab, pattern} {
		one.Want("*2\r\n$4\r\npong\r\n$0\r\n\r\n", "PING")
	}
	idle.Want("+PONG\r\n", "PING")
}

func TestSelectors(t *testing.T) {
	s := servertest.Start(t)
	c, ann := s.Dial(t), s.Dial(t)
	c.Want("+OK\r\n", "ACL", "SETUSER", "ann", "on", "nopass", "%R~r:*", "+@read", "+@session", "(~w:*", "+@all)", "(&c", "+publish", "+select|1)")
	ann.Want("+OK\r\n", "AUTH", "ann", "x")
	ann.Want("+OK\r\n", "SET", "w:1", "v")
	ann.Want("$1\r\nv\r\n", "GET", "w:1")
	ann.Want("$-1\r\n", "GET", "r:1")
	ann.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "SET", "r:1", "v")
	ann.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "MGET", "r:1", "w:1") // of two selectors
	ann.Want(":0\r\n", "PUBLISH", "c", "m")
	ann.Want("-NOPERM this user has no permissions to access one of the channels used as arguments\r\n", "PUBLISH", "d", "m")
	ann.Want("+OK\r\n", "SELECT", "1")
	ann.Want("+OK\r\n", "SELECT", "1")
	ann.Want("+OK\r\n", "SELECT", "0") // by (~w:* +@all), which keys do not limit
	ann.Want("*2\r\n$1\r\n0\r\n*1\r\n$3\r\nw:1\r\n", "SCAN", "0")
	// an alias leads to a session that another selector may use, not this one
	c.Want("$3\r\nr:s\r\n", "SESS.CREATE", "r:s")
	c.Want("$3\r\nw:s\r\n", "SESS.ROTATE", "r:s", "w:s", "GRACE", "60000")
	ann.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "SESS.GET", "r:s")
}

// TestRulesForRedis sets rules that name what Redis alone has: they are kept, and change nothing here.
func TestRulesForRedis(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("+OK\r\n", "ACL", "SETUSER", "u", "on", "nopass", "~*", "+@all", "-@geo", "-migrate", "-GEOADD")
	if list := c.Do("ACL", "LIST"); !strings.Contains(list, "+@all -@geo -migrate -geoadd") {
		t.Errorf("ACL LIST: %q", list)
	}
	c.Want("*0\r\n", "ACL", "CAT", "geo")
	c.Want("+OK\r\n", "AUTH", "u", "x")
	c.Want("+OK\r\n", "SET", "k", "v")
	c.Want("-ERR unknown command 'GEOADD', with args beginning with: \r\n", "GEOADD", "k", "1", "1", "a")
}
