// Package redistest starts a real redis-server inside a test, to be asked what sessd is asked.
package redistest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Use8 has Start start the redis-server of Redis 8 that the variable SESSD_TEST_REDIS_8 names until the test ends. Without the
// variable, the test is skipped.
func Use8(t *testing.T) {
	t.Helper()
	program := os.Getenv("SESSD_TEST_REDIS_8")
	if program == "" {
		t.Skip("NOT TESTED against Redis 8: SESSD_TEST_REDIS_8 names no server of it")
	}
	t.Setenv("SESSD_TEST_REDIS_SERVER", program)
}

// Start starts the redis-server that the variable SESSD_TEST_REDIS_SERVER names, or else the one in PATH, with further flags,
// and returns the path of the unix socket that it listens on. It keeps nothing on disk and ends with the test. Where there is none, the
// test is skipped; where the variable names one that does not start, it fails.
func Start(t testing.TB, flags ...string) (socket string) {
	t.Helper()
	program := os.Getenv("SESSD_TEST_REDIS_SERVER")
	if program == "" {
		found, err := exec.LookPath("redis-server")
		if err != nil {
			t.Skip("NOT TESTED against Redis: no redis-server in PATH; install it, or name one in SESSD_TEST_REDIS_SERVER")
		}
		program = found
	}
	dir, err := os.MkdirTemp("", "redistest") // not t.TempDir: the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "redis.sock")
	var log strings.Builder
	cmd := exec.Command(program, append([]string{"--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--appendonly", "no"}, flags...)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if nc, err := net.Dial("unix", socket); err == nil {
			nc.Close()
			return socket
		}
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s", program, log.String())
		default:
		}
		if time.Since(begin) > time.Minute {
			t.Fatalf("%s does not listen on %s", program, socket)
		}
	}
}
