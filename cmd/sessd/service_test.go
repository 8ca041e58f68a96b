package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// manager is a service manager that a daemon tells how it fares.
type manager struct {
	t    *testing.T
	path string
	conn *net.UnixConn
}

func newManager(t *testing.T) *manager {
	t.Helper()
	dir, err := os.MkdirTemp("", "sessd") // short, as the path of a socket must be
	if err != nil {
		t.Fatal(err)
	}
	m := &manager{t: t, path: filepath.Join(dir, "notify")}
	if m.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: m.path}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.conn.Close()
		os.RemoveAll(dir)
	})
	return m
}

// launch starts a daemon that reports here.
func (m *manager) launch(variables []string, flags ...string) *sessdtest.Process {
	m.t.Helper()
	return sessdtest.Launch(m.t, append(variables, "NOTIFY_SOCKET="+m.path), append([]string{"--bind", "127.0.0.1", "--port", "0"}, flags...)...)
}

// told returns the messages that have come.
func (m *manager) told() (all [][]string) {
	m.t.Helper()
	self, err := net.Dial("unixgram", m.path)
	if err != nil {
		m.t.Fatal(err)
	}
	defer self.Close()
	const last = "that is all"
	go io.WriteString(self, last) // it waits where there is no room
	for message := m.next(time.Minute); message != nil; message = m.next(time.Minute) {
		if message[0] == last {
			return all
		}
		all = append(all, message)
	}
	m.t.Fatal("a message is lost")
	return nil
}

// next returns the lines of the next message; none came within that time: nothing.
func (m *manager) next(within time.Duration) []string {
	m.t.Helper()
	buf := make([]byte, 4096)
	m.conn.SetReadDeadline(time.Now().Add(within))
	n, err := m.conn.Read(buf)
	if err != nil {
		return nil
	}
	return strings.Split(string(buf[:n]), "\n")
}

// until returns the messages up to the first that has a line, all but pings of the watchdog.
func (m *manager) until(line string) (all [][]string) {
	m.t.Helper()
	for {
		message := m.next(time.Minute)
		if message == nil {
			m.t.Fatalf("no %s came after %q", line, all)
		}
		if message[0] != "WATCHDOG=1" || line == "WATCHDOG=1" {
			all = append(all, message)
		}
		if slices.Contains(message, line) {
			return all
		}
	}
}

// want waits for a message with exactly these lines, after nothing but pings.
func (m *manager) want(lines ...string) {
	m.t.Helper()
	if got := m.until(lines[0]); len(got) != 1 || !slices.Equal(got[0], lines) {
		m.t.Errorf("the service manager was told %q, want %q", got, lines)
	}
}

// ended fails the test if the process told more than pings before it ended.
func (m *manager) ended() {
	m.t.Helper()
	for _, message := range m.told() {
		if message[0] != "WATCHDOG=1" {
			m.t.Errorf("then it was told %q", message)
		}
	}
}

func TestManagerIsToldOfStartAndStop(t *testing.T) {
	for stop, end := range map[string]func(p *sessdtest.Process){
		"SIGTERM": func(p *sessdtest.Process) { p.Signal(syscall.SIGTERM) },
		"SHUTDOWN": func(p *sessdtest.Process) {
			addr := p.WaitFor(`listening.*addr=([0-9.:]+)`)[0]
			servertest.Dial(t, "tcp", addr).Send(servertest.Request("SHUTDOWN"))
		},
	} {
		t.Run(stop, func(t *testing.T) {
			m := newManager(t)
			p := m.launch(nil)
			m.want("READY=1", "STATUS=Ready")
			end(p)
			m.want("STOPPING=1", "STATUS=Stopping")
			if code, _ := p.Wait(); code != exitOK {
				t.Errorf("exit code %d", code)
			}
			m.ended()
		})
	}
}

