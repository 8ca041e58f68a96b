package security

import (
	"slices"
	"strings"
	"testing"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

func TestWrongPasswordsAreNowhere(t *testing.T) {
	const wrong = "wrong-horse"
	for _, format := range []string{"text", "json"} {
		d := sessdtest.Start(t, "--log-level", "debug", "--log-format", format, "--requirepass", "correct-horse")
		conn := d.Dial(t)
		conn.Want(wrongPass, "AUTH", wrong)
		conn.Want(wrongPass, "AUTH", wrong, "anything") // typed in place of the name
		conn.Want(wrongPass, "HELLO", "3", "AUTH", "default", wrong)
		conn.Want("-ERR syntax error\r\n", "AUTH", "default", wrong, wrong)
		conn.Want(noAuth, "SET", wrong, wrong)
		conn.Want("+OK\r\n", "AUTH", "correct-horse")
		d.WaitFor("authentication failed")
		wantNone(t, d, conn, []string{wrong, "correct-horse"})
	}
}

// wantNone fails the test when a secret stands in what the daemon logs or tells about itself.
func wantNone(t *testing.T, d *sessdtest.Daemon, operator *servertest.Conn, secrets []string) {
	t.Helper()
	said := map[string]string{"log": d.Log()}
	for _, request := range []string{"CLIENT LIST", "CLIENT INFO", "ACL LOG 128", "ACL LIST", "INFO everything", "CONFIG GET *"} {
		said[request] = operator.Do(strings.Fields(request)...)
	}
	for where, text := range said {
		if strings.HasPrefix(text, "-") {
			t.Errorf("%s: %q", where, text)
		}
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s tells the secret %s:\n%s", where, secret, text)
			}
		}
	}
}

// TestSessionIDsAreNowhereWhole runs every command on sessions, well and badly, as a user who may and one who may not.
func TestSessionIDsAreNowhereWhole(t *testing.T) {
	d := sessdtest.Start(t, "--log-level", "debug", "--max-session-fields", "2", "--users-file", usersFile(t,
		"user default on nopass ~* &* +@all", "user narrow on nopass ~cache:* +@session", "user silent on nopass ~* +ping"))
	conn, watch := d.Dial(t), d.Dial(t)
	watch.Want("+OK\r\n", "MONITOR")
	create := func(words ...string) string {
		reply := conn.Do(append([]string{"SESS.CREATE", "*"}, words...)...)
		return strings.Split(reply, "\r\n")[1]
	}
	one, two, three, gone := create("PRINCIPAL", "ann"), create("PRINCIPAL", "ann"), create(), create()
	conn.Want(":1\r\n", "SESS.DESTROY", gone)
	conn.Do("SET", "string", "x")

	requests := [][]string{
		{"SESS.CREATE", one}, {"SESS.CREATE", one, "EX", one}, {"SESS.CREATE", "string"}, {"SESS.CREATE", "new", one, one},
		{"SESS.GET", one}, {"SESS.GET", gone}, {"SESS.GET", one, one}, {"SESS.GET", one, "FIELDS", one}, {"SESS.GET"},
		{"SESS.SAVE", one, "lang", "en"}, {"SESS.SAVE", gone, "lang", "en"}, {"SESS.SAVE", one, one}, {"SESS.SAVE", one, "IFREV", one, "FIELDS", "1", "a", "b"},
		{"SESS.SAVE", one, "IFREV", "99", "FIELDS", "1", "a", "b"}, {"SESS.SAVE", one, "a", "1", "b", "2", "c", "3"},
		{"SESS.CLEAR", one}, {"SESS.CLEAR", gone}, {"SESS.CLEAR", one, one},
		{"SESS.TOUCH", one}, {"SESS.TOUCH", gone}, {"SESS.TOUCH", one, "EX", one},
		{"SESS.ROTATE", gone, "*"}, {"SESS.ROTATE", one, two}, {"SESS.ROTATE", one, one}, {"SESS.ROTATE", one, "*", "GRACE", one},
		{"SESS.META", one}, {"SESS.META", gone}, {"SESS.META", one, one},
		{"SESS.LIST", "ann"}, {"SESS.LIST", one}, {"SESS.LIST"},
		{"SESS.INCR", one, "n", "1"}, {"SESS.INCR", gone, "n", "1"}, {"SESS.INCR", one, "n", one}, {"SESS.TAKE", one, "FIELDS", "1", "a"}, {"SESS.TAKE", gone, "FIELDS", "1", "a"},
		{"SESS.TAKE", one, one}, {"SESS.APPEND", one, "a", "x"}, {"SESS.APPEND", gone, "a", "x"}, {"SESS.APPEND", one, "a", "x", one}, {"SESS.LOCK", one, "token", "PX", "1000"},
		{"SESS.LOCK", gone, "token", "PX", "1000"}, {"SESS.LOCK", one, one, "PX", one}, {"SESS.UNLOCK", one, "token"}, {"SESS.UNLOCK", gone, "token"}, {"SESS.UNLOCK", one, one, one},
		{"SESS.SCAN", "0"}, {"SESS.SCAN", one}, {"SESS.SCAN", "0", "MATCH", one, "COUNT", one},
		{"SESS.DESTROY", one, "string"}, {"SESS.DESTROY", gone}, {"GET", one}, {"INCR", one}, {"APPEND", one, one},
		{"EXPIRE", one, one}, {"MEMORY", "USAGE", one}, {"TYPE", one}, {"SESS.NOTHING", one}, {"COMMAND", "GETKEYS", "SESS.NOTHING", one},
		{"SESS.ROTATE", three, "*", "GRACE", "60000"}, {"SESS.GET", three}, {"SESS.DESTROYALL", "ann", "EXCEPT", one, one}, {"SESS.DESTROYALL", "ann", "EXCEPT", one},
	}
	ids := []string{one, two, three, gone}
	for _, user := range []string{"default", "narrow", "silent"} {
		conn.Want("+OK\r\n", "AUTH", user, "")
		for _, request := range requests {
			wantSecret(t, request, conn.Do(request...), ids)
		}
	}
	var run []string
	for _, request := range requests {
		run = append(run, strings.ToLower(request[0]))
	}
	conn.Want("+OK\r\n", "AUTH", "default", "")
	for name := range strings.SplitSeq(conn.Do("COMMAND", "LIST", "FILTERBY", "ACLCAT", "session"), "\r\n") {
		if strings.HasPrefix(name, "sess.") && !slices.Contains(run, name) {
			t.Errorf("%s was not asked for the ids it tells", name)
		}
	}
	wantNone(t, d, conn, ids)

	conn.Do("DBSIZE")
	for line := ""; !strings.Contains(strings.ToLower(line), `"dbsize"`); {
		line = watch.Reply()
		for _, id := range ids {
			if strings.Contains(line, id) {
				t.Errorf("MONITOR tells the id: %q", line)
			}
		}
	}
}

// wantSecret fails the test when an error tells an id.
func wantSecret(t *testing.T, request []string, reply string, ids []string) {
	t.Helper()
	if !strings.HasPrefix(reply, "-") {
		return
	}
	for _, id := range ids {
		if strings.Contains(reply, id) {
			t.Errorf("%q: the error tells the id: %q", request, reply)
		}
	}
}
