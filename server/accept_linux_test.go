package server_test

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"sessd/server"
	"sessd/server/servertest"
)

// ownEnd returns the descriptor of this process that is connected to a client's.
func ownEnd(t *testing.T, client net.Conn) int {
	t.Helper()
	want := client.LocalAddr().(*net.TCPAddr).AddrPort()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range all {
		fd, _ := strconv.Atoi(entry.Name())
		peer, err := unix.Getpeername(fd)
		if in4, ok := peer.(*unix.SockaddrInet4); ok && err == nil && netip.AddrPortFrom(netip.AddrFrom4(in4.Addr), uint16(in4.Port)) == want {
			return fd
		}
	}
	t.Fatal("the server has no connection to the client")
	return -1
}

// probed returns after how many seconds the server has the kernel probe a client, 0 for never, and again after how many.
func probed(t *testing.T, c *servertest.Conn) (after, again int) {
	t.Helper()
	c.Want("+PONG\r\n", "PING") // it is accepted
	fd := ownEnd(t, c.Conn)
	get := func(level, option int) int {
		n, err := unix.GetsockoptInt(fd, level, option)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if get(unix.SOL_SOCKET, unix.SO_KEEPALIVE) == 0 {
		return 0, 0
	}
	return get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL)
}

// TestKeepAlive probes connections as the setting was when they came.
func TestKeepAlive(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		first := s.Dial(t)
		for _, test := range []struct {
			set          string
			after, again int
		}{{"300", 300, 100}, {"0", 0, 0}, {"2", 2, 1}, {"2147483647", 32767, 10922}} {
			first.Want("+OK\r\n", "CONFIG", "SET", "tcp-keepalive", test.set)
			wantSetting(t, first, "tcp-keepalive", test.set)
			if after, again := probed(t, s.Dial(t)); after != test.after || again != test.again {
				t.Errorf("%s: a client is probed after %d s and again after %d s, want %d and %d", test.set, after, again, test.after, test.again)
			}
		}
		if after, _ := probed(t, first); after != 300 {
			t.Errorf("a client that was there before is probed after %d s, want 300", after)
		}
		none := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.KeepAlive = -1 }))
		if after, _ := probed(t, none.Dial(t)); after != 0 {
			t.Errorf("without probes a client is probed after %d s", after)
		}
		wantSetting(t, none.Dial(t), "tcp-keepalive", "0")
	})
}
