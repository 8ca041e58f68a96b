//go:build unix

package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// auditLines returns the lines of an audit once one of them has an event for which enough is true.
func auditLines(t *testing.T, path string, enough func(map[string]any) bool) (lines []map[string]any) {
	t.Helper()
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		text, _ := os.ReadFile(path)
		lines = lines[:0]
		for line := range bytes.Lines(text) {
			fields := make(map[string]any)
			if err := json.Unmarshal(line, &fields); err != nil {
				break // its end is yet to come
			}
			lines = append(lines, fields)
		}
		if slices.ContainsFunc(lines, enough) {
			return lines
		}
	}
	t.Fatalf("the audit has not what is looked for: %v", lines)
	return nil
}

// is returns what reports whether a line has these fields.
func is(pairs ...any) func(map[string]any) bool {
	return func(line map[string]any) bool {
		for i := 0; i < len(pairs); i += 2 {
			if fmt.Sprint(line[pairs[i].(string)]) != fmt.Sprint(pairs[i+1]) {
				return false
			}
		}
		return true
	}
}

const auditKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// hashed is the hash that the documentation promises.
func hashed(value string) string {
	key, _ := hex.DecodeString(auditKey)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

// auditing starts a daemon that keeps a record in a file, and opens a connection of its user root.
func auditing(t *testing.T, flags ...string) (path string, d *sessdtest.Daemon, c *servertest.Conn) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit")
	users := write(t, "users", "user default off\nuser rootuser on >rootsecret ~* &* +@all\nuser reader on >readsecret %R~visible* +sess.get +hello\n")
	flags = append([]string{"--audit-log", path, "--audit-key-file", write(t, "key", auditKey+"\n"), "--users-file", users}, flags...)
	d = sessdtest.Start(t, flags...)
	c = d.Dial(t)
	c.Want("+OK\r\n", "AUTH", "rootuser", "rootsecret")
	c.Want("+OK\r\n", "CLIENT", "SETNAME", "connection-of-root")
	return path, d, c
}

