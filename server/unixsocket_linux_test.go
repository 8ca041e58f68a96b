package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestUnixSocketOfABusyProcessIsNotReplaced: one that does not accept is alive all the same.
func TestUnixSocketOfABusyProcessIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	socket := func() int {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		return fd
	}
	busy := socket()
	if err := unix.Bind(busy, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(busy, 1); err != nil {
		t.Fatal(err)
	}
	for full := false; !full; {
		full = unix.Connect(socket(), &unix.SockaddrUnix{Name: path}) != nil
	}
	l, err := listenUnix(path, DefaultUnixSocketPerm)
	if err == nil {
		l.Close()
	}
	if err == nil || !strings.Contains(err.Error(), path+" is in use by another program") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}
