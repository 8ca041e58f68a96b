package soak

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// TestThousandsWaitForALock: who waits costs no CPU, and all are served in the order in which they came.
func TestThousandsWaitForALock(t *testing.T) {
	waiting := 10_000
	if sessdtest.RaceDetector() {
		waiting = 1000
	}
	needDescriptors(t, uint64(waiting+200))
	d := sessdtest.Start(t, "--maxclients", strconv.Itoa(waiting+100))
	c := servertest.Dial(t, "tcp", d.Addr)
	c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
	c.Want("+OK\r\n", "SESS.LOCK", "s1", "first", "EX", "1000")
	conns := make([]quietConn, waiting)
	for i := range conns {
		conns[i] = dialQuietly(t, d.Addr)
		// What comes in one piece is answered in one: with the PONG, the other is known to wait.
		conns[i].send(t, servertest.Request("PING")+servertest.Request("SESS.LOCK", "s1", fmt.Sprint("t", i), "EX", "1000", "WAIT", "1000000"))
		conns[i].want(t, "+PONG\r\n")
	}

	wantBlocked(t, c, waiting)
	const most = 200 * time.Millisecond
	spent := d.Quietest(most)
	t.Logf("%d clients wait: %v of CPU in a second, %d MiB resident", waiting, spent, d.Figures(c).Resident>>20)
	if spent > most {
		t.Errorf("%d waiting clients take %v of CPU in a second", waiting, spent)
	}

	c.Want(":1\r\n", "SESS.UNLOCK", "s1", "first")
	for i, conn := range conns {
		conn.want(t, "+OK\r\n")
		conn.send(t, servertest.Request("SESS.UNLOCK", "s1", fmt.Sprint("t", i)))
		conn.want(t, ":1\r\n")
	}
	wantBlocked(t, c, 0)
}

// needDescriptors skips a test where the system allows fewer descriptors to a process.
func needDescriptors(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if most := uint64(limit.Max); most < n { // signed on some systems
		t.Skipf("a process may open %d files here (ulimit -Hn), and this takes %d", most, n)
	}
}

// quietConn is a connection without buffers.
type quietConn struct{ net.Conn }

// dialQuietly opens a connection, which the test's end closes.
func dialQuietly(t *testing.T, addr string) quietConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(5 * patience))
	return quietConn{conn}
}

func (c quietConn) send(t *testing.T, requests string) {
	t.Helper()
	if _, err := io.WriteString(c, requests); err != nil {
		t.Fatal(err)
	}
}

func (c quietConn) want(t *testing.T, want string) {
	t.Helper()
	reply := make([]byte, len(want))
	if _, err := io.ReadFull(c, reply); err != nil || string(reply) != want {
		t.Fatalf("replies %q, %v; want %q", reply, err, want)
	}
}

func wantBlocked(t *testing.T, c *servertest.Conn, n int) {
	t.Helper()
	if clients := c.Do("INFO", "clients"); !strings.Contains(clients, fmt.Sprintf("blocked_clients:%d\r\n", n)) {
		t.Errorf("%d do not wait: %s", n, clients)
	}
}