func TestAuditTellsEveryEvent(t *testing.T) {
	path, d, c := auditing(t)
	c.Want("$9\r\nsecret-id\r\n", "SESS.CREATE", "secret-id", "PRINCIPAL", "ann-principal")
	c.Want("$9\r\nsecond-id\r\n", "SESS.ROTATE", "secret-id", "second-id")
	c.Want(":1\r\n", "SESS.DESTROY", "second-id")
	c.Want("$8\r\nthird-id\r\n", "SESS.CREATE", "third-id", "PRINCIPAL", "ann-principal")
	c.Want(":1\r\n", "SESS.DESTROYALL", "ann-principal")
	c.Want("$8\r\nshort-id\r\n", "SESS.CREATE", "short-id", "PX", "1")
	auditLines(t, path, is("event", "destroyed", "cause", "expired"))
	c.Want("$8\r\nfirst-ev\r\n", "SESS.CREATE", "first-ev", "PRINCIPAL", "bob-principal")
	c.Want("$9\r\nsecond-ev\r\n", "SESS.CREATE", "second-ev", "PRINCIPAL", "bob-principal", "MAXPERPRINCIPAL", "1", "EVICTOLDEST")
	c.Want("$8\r\nold-name\r\n", "SESS.CREATE", "old-name")
	c.Want("+OK\r\n", "RENAME", "old-name", "new-name")
	c.Want(":1\r\n", "DEL", "new-name")
	c.Want("+OK\r\n", "FLUSHALL")
	c.Want("+OK\r\n", "CONFIG", "SET", "maxclients", "400")
	c.Do("CONFIG", "REWRITE")
	c.Want("+OK\r\n", "ACL", "SETUSER", "made-user", "on", ">made-secret")
	c.Want(":1\r\n", "ACL", "DELUSER", "made-user")
	c.Want("+OK\r\n", "ACL", "SAVE")
	c.Want("+OK\r\n", "ACL", "LOAD")
	c.Want("+OK\r\n", "CONFIG", "RELOAD")
	reader := d.Dial(t)
	reader.Do("AUTH", "reader", "wrong-password")
	reader.Do("AUTH", "password-as-name", "wrong-password")
	reader.Want("+OK\r\n", "AUTH", "reader", "readsecret")
	reader.Do("SET", "hidden-key", "hidden-value")
	reader.Do("SESS.GET", "hidden-key")
	lines := auditLines(t, path, is("event", "denied", "reason", "key"))
	root := []any{"user_hash", hashed("rootuser"), "name_hash", hashed("connection-of-root"), "addr_hash", hashed("127.0.0.1")}
	ann := []any{"principal_hash", hashed("ann-principal")}
	for _, want := range [][]any{
		{"event", "started", "hash_key", hashed("sessd audit key")[:16], "hash_key_kept", true},
		slices.Concat([]any{"event", "login"}, root[:2]),
		slices.Concat([]any{"event", "created", "id_hash", hashed("secret-id"), "command", "sess.create", "keyspace", 0}, root, ann),
		slices.Concat([]any{"event", "rotated", "id_hash", hashed("second-id"), "former_hash", hashed("secret-id")}, root, ann),
		slices.Concat([]any{"event", "destroyed", "cause", "command", "command", "sess.destroy", "id_hash", hashed("second-id")}, root, ann),
		slices.Concat([]any{"event", "destroyed", "cause", "destroyall", "id_hash", hashed("third-id")}, root, ann),
		{"event", "destroyed", "cause", "expired", "id_hash", hashed("short-id"), "client", nil},
		{"event", "destroyed", "cause", "evicted", "id_hash", hashed("first-ev"), "principal_hash", hashed("bob-principal")},
		slices.Concat([]any{"event", "rotated", "command", "rename", "id_hash", hashed("new-name"), "former_hash", hashed("old-name")}, root),
		slices.Concat([]any{"event", "destroyed", "cause", "command", "command", "del", "id_hash", hashed("new-name")}, root),
		slices.Concat([]any{"event", "destroyed", "cause", "flush", "keyspace", 0, "id_hash", nil, "command", "flushall"}, root),
		slices.Concat([]any{"event", "config_set", "settings", "[maxclients]"}, root),
		slices.Concat([]any{"event", "config_rewritten", "failed", true}, root),
		slices.Concat([]any{"event", "config_reloaded"}, root),
		slices.Concat([]any{"event", "user_changed", "subject_hash", hashed("made-user")}, root),
		slices.Concat([]any{"event", "user_deleted", "subject_hash", hashed("made-user")}, root),
		slices.Concat([]any{"event", "users_saved", "failed", nil}, root),
		slices.Concat([]any{"event", "users_loaded", "failed", nil}, root),
		{"event", "login_failed", "reason", "password", "subject_hash", hashed("reader"), "failures", 1, "user_hash", nil},
		{"event", "login_failed", "reason", "unknown_user", "subject_hash", nil, "failures", 2},
		{"event", "denied", "reason", "command", "command", "set", "key_hash", nil, "user_hash", hashed("reader")},
		{"event", "denied", "reason", "key", "command", "sess.get", "key_hash", hashed("hidden-key"), "user_hash", hashed("reader")},
	} {
		if !slices.ContainsFunc(lines, is(want...)) {
			t.Errorf("the audit has no %v", want)
		}
	}
	d.Signal(syscall.SIGTERM)
	d.Wait()
	auditLines(t, path, is("event", "stopped"))
	text, _ := os.ReadFile(path)
	for _, secret := range []string{
		"-id", "principal\"", "-ev", "-name\"", "rootuser", "reader\"", "connection-of", "127.0.0.1", "hidden", "made-", "secret", "wrong", "password-as", auditKey[:8],
	} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("the audit has %q in the clear:\n%s", secret, text)
		}
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != auditMode {
		t.Errorf("mode %v", info.Mode())
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
}

