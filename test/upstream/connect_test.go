//go:build unix

package upstream

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sessd/server/servertest"
	"sessd/test/redistest"
	"sessd/test/sessdtest"
)

// refused starts a daemon that cannot start, and returns the only line that it writes.
func refused(t *testing.T, flags ...string) string {
	t.Helper()
	p := sessdtest.Launch(t, nil, append([]string{"--port", "0", "--tls-port", "off", "--upstream-timeout", "30s"}, flags...)...)
	code, stdout := p.Wait()
	line, ok := strings.CutPrefix(p.Log(), "sessd: ")
	if (code != 1 && code != 2) || stdout != "" || !ok || strings.Count(line, "\n") != 1 {
		t.Errorf("%q: exit code %d, %q, %q", flags, code, stdout, p.Log())
	}
	return strings.TrimSpace(line)
}

// serves fails the test unless sessions can be made, changed and read.
func serves(t *testing.T, c *servertest.Conn, id string) {
	t.Helper()
	c.Want("$"+fmt.Sprint(len(id))+"\r\n"+id+"\r\n", "SESS.CREATE", id, "FIELDS", "1", "x", "1")
	c.Want(one, "SESS.SAVE", id, "x", "2")
	c.Want("*2\r\n$1\r\nx\r\n$1\r\n2\r\n", "SESS.GET", id)
	redistest.Until(t, "the near cache is linked", func() bool {
		return strings.Contains(c.Do("INFO", "upstream"), "upstream_linked:1\r\n")
	})
}

// TestEncrypted: certificates of both sides are checked, and a wrong one is named.
func TestEncrypted(t *testing.T) {
	ours, theirs := servertest.NewAuthority(t), servertest.NewAuthority(t)
	ours.Issue(t, "server")
	ours.Issue(t, "client")
	port := redistest.FreePort(t)
	plain := redistest.Serve(t, "--tls-port", fmt.Sprint(port), "--tls-cert-file", ours.File("server.crt"), "--tls-key-file", ours.File("server.key"),
		"--tls-ca-cert-file", ours.File("ca.crt"))
	url := fmt.Sprintf("rediss://127.0.0.1:%d", port)
	client := []string{"--upstream-tls-cert-file", ours.File("client.crt"), "--upstream-tls-key-file", ours.File("client.key")}
	d := start(t, append(client, "--upstream", url, "--upstream-tls-ca-cert-file", ours.File("ca.crt"))...)
	serves(t, d.Dial(t), "s")
	for _, test := range []struct {
		flags []string
		want  string
	}{
		{append(client, "--upstream", url, "--upstream-tls-ca-cert-file", theirs.File("ca.crt")), `the upstream cannot be reached: .*certificate signed by unknown authority`},
		{append(client, "--upstream", url), `the upstream cannot be reached: .*certificate signed by unknown authority`},
		{[]string{"--upstream", url, "--upstream-tls-ca-cert-file", ours.File("ca.crt")}, `the upstream cannot be reached: .*(certificate required|upstream-tls-cert-file names it)`},
		{append(client, "--upstream", url, "--upstream-tls-ca-cert-file", ours.File("none")), `--upstream-tls-ca-cert-file: .*no such file`},
		{append(client, "--upstream", url, "--upstream-tls-ca-cert-file", ours.File("client.key")), `--upstream-tls-ca-cert-file: .*has no certificate`},
		{append(client[:2:2], "--upstream", url), `belong together`},
		{append(client[:2:2], "--upstream", url, "--upstream-tls-key-file", ours.File("server.key")), `--upstream-tls-cert-file .*private key does not match`},
		{[]string{"--upstream", strings.Replace(url, "rediss", "redis", 1)}, `the upstream cannot be reached: .*begins with rediss`},
		{append(client, "--upstream", "rediss://"+plain.Address, "--upstream-timeout", "1s"), `the upstream cannot be reached: .*with redis instead`},
	} {
		if line := refused(t, test.flags...); !regexp.MustCompile(test.want).MatchString(line) {
			t.Errorf("%q: %q, want %q", test.flags, line, test.want)
		}
	}
}

