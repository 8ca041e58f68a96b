package security

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

const (
	noAuth    = "-NOAUTH Authentication required.\r\n"
	wrongPass = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
)

// usersFile writes a users file and returns its path.
func usersFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRequirePass(t *testing.T) {
	d := sessdtest.Start(t, "--requirepass", "open sesame")
	d.Dial(t).Want(noAuth, "GET", "k")
	wantLine(t, redisCLI(t, d.Addr, "GET", "k"), "NOAUTH Authentication required.")
	wantLine(t, redisCLI(t, d.Addr, "--no-auth-warning", "-a", "open sesame", "SET", "k", "hello"), "OK")
	wantLine(t, redisCLI(t, d.Addr, "--no-auth-warning", "--user", "default", "--pass", "open sesame", "GET", "k"), "hello")
	wantLine(t, redisCLI(t, d.Addr, "--no-auth-warning", "-a", "open barley", "GET", "k"), "WRONGPASS")
}

// TestUsersOfTheDocument starts the daemon with the users file that SECURITY.md shows.
func TestUsersOfTheDocument(t *testing.T) {
	readme, err := os.ReadFile("../../cmd/sessd/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(readme)) {
		if strings.HasPrefix(line, "user ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	d := sessdtest.Start(t, "--users-file", usersFile(t, lines...))
	conn := d.Dial(t)
	conn.Want(noAuth, "PING")
	conn.Want(wrongPass, "AUTH", "password") // nobody named the default user
	conn.Want("+OK\r\n", "AUTH", "web", "open-sesame")
	conn.Want("$2\r\ns1\r\n", "SESS.CREATE", "s1")
	conn.Want("+PONG\r\n", "PING")
	conn.Want("-NOPERM this user has no permissions to run the 'set' command\r\n", "SET", "k", "hello")
	conn.Want("-NOPERM this user has no permissions to run the 'config|get' command\r\n", "CONFIG", "GET", "maxclients")
	conn.Want("+OK\r\n", "AUTH", "ops", "password")
	conn.Want("+OK\r\n", "SET", "k", "hello")
	conn.Want("$3\r\nops\r\n", "ACL", "WHOAMI")
	wantLine(t, redisCLI(t, d.Addr, "--no-auth-warning", "--user", "web", "--pass", "open-sesame", "-3", "--json", "SESS.META", "s1"), `"revision":0`)
}

func TestUsersFileThatDoesNotParse(t *testing.T) {
	for _, test := range []struct{ line, reason string }{
		{"usr ann on", `a line begins with: user NAME`},
		{"user", `a line begins with: user NAME`},
		{"user ann on >hush +@nothing", `rule 3 of user "ann", "+@nothing": Unknown command or category name in ACL`},
		{"user ann on >hush +nothing", `rule 3 of user "ann", "+nothing": Unknown command or category name in ACL`},
		{"user ann on #hush", `rule 2 of user "ann", "#...": `},
		{"user ann >hush what", `rule 2 of user "ann", "what": Syntax error`},
		{"user bob on nopass", `user "bob" has two lines`},
	} {
		path := usersFile(t, "# users", "user bob on >hush ~* +@all", test.line)
		p := sessdtest.Launch(t, nil, "--port", "0", "--users-file", path)
		if code, _ := p.Wait(); code != 1 {
			t.Errorf("%s: exit code %d, want 1", test.line, code)
		}
		log := strings.ReplaceAll(p.Log(), `\"`, `"`)
		if want := "--users-file: " + path + ":3: " + test.reason; !strings.Contains(log, want) || strings.Contains(log, "hush") {
			t.Errorf("%s:\n%swant %s, and no password", test.line, log, want)
		}
	}
	p := sessdtest.Launch(t, nil, "--port", "0", "--users-file", filepath.Join(t.TempDir(), "nowhere"))
	if code, _ := p.Wait(); code != 1 || !strings.Contains(p.Log(), "nowhere: no such file or directory") {
		t.Errorf("a file that is not there: exit code %d, log:\n%s", code, p.Log())
	}
}

// TestBigRequestsBeforeAuth: nobody who has yet to say who it is makes the daemon keep much.
func TestBigRequestsBeforeAuth(t *testing.T) {
	d := sessdtest.Start(t, "--requirepass", "open sesame")
	megabyte := strings.Repeat("x", 1<<20)
	for _, test := range []struct{ sent, want string }{
		{servertest.Request("AUTH", megabyte), "-ERR Protocol error: unauthenticated bulk length\r\n"},
		{servertest.Request("HELLO", "3", "AUTH", "default", megabyte), "-ERR Protocol error: unauthenticated bulk length\r\n"},
		{"*2\r\n$4\r\nAUTH\r\n$16385\r\n", "-ERR Protocol error: unauthenticated bulk length\r\n"},
		{"*11\r\n", "-ERR Protocol error: unauthenticated multibulk length\r\n"},
	} {
		conn := d.Dial(t)
		conn.Write([]byte(test.sent)) // may break off: the daemon does not read to the end
		if got := conn.Reply(); got != test.want {
			t.Errorf("%.40q...: %q, want %q", test.sent, got, test.want)
		}
	}
	conn := d.Dial(t)
	conn.Want(wrongPass, "AUTH", megabyte[:16<<10])
	conn.Want("+OK\r\n", "AUTH", "open sesame")
	conn.Want("+OK\r\n", "SET", "k", megabyte)
}
