package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

func TestPortInUse(t *testing.T) {
	first := sessdtest.Start(t)
	_, port, _ := net.SplitHostPort(first.Addr)
	second := sessdtest.Launch(t, nil, "--port", port)
	code, _ := second.Wait()
	want := "sessd: " + first.Addr + " is in use by another program: stop that one, or choose another port with --port\n"
	if code != exitError || second.Log() != want {
		t.Errorf("exit code %d, log:\n%swant %s", code, second.Log(), want)
	}
	first.Dial(t).Want("+PONG\r\n", "PING")
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	first := sessdtest.Start(t, "--unixsocket", path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode != os.ModeSocket|0o600 {
		t.Errorf("mode %v, want a socket for its user alone", mode)
	}
	servertest.Dial(t, "unix", path).Want("+PONG\r\n", "PING")

	second := sessdtest.Launch(t, nil, "--port", "0", "--unixsocket", path)
	code, _ := second.Wait()
	want := "sessd: " + path + " is in use by another program: stop that one, or choose another path with --unixsocket\n"
	if code != exitError || second.Log() != want {
		t.Errorf("exit code %d, log:\n%swant %s", code, second.Log(), want)
	}
	servertest.Dial(t, "unix", path).Want("+PONG\r\n", "PING")

	first.Signal(syscall.SIGTERM)
	first.Wait()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there after the stop: %v", err)
	}
}

func TestUnixSocketOfADeadProcessIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	sessdtest.Start(t, "--unixsocket", path)
	servertest.Dial(t, "unix", path).Want("+PONG\r\n", "PING")
}

func TestUnixSocketNeverReplacesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(path, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := sessdtest.Launch(t, nil, "--port", "0", "--unixsocket", path)
	code, _ := p.Wait()
	want := "sessd: " + path + " exists and is no socket: choose another path with --unixsocket\n"
	if code != exitError || p.Log() != want {
		t.Errorf("exit code %d, log:\n%swant %s", code, p.Log(), want)
	}
	if text, err := os.ReadFile(path); string(text) != "dear" {
		t.Errorf("the file holds %q now (%v)", text, err)
	}
}

// TestConfigGetTellsEverySetting compares what the flags set with what clients are told, which leaves out passwords.
func TestConfigGetTellsEverySetting(t *testing.T) {
	authority := servertest.NewAuthority(t)
	authority.Issue(t, "server")
	given := map[string]string{
		"frame-timeout": "7s", "auth-timeout": "8s", "write-timeout": "9s", "tls-handshake-timeout": "6s", "proto-max-args": "2000",
		"proto-inline-max-size": "2048", "io-threads": "3", "io-uring": "no", "maxclients": "100", "tls-auth-clients": "optional",
		"tls-cert-file": authority.File("server.crt"), "tls-key-file": authority.File("server.key"), "tls-ca-cert-file": authority.File("ca.crt"),
	}
	flags := []string{"--tls-port", "0"}
	for name, value := range given {
		flags = append(flags, "--"+name, value)
	}
	c := sessdtest.Start(t, flags...).Dial(t)
	for _, row := range newOptions().settings {
		value, known := given[row.Name]
		switch {
		case row.Secret:
			c.Want("*0\r\n", "CONFIG", "GET", row.Name)
		case known:
			c.Want(fmt.Sprintf("*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(row.Name), row.Name, len(value), value), "CONFIG", "GET", row.Name)
		case c.Do("CONFIG", "GET", row.Name) == "*0\r\n":
			t.Errorf("CONFIG GET does not tell %s", row.Name)
		}
	}
}

// TestNowhereToListen ends at once: a daemon that nobody can reach would look like one that runs.
func TestNowhereToListen(t *testing.T) {
	p := sessdtest.Launch(t, nil, "--port", "off")
	code, _ := p.Wait()
	if want := "sessd: nothing to listen on: give --port, --tls-port or --unixsocket\n"; code != exitError || p.Log() != want {
		t.Errorf("exit code %d, log:\n%swant %s", code, p.Log(), want)
	}
}

func TestJSONLog(t *testing.T) {
	d := sessdtest.Start(t, "--log-format", "json", "--log-level", "debug")
	d.Dial(t).Want("+PONG\r\n", "PING")
	d.Signal(syscall.SIGINT)
	if code, _ := d.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	seen := make(map[string]bool)
	for line := range strings.Lines(d.Log()) {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" || entry.Level == "" {
			t.Errorf("%q: %v", line, err)
		}
		seen[entry.Level+" "+entry.Msg] = true
	}
	for _, want := range []string{"INFO listening", "DEBUG connection closed", "INFO stopped"} {
		if !seen[want] {
			t.Errorf("the log has no %q:\n%s", want, d.Log())
		}
	}
}

func TestLogLevel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	p := sessdtest.Launch(t, []string{"SESSD_PORT=0", "SESSD_LOG_LEVEL=warn", "SESSD_UNIXSOCKET=" + path})
	c := servertest.NewConn(t, dialWhenThere(t, path))
	c.Want("+PONG\r\n", "PING")
	p.Signal(syscall.SIGTERM)
	if code, _ := p.Wait(); code != exitOK || p.Log() != "" {
		t.Errorf("exit code %d, log:\n%s", code, p.Log())
	}
}

func TestUnixSocketPermissions(t *testing.T) {
	for _, digits := range []string{"600", "660", "777", "700"} {
		path := filepath.Join(t.TempDir(), "s.sock")
		d := sessdtest.Start(t, "--unixsocket", path, "--unixsocketperm", digits)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%o", info.Mode().Perm()); got != digits {
			t.Errorf("permissions %s, want %s", got, digits)
		}
		d.Dial(t).Want("*2\r\n$14\r\nunixsocketperm\r\n$3\r\n"+digits+"\r\n", "CONFIG", "GET", "unixsocketperm")
	}
}

func TestLogLevelChangesWhileItRuns(t *testing.T) {
	d := sessdtest.Start(t)
	c := d.Dial(t)
	c.Want("-ERR CONFIG SET failed (possibly related to argument 'log-level') - argument(s) must be one of the following: debug, info, warn, error\r\n", "CONFIG", "SET", "log-level", "loud")
	c.Want("+OK\r\n", "CONFIG", "SET", "log-level", "DEBUG")
	c.Want("*2\r\n$9\r\nlog-level\r\n$5\r\ndebug\r\n", "CONFIG", "GET", "log-level")
	d.Dial(t).Want("+OK\r\n", "QUIT")
	d.WaitFor(`level=DEBUG msg="connection closed"`)
}

// TestVariablesOfKubernetes starts with what a service of the name sessd puts into the environment of its neighbours.
func TestVariablesOfKubernetes(t *testing.T) {
	p := sessdtest.Launch(t, []string{"SESSD_PORT=tcp://10.0.0.1:6379", "SESSD_SERVICE_HOST=10.0.0.1", "SESSD_IDLE_TIMOUT=3m"}, "--unixsocket", filepath.Join(t.TempDir(), "s.sock"), "--tls-port", "off", "--port", "0")
	p.WaitFor(`level=WARN msg="SESSD_IDLE_TIMOUT means nothing: there is no such setting; did you mean SESSD_IDLE_TIMEOUT\?"`)
	p.WaitFor("msg=listening")
	p.Signal(syscall.SIGTERM)
	if code, _ := p.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(p.Log(), "SERVICE_HOST") {
		t.Error("the log tells of what Kubernetes sets")
	}
}