// TestUserAndDatabase: what the URL names is used for requests and for the link.
func TestUserAndDatabase(t *testing.T) {
	s := redistest.Serve(t)
	s.Do("ACL", "SETUSER", "web", "on", ">pass:w@rd", "~sess*", "&*", "+@all", "-@admin")
	s.Do("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all")
	s.Do("ACL", "SETUSER", "default", "off")
	cli := func(words ...string) string {
		return s.Do(append([]string{"--user", "admin", "--pass", "admin", "--no-auth-warning"}, words...)...)
	}
	url := "redis://web:pass%3Aw%40rd@" + s.Address + "/3"
	serves(t, start(t, "--upstream", url).Dial(t), "s")
	if keys := cli("-n", "3", "KEYS", "*"); !strings.Contains(keys, ":s") || cli("DBSIZE") != "0" {
		t.Errorf("database 3 has %q, database 0 %s", keys, cli("DBSIZE"))
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("pass:w@rd\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	serves(t, start(t, "--upstream", "redis://web@"+s.Address, "--upstream-password-file", file).Dial(t), "s")
	if n := cli("DBSIZE"); n != "1" {
		t.Errorf("database 0 has %s keys", n)
	}
	for _, test := range []struct{ url, want string }{
		{"redis://web:wrong@" + s.Address, `the upstream cannot be reached: WRONGPASS`},
		{"redis://" + s.Address, `NOAUTH`},
		{"redis://web:pass%3Aw%40rd@" + s.Address + "/99", `the upstream cannot be reached: DB index is out of range`},
		{"redis://web:pass%3Aw%40rd@" + s.Address + "/x", `"x" where the number of a database belongs`},
	} {
		line := refused(t, "--upstream", test.url)
		if !regexp.MustCompile(test.want).MatchString(line) {
			t.Errorf("%s: %q, want %q", test.url, line, test.want)
		}
		if strings.Contains(line, "w@rd") || strings.Contains(line, "w%40rd") || strings.Contains(line, ":wrong") {
			t.Errorf("%s: the line has the password: %q", test.url, line)
		}
	}
}

// TestUnixSocket, with a database.
func TestUnixSocket(t *testing.T) {
	socket := redistest.Start(t)
	serves(t, start(t, "--upstream", "unix://"+socket+"?db=2").Dial(t), "s")
	out, err := exec.Command("redis-cli", "-s", socket, "-n", "2", "DBSIZE").Output()
	if err != nil || strings.TrimSpace(string(out)) != "1" {
		t.Errorf("database 2 has %q keys, %v", out, err)
	}
	if line := refused(t, "--upstream", "unix://"+socket+"x"); !strings.Contains(line, "no such file") {
		t.Errorf("no socket: %q", line)
	}
}

// TestValkey serves as well.
func TestValkey(t *testing.T) {
	program, err := exec.LookPath("valkey-server")
	if err != nil {
		t.Skip("NOT TESTED with Valkey: no valkey-server in PATH; SESSD_TEST_REDIS_SERVER=/path/valkey-server runs every test here with it")
	}
	s := redistest.ServeProgram(t, program)
	c := start(t, "--upstream", "redis://"+s.Address).Dial(t)
	serves(t, c, "s")
	c.Want("$1\r\nt\r\n", "SESS.ROTATE", "s", "t", "PRINCIPAL", "ann")
	c.Want(one, "SESS.DESTROYALL", "ann")
	c.Want(null, "SESS.GET", "t")
}

// TestWrongUpstream: what cannot be is refused in one line that says what can.
func TestWrongUpstream(t *testing.T) {
	s, node := redistest.Serve(t), redistest.Serve(t, "--cluster-enabled", "yes")
	s.Do("ACL", "SETUSER", "scriptless", "on", "nopass", "~*", "&*", "+@all", "-@scripting")
	s.Do("ACL", "SETUSER", "keyless", "on", "nopass", "~other*", "&*", "+@all")
	for _, test := range []struct {
		flags []string
		want  string
	}{
		{[]string{"--upstream", "localhost:6379"}, `redis://host:port`},
		{[]string{"--upstream", "http://localhost"}, `redis://host:port`},
		{[]string{"--upstream", "redis-sentinel://" + s.Address}, `redis-sentinel://host,host/name`},
		{[]string{"--upstream", "redis-sentinel://" + s.Address + "/m"}, `the upstream cannot be reached: .*no Sentinel: the URL of a server begins with redis`},
		{[]string{"--upstream", "redis-cluster://" + s.Address}, `the upstream is no cluster: .*cluster support disabled`},
		{[]string{"--upstream", "redis://scriptless:x@" + s.Address}, `lacks a right`},
		{[]string{"--upstream", "redis://keyless:x@" + s.Address}, `lacks a right.*the keys sess\*`},
		{[]string{"--upstream", "redis://" + node.Address}, `the upstream is a node of a cluster: .*redis-cluster`},
		{[]string{"--upstream", "redis-cluster://" + s.Address + "/2"}, `a cluster has only one`},
		{[]string{"--upstream", "redis://" + s.Address + "," + s.Address}, `redis-cluster://`},
		{[]string{"--upstream", "redis://" + s.Address, "--dir", t.TempDir()}, `give one of them`},
		{[]string{"--upstream", "redis://" + s.Address, "--near-cache", "much"}, `near-cache`},
	} {
		if line := refused(t, test.flags...); !regexp.MustCompile(test.want).MatchString(line) {
			t.Errorf("%q: %q, want %q", test.flags, line, test.want)
		}
	}
}