// TestReadyOnlyOnceLoaded: the first request after READY finds what was kept, and damage is never ready.
func TestReadyOnlyOnceLoaded(t *testing.T) {
	dir := t.TempDir()
	m := newManager(t)
	p := m.launch(nil, "--dir", dir)
	c := servertest.Dial(t, "tcp", p.WaitFor(`listening.*addr=([0-9.:]+)`)[0])
	m.until("READY=1")
	value := make([]byte, 10_000)
	for i := range 200 {
		rand.NewChaCha8([32]byte{byte(i)}).Read(value)
		c.Want("+OK\r\n", "SET", fmt.Sprint("key", i), string(value))
	}
	c.Close()
	p.Signal(syscall.SIGTERM)
	p.Wait()
	m.until("STOPPING=1")

	p = m.launch(nil, "--dir", dir)
	addr := p.WaitFor(`listening.*addr=([0-9.:]+)`)[0]
	told := m.until("READY=1")
	c = servertest.Dial(t, "tcp", addr)
	c.Want(":200\r\n", "DBSIZE")
	c.Close()
	if len(told) < 2 || !strings.HasPrefix(told[0][0], "STATUS=Loading: ") || told[0][1] != "EXTEND_TIMEOUT_USEC=30000000" {
		t.Errorf("before and with READY it was told %q", told)
	}
	p.Signal(syscall.SIGTERM)
	p.Wait()
	m.until("STOPPING=1")

	if err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || len(text) < 1<<20 {
			return err
		}
		copy(text[len(text)/2:], "damaged")
		return os.WriteFile(path, text, 0o600)
	}); err != nil {
		t.Fatal(err)
	}
	p = m.launch(nil, "--dir", dir)
	if code, _ := p.Wait(); code != exitError {
		t.Fatalf("exit code %d with a damaged log", code)
	}
	var last []string
	for _, message := range m.told() {
		if last = message; slices.Contains(message, "READY=1") {
			t.Errorf("it was ready: %q", message)
		}
	}
	if len(last) != 1 || !strings.HasPrefix(last[0], "STATUS=Ended by an error: ") {
		t.Errorf("last it was told %q:\n%s", last, p.Log())
	}
}

func TestManagerIsToldOfReloads(t *testing.T) {
	dir := t.TempDir()
	path, socket := filepath.Join(dir, "sessd.conf"), "unixsocket "+filepath.Join(dir, "s")+"\nport off\n"
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(socket)
	m := newManager(t)
	p := sessdtest.Launch(t, []string{"NOTIFY_SOCKET=" + m.path}, path)
	m.until("READY=1")
	for text, status := range map[string]string{
		"idle-timeout 1h\n":         "STATUS=Ready",
		"idle-timeout never ever\n": "STATUS=Ready, but nothing was read again: ",
	} {
		write(socket + text)
		p.Signal(syscall.SIGHUP)
		begins := m.next(time.Minute)
		var at int64
		if len(begins) != 2 || begins[0] != "RELOADING=1" {
			t.Fatalf("%q: it was told %q", text, begins)
		}
		if _, err := fmt.Sscanf(begins[1], "MONOTONIC_USEC=%d", &at); err != nil || at == 0 {
			t.Errorf("%q: %v", begins[1], err)
		}
		if ends := m.next(time.Minute); len(ends) != 2 || ends[0] != "READY=1" || !strings.HasPrefix(ends[1], status) || (ends[1] == status) != (status == "STATUS=Ready") {
			t.Errorf("%q: it was told %q, want %q", text, ends, status)
		}
	}
}

// TestWatchdogHearsNothingOfALoopThatHangs, and hears of it again once the loop goes on.
func TestWatchdogHearsNothingOfALoopThatHangs(t *testing.T) {
	m := newManager(t)
	p := m.launch([]string{"WATCHDOG_USEC=400000"}, "--enable-debug-command", "yes")
	addr := p.WaitFor(`listening.*addr=([0-9.:]+)`)[0]
	for range 3 {
		m.until("WATCHDOG=1")
	}
	const hangs = 3 * time.Second
	c := servertest.Dial(t, "tcp", addr)
	begun := time.Now()
	c.Send(servertest.Request("MULTI") + servertest.Request("DEBUG", "SLEEP", fmt.Sprint(hangs.Seconds())) + servertest.Request("EXEC"))
	p.WaitFor(`level=ERROR msg="a check failed: .*" error="event loop \d: no answer`)
	m.told() // before
	if message := m.next(hangs / 4); message != nil && time.Since(begun) < hangs {
		t.Errorf("while a loop hung: %q", message)
	}
	for _, want := range []string{"+OK\r\n", "+QUEUED\r\n", "*1\r\n+OK\r\n"} {
		if got := c.Reply(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	m.until("WATCHDOG=1")
	p.Signal(syscall.SIGTERM)
	if code, _ := p.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
