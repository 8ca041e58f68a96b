package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sessd/server"
	"sessd/server/servertest"
)

// fewDescriptors in the environment makes this test binary a server that has them.
const fewDescriptors = "SERVER_TEST_FEW_DESCRIPTORS"

// TestFewDescriptors runs a server that may have 64 descriptors out of them. It waits for some instead of spinning, serves
// those who are in, and serves the others when there are descriptors again.
func TestFewDescriptors(t *testing.T) {
	for _, driver := range []string{"loops", "streams"} {
		t.Run(driver, func(t *testing.T) {
			child := exec.Command(os.Args[0], "-test.run=^TestServeWithFewDescriptors$")
			child.Env = append(os.Environ(), fewDescriptors+"="+driver)
			stop, err := child.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			child.Stderr = &log
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			addr, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			first := servertest.Dial(t, "tcp", strings.TrimSpace(addr))
			first.Want("+PONG\r\n", "PING")
			var all []net.Conn
			for range 60 {
				nc, err := net.Dial("tcp", strings.TrimSpace(addr))
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, nc)
			}
			for range 3 { // long enough for a server that spins to say so
				time.Sleep(50 * time.Millisecond)
				first.Want("+PONG\r\n", "PING")
			}
			for _, nc := range all {
				nc.Close()
			}
			servertest.Dial(t, "tcp", strings.TrimSpace(addr)).Want("+PONG\r\n", "PING")
			stop.Close()
			io.Copy(io.Discard, out)
			if err := child.Wait(); err != nil {
				t.Error(err)
			}
			if n := strings.Count(log.String(), "too many open files"); n == 0 || n > 50 {
				t.Errorf("the log tells %d times of too many open files", n)
			}
		})
	}
}

// TestServeWithFewDescriptors is the server of TestFewDescriptors, in a process of its own.
func TestServeWithFewDescriptors(t *testing.T) {
	driver := os.Getenv(fewDescriptors)
	if driver == "" {
		t.Skip("this is a part of TestFewDescriptors")
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: 64}); err != nil {
		t.Fatal(err)
	}
	s := servertest.Start(t, limited(func(o *server.Options) {
		o.MaxClients, o.Streams = 32, driver == "streams"
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}))
	var taken []int
	for { // by somebody else: what is left is less than maxclients
		fd, err := unix.Open(os.DevNull, unix.O_RDONLY, 0)
		if err != nil {
			break
		}
		taken = append(taken, fd)
	}
	for _, fd := range taken[len(taken)-10:] {
		unix.Close(fd)
	}
	fmt.Println(s.Addr)
	io.Copy(io.Discard, os.Stdin)
}

// TestSetMaxClients takes as many as there can be descriptors for.
func TestSetMaxClients(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	const much = "1073741824" // more than the kernel lets anybody have
	var room int
	why := c.Do("CONFIG", "SET", "maxclients", much)
	_, err := fmt.Sscanf(why, "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - "+
		"The operating system is not able to handle the specified number of clients, try with %d\r\n", &room)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err != nil || room >= int(limit.Cur)-16 || room < int(limit.Cur)/2 {
		t.Fatalf("got %q with %d descriptors", why, limit.Cur)
	}
	wantSetting(t, c, "maxclients", "10000")
	c.Want("+OK\r\n", "CONFIG", "SET", "maxclients", fmt.Sprint(room))
	wantSetting(t, c, "maxclients", fmt.Sprint(room))
}

// TestMaxClientsIsLoweredToTheDescriptors where the limit on them cannot be raised.
func TestMaxClientsIsLoweredToTheDescriptors(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	const much = 1 << 30 // more than the kernel lets anybody have
	var log bytes.Buffer
	s := servertest.Start(t, limited(func(o *server.Options) {
		o.MaxClients = much
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	}))
	reply := s.Dial(t).Do("CONFIG", "GET", "maxclients")
	if strings.Contains(reply, fmt.Sprint(much)) || !strings.Contains(log.String(), "maxclients is lowered") {
		t.Errorf("got %q, log %q", reply, log.String())
	}
}
