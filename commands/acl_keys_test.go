package commands_test

import (
	"slices"
	"strings"
	"testing"

	"sessd/server/servertest"
)

const noKey = "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n"

// asApp returns a connection that may use the keys app:* alone, and one that may use all.
func asApp(t *testing.T) (app, root *servertest.Conn) {
	s := users(t)
	app, root = s.Dial(t), s.Dial(t)
	app.Want(ok, "AUTH", "app", "secret")
	root.Want(ok, "AUTH", "root")
	return app, root
}

func TestScansShowWhatTheUserMayRead(t *testing.T) {
	s := users(t)
	root, app := s.Dial(t), s.Dial(t)
	root.Want(ok, "AUTH", "root")
	path := writeUsers(t, "user default on >root ~* &* +@all\nuser app on >secret %R~app:* %W~other:* +@all\nuser none on nopass ~none:* +@all\n")
	if err := s.Dispatcher.Users.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	app.Want(ok, "AUTH", "app", "secret")
	for _, id := range []string{"app:1", "app:2", "other:1"} {
		root.Do("SESS.CREATE", id, "PRINCIPAL", "ann")
	}
	root.Want(ok, "SET", "app:k", "v")
	root.Want(ok, "SET", "secret", "v")
	for request, want := range map[string][]string{
		"SESS.LIST ann":          {"app:1", "app:2"},
		"SESS.SCAN 0 COUNT 1000": {"app:1", "app:2"},
		"SCAN 0 COUNT 1000":      {"app:1", "app:2", "app:k"},
		"KEYS *":                 {"app:1", "app:2", "app:k"},
	} {
		reply := app.Do(strings.Fields(request)...)
		if _, keys, found := strings.Cut(reply, "$1\r\n0\r\n"); found {
			reply = keys
		}
		got := words(t, reply)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", request, got, want)
		}
	}
	for range 50 {
		if key := app.Do("RANDOMKEY"); !strings.Contains(key, "app:") {
			t.Fatalf("RANDOMKEY: %q", key)
		}
	}
	app.Want(":5\r\n", "DBSIZE")
	app.Want(ok, "AUTH", "none", "")
	app.Want("$-1\r\n", "RANDOMKEY")
}

func TestPrefixOfIDsThatTheServerMakes(t *testing.T) {
	app, root := asApp(t)
	for _, request := range []string{
		"SESS.CREATE *", "SESS.CREATE * PREFIX other:", "SESS.CREATE * PREFIX ap", "SESS.CREATE * FIELDS 1 PREFIX app:", "SESS.CREATE * PREFIX",
		"SESS.ROTATE app:1 *", "SESS.ROTATE app:1 * GRACE 5", "SESS.ROTATE app:1 * PREFIX x", "SESS.ROTATE x * PREFIX app:",
	} {
		app.Want(noKey, strings.Fields(request)...)
	}
	app.Want("$5\r\napp:1\r\n", "SESS.CREATE", "app:1")
	for _, request := range []string{"SESS.CREATE * PREFIX app: EX 5", "SESS.CREATE * EX 5 PREFIX app:eu:", "SESS.ROTATE app:1 * GRACE 5 PREFIX app:"} {
		reply := app.Do(strings.Fields(request)...)
		if _, id, _ := strings.Cut(reply, "\r\n"); !strings.HasPrefix(id, "app:") || len(id) < len("app:")+43 {
			t.Errorf("%s: %q", request, reply)
		}
	}
	root.Want("-ERR syntax error\r\n", "SESS.CREATE", "x", "PREFIX", "app:")
	root.Want("-ERR syntax error\r\n", "SESS.CREATE", "*", "PREFIX", "a", "PREFIX", "b")
	root.Want("-ERR session id must be 1 to 512 bytes long\r\n", "SESS.CREATE", "*", "PREFIX", strings.Repeat("x", 470))
}

func TestAliasIsCheckedAsWhatItLeadsTo(t *testing.T) {
	app, root := asApp(t)
	app.Want("$5\r\napp:1\r\n", "SESS.CREATE", "app:1", "FIELDS", "1", "a", "1")
	root.Want("$6\r\nroot:1\r\n", "SESS.ROTATE", "app:1", "root:1", "GRACE", "60000")
	for _, request := range []string{"SESS.GET app:1", "SESS.SAVE app:1 a 2", "SESS.META app:1", "SESS.DESTROY app:1", "SESS.TOUCH app:1", "SESS.CLEAR app:1"} {
		app.Want(noKey, strings.Fields(request)...)
	}
	if log := root.Do("ACL", "LOG"); !strings.Contains(log, servertest.Bulk("key")) || strings.Contains(log, "root:1") {
		t.Errorf("ACL LOG: %q", log)
	}
	root.Want("*2\r\n$1\r\na\r\n$1\r\n1\r\n", "SESS.GET", "app:1")
	root.Want("$5\r\napp:2\r\n", "SESS.ROTATE", "root:1", "app:2")
	app.Want("*2\r\n$1\r\na\r\n$1\r\n1\r\n", "SESS.GET", "app:1")
}
