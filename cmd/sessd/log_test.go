package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// logged is a daemon on a unix socket whose log is a pipe that the test owns.
type logged struct {
	cmd    *exec.Cmd
	socket string
	log    *os.File
}

// launchLogged starts a daemon and returns once it accepts connections. Nobody has read its log.
func launchLogged(t *testing.T, flags ...string) *logged {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	l := &logged{socket: filepath.Join(t.TempDir(), "s.sock"), log: r}
	l.cmd = exec.Command(sessdtest.Binary(t), append([]string{"--port", "off", "--unixsocket", l.socket}, flags...)...)
	l.cmd.Stderr = w
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		r.Close()
		l.cmd.Process.Kill()
		l.cmd.Wait()
	})
	dialWhenThere(t, l.socket).Close()
	return l
}

func (l *logged) dial(t *testing.T) *servertest.Conn {
	t.Helper()
	return servertest.Dial(t, "unix", l.socket)
}

// sendHTTP makes the daemon log that it refused an HTTP request.
func (l *logged) sendHTTP(t *testing.T) {
	t.Helper()
	c := l.dial(t)
	c.Send("POST / HTTP/1.1\r\n")
	c.WantClosed()
}

// stop ends the daemon by SIGTERM, which must end it with exit code 0.
func (l *logged) stop(t *testing.T) {
	t.Helper()
	l.cmd.Process.Signal(syscall.SIGTERM)
	if err := l.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestReaderOfTheLogIsGone(t *testing.T) {
	for _, level := range []string{"info", "debug"} {
		l := launchLogged(t, "--requirepass", "open-sesame", "--log-level", level)
		if _, err := bufio.NewReader(l.log).ReadString('\n'); err != nil { // as head -1 does
			t.Fatal(err)
		}
		l.log.Close()
		l.sendHTTP(t)
		c := l.dial(t)
		c.Want("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "wrong")
		l.cmd.Process.Signal(syscall.SIGHUP)
		c.Want("+OK\r\n", "AUTH", "open-sesame")
		l.sendHTTP(t)
		c.Want("+PONG\r\n", "PING")
		for strings.Contains(c.Do("INFO", "stats"), "log_lines_lost:0\r\n") {
			time.Sleep(time.Millisecond) // the log is written in the background
		}
		l.stop(t)
	}
}

func TestNobodyReadsTheLog(t *testing.T) {
	l := launchLogged(t, "--log-level", "debug")
	c := l.dial(t)
	for range 1000 { // the lines of which do not fit the pipe
		l.sendHTTP(t)
		c.Want("+PONG\r\n", "PING")
	}
	l.cmd.Process.Signal(syscall.SIGHUP)
	c.Want("+PONG\r\n", "PING")
	l.stop(t)
}

func TestStrangersDoNotFloodTheLog(t *testing.T) {
	l := launchLogged(t)
	const requests = 200
	for range requests {
		l.sendHTTP(t)
	}
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(l.log)
		text <- string(all)
	}()
	l.stop(t)
	log := <-text
	told := strings.Count(log, `msg="HTTP request refused"`)
	left := 0
	for line := range strings.Lines(log) {
		n := 0
		if _, after, found := strings.Cut(line, `msg="log lines left out: too many of one kind" kind="HTTP request refused" lines=`); found {
			fmt.Sscan(after, &n)
		}
		left += n
	}
	if told >= requests || told+left != requests {
		t.Errorf("%d requests, %d lines and %d left out:\n%s", requests, told, left, log)
	}
}

func TestStartIsLogged(t *testing.T) {
	d := sessdtest.Start(t, "--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru")
	want := `msg="started: sessions and keys are kept in memory only and end with this process" version=` + version +
		" maxmemory=1073741824 maxmemory-policy=allkeys-lru maxclients=10000 idle-timeout=30m0s absolute-timeout=0s users=1\n"
	if !strings.Contains(d.Log(), want) {
		t.Errorf("the log lacks\n%s", want)
	}
}
