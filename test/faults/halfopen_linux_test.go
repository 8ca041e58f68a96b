package faults

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sessd/test/sessdtest"
)

// TestHalfOpenFrames leaves 10,000 requests unfinished, and a tenth as many over TLS, each of which costs a handshake. The
// daemon has one end of each connection and this process the other.
func TestHalfOpenFrames(t *testing.T) {
	const (
		most = 10_000
		half = "*2\r\n$4\r\nECHO\r\n$10\r\nhalf"
	)
	arrived := fmt.Sprintf(" qbuf=%d ", len(half))
	room := descriptors(t, most+500)
	d := sessdtest.StartEncrypted(t, "--maxclients", "11000")
	d.Doors(t, func(t *testing.T, addr string, dial func(string) (net.Conn, error)) {
		n := min(most, room-500)
		if addr == d.TLSAddr {
			n = most / 10
		}
		inside := d.Dial(t)
		inside.Want("+PONG\r\n", "PING")
		before, own := d.Figures(inside), ownDescriptors(t)
		var all []net.Conn
		for range n {
			nc, err := dial(addr)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, nc)
			if _, err := io.WriteString(nc, half); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "every request has begun to arrive", func() bool {
			return strings.Count(inside.Do("CLIENT", "LIST"), arrived) == n
		})
		inside.Want("+PONG\r\n", "PING")
		now := d.Figures(inside)
		t.Logf("%d unfinished requests: %d descriptors here, %d there, %d bytes of its memory for each",
			n, ownDescriptors(t)-own, now.Descriptors-before.Descriptors, (now.Resident-before.Resident)/int64(n))
		if now.Descriptors-before.Descriptors != n || ownDescriptors(t)-own != n || now.Clients-before.Clients != n {
			t.Errorf("want %d of each, and as many clients more than before; there are %d", n, now.Clients-before.Clients)
		}
		for _, nc := range all {
			nc.Close()
		}
		settled(t, d.Daemon, inside, before, 256<<20)
		inside.Close()
	})
}

// descriptors allows this process so many if it may, and returns how many it has.
func descriptors(t *testing.T, want int) int {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur < uint64(want) {
		limit.Cur = min(limit.Max, uint64(want))
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
	}
	if limit.Cur < uint64(want) {
		t.Logf("only %d descriptors are allowed here, want %d: see ulimit -Hn", limit.Cur, want)
	}
	return int(min(limit.Cur, uint64(want)))
}

// ownDescriptors counts those that this process has.
func ownDescriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