func TestAuditOfManySessionsAndRestarts(t *testing.T) {
	dir := t.TempDir()
	path, d, c := auditing(t, "--dir", dir, "--audit-rate", "0")
	d.WaitFor("msg=loaded") // before that, requests are refused
	const many = 600
	for i := range many {
		c.Do("SESS.CREATE", fmt.Sprintf("many%d", i), "PRINCIPAL", "ann")
	}
	c.Do("SESS.CREATE", "lasts", "PRINCIPAL", "bob")
	c.Want(fmt.Sprintf(":%d\r\n", many), "SESS.DESTROYALL", "ann")
	c.Want(fmt.Sprintf(":%d\r\n", 0), "SESS.DESTROYALL", "ann")
	auditLines(t, path, func(map[string]any) bool {
		text, _ := os.ReadFile(path)
		return bytes.Count(text, []byte(`"event":"destroyed","cause":"destroyall"`)) == many
	})
	auditLines(t, path, is("event", "destroyed_all", "principal_hash", hashed("ann"), "user_hash", hashed("rootuser")))
	d.Signal(syscall.SIGTERM)
	d.Wait()
	before, _ := os.ReadFile(path)
	again, d, c := auditing(t, "--dir", dir)
	d.WaitFor("msg=loaded")
	c.Want(":1\r\n", "DBSIZE")
	c.Want(":1\r\n", "EXISTS", "lasts")
	c.Want(":1\r\n", "SESS.DESTROY", "lasts")
	for _, line := range auditLines(t, again, is("event", "destroyed")) {
		if line["event"] == "created" {
			t.Errorf("what was loaded is in the audit: %v", line)
		}
	}
	if bytes.Count(before, []byte(`"created"`)) != many+1 {
		t.Errorf("%d lines of new sessions, want %d", bytes.Count(before, []byte(`"created"`)), many+1)
	}
}

func TestAuditRateIsPerEvent(t *testing.T) {
	path, _, c := auditing(t, "--audit-rate", "5")
	for i := range 50 {
		c.Do("SESS.CREATE", fmt.Sprint("s", i))
	}
	c.Want("+OK\r\n", "CONFIG", "SET", "audit-rate", "7")
	auditLines(t, path, is("event", "config_set", "settings", "[audit-rate]"))
	created, left := 0, 0
	auditLines(t, path, func(map[string]any) bool { // until each of them is a line or told of
		text, _ := os.ReadFile(path)
		created, left = bytes.Count(text, []byte(`"event":"created"`)), 0
		for _, m := range regexp.MustCompile(`"of":"created","entries":(\d+)`).FindAllSubmatch(text, -1) {
			n, _ := strconv.Atoi(string(m[1]))
			left += n
		}
		return created+left == 50
	})
	info := c.Do("INFO", "stats")
	if created < 5 || left == 0 || !strings.Contains(info, fmt.Sprintf("audit_lines_left_out:%d\r\n", left)) || strings.Contains(info, "audit_lines:0\r\n") {
		t.Errorf("%d lines and %d left out; %s", created, left, info)
	}
}

func TestAuditThatNobodyReadsStallsNobody(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	d := sessdtest.Start(t, "--audit-log", fifo, "--audit-rate", "0")
	c := d.Dial(t)
	fill := func(n int) {
		for i := range n {
			if reply := c.Do("SESS.CREATE", fmt.Sprint(n, "x", i)); !strings.Contains(reply, "x") {
				t.Fatal(reply)
			}
		}
	}
	fill(100) // nobody has opened it
	reader, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	fill(10_000) // more than the pipe and the queue take
	lost := func() bool { return !strings.Contains(c.Do("INFO", "stats"), "audit_lines_lost:0\r\n") }
	if !lost() {
		t.Error("nothing is lost though nobody reads")
	}
	got, told := make([]byte, 0, 1<<20), false
	reader.SetReadDeadline(time.Now().Add(time.Minute))
	for buf := make([]byte, 64<<10); !told; {
		n, err := reader.Read(buf)
		if err != nil {
			t.Fatalf("%v after %d bytes", err, len(got))
		}
		got = append(got, buf[:n]...)
		told = bytes.Contains(got, []byte(`"event":"lost","entries":`))
	}
}

func TestAuditFileIsOpenedAgain(t *testing.T) {
	path, d, c := auditing(t)
	auditLines(t, path, is("event", "login"))
	os.Rename(path, path+".1")
	d.Signal(syscall.SIGUSR1)
	d.WaitFor("audit file opened again")
	c.Do("SESS.CREATE", "after")
	auditLines(t, path, is("event", "created", "id_hash", hashed("after")))
}

func TestAuditOverSyslog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	d := sessdtest.Start(t, "--audit-log", "syslog:"+path)
	d.Dial(t).Do("SESS.CREATE", "secret")
	socket.SetReadDeadline(time.Now().Add(time.Minute))
	for _, event := range []string{"started", "created"} {
		buf := make([]byte, 4<<10)
		n, err := socket.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		head, line, _ := strings.Cut(string(buf[:n]), ": ")
		fields := make(map[string]any)
		if err := json.Unmarshal([]byte(line), &fields); err != nil || !strings.HasPrefix(head, "<86>") || fields["event"] != event || strings.Contains(line, "secret") {
			t.Errorf("%q: %v", buf[:n], err)
		}
	}
}

func TestAuditToStandardError(t *testing.T) {
	d := sessdtest.Start(t, "--audit-log", "stderr")
	d.Dial(t).Do("SESS.CREATE", "secret")
	d.WaitFor(`"event":"created"`)
}

func TestAuditThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		want  string
		flags []string
	}{
		{"sessd: --audit-log: open /nosuch/audit: no such file or directory\n", []string{"--audit-log", "/nosuch/audit"}},
		{"sessd: --audit-key-file: open /nosuch/key: no such file or directory\n", []string{"--audit-log", "stderr", "--audit-key-file", "/nosuch/key"}},
		{"sessd: --audit-key-file needs --audit-log\n", []string{"--audit-key-file", "/nosuch/key"}},
		{"sessd: --audit-log: dial unixgram /nosuch/log: connect: no such file or directory\n", []string{"--audit-log", "syslog:/nosuch/log"}},
	} {
		checkRun(t, exitError, "", c.want, nil, append(c.flags, "--port", "0")...)
	}
}

// TestAuditIsDocumented holds the documentation to the words of the source.
func TestAuditIsDocumented(t *testing.T) {
	page, err := os.ReadFile("OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	words := 0
	for path, pattern := range map[string]string{"audit/entry.go": `(?m)(?:json:"|(?:event|cause)\w+ += ")(\w+)`, "../../commands/audit.go": `Act\w+ += "(\w+)"`} {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(pattern).FindAllSubmatch(source, -1) {
			words++
			if !bytes.Contains(page, []byte("`"+string(found[1])+"`")) {
				t.Errorf("the page on operations does not tell of %q in %s", found[1], path)
			}
		}
	}
	if words < 40 {
		t.Errorf("%d words of the audit were found", words)
	}
}

// TestAuditHashesAreOpenSSLs runs the command of the documentation.
func TestAuditHashesAreOpenSSLs(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not there")
	}
	page, _ := os.ReadFile("OPERATIONS.md")
	command := regexp.MustCompile(`printf %s ann .*`).FindString(string(page))
	command = strings.ReplaceAll(command, "/etc/sessd/audit.key", write(t, "key", auditKey))
	out, err := exec.Command("sh", "-c", command).Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != hashed("ann") {
		t.Errorf("%s: %q, %v, want %q", command, got, err, hashed("ann"))
	}
}
