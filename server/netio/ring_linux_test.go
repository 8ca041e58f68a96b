package netio

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// testRing returns a kernel with a ring.
func testRing(t *testing.T) *uring {
	r, err := newRing()
	if err != nil {
		t.Skipf("SKIPPED: this system has no io_uring: %v", err)
	}
	k := &uring{ring: r, log: slog.New(slog.DiscardHandler)}
	t.Cleanup(k.Close)
	return k
}

// pairs returns n pairs of sockets that are connected to each other.
func pairs(t *testing.T, n int) [][2]int {
	all := make([][2]int, n)
	for i := range all {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = pair
		t.Cleanup(func() { unix.Close(pair[0]); unix.Close(pair[1]) })
	}
	return all
}

// TestRingSendsAsTheKernelDoes: more sends than a ring has places for, to peers that take all, have gone, or are full, and
// some of nothing, come to the same as one by one.
func TestRingSendsAsTheKernelDoes(t *testing.T) {
	const n = 5*ringSize/2 + 1
	outcomes := func(k IO) (all []Outgoing, arrived [][]byte) {
		sockets := pairs(t, n)
		for i, pair := range sockets {
			o := Outgoing{FD: pair[0], Data: bytes.Repeat([]byte{byte(i)}, i)}
			switch i % 7 {
			case 1:
				unix.Close(pair[1])
				sockets[i][1] = -1
			case 2:
				o.Data = bytes.Repeat([]byte{byte(i)}, 8<<20)
			case 3:
				for errno := error(nil); errno == nil; {
					_, errno = unix.Write(pair[0], make([]byte, 4096))
				}
			case 4:
				o.FD = 1 << 20 // nobody's
			case 5:
				o.Data = nil
			}
			all = append(all, o)
		}
		k.SendAll(all)
		for i, pair := range sockets {
			buf := make([]byte, 9<<20)
			got, err := unix.Read(pair[1], buf)
			if err != nil || i%7 == 3 {
				got = 0
			}
			arrived = append(arrived, buf[:got])
		}
		return all, arrived
	}
	want, wantArrived := outcomes(Syscalls{})
	got, gotArrived := outcomes(testRing(t))
	for i := range want {
		if max(want[i].N, 0) != got[i].N || want[i].Errno != got[i].Errno {
			t.Errorf("%d: %d bytes are sent, errno %d; one by one %d, %d", i, got[i].N, got[i].Errno, want[i].N, want[i].Errno)
		}
		if !bytes.Equal(wantArrived[i], gotArrived[i]) {
			t.Errorf("%d: %d bytes arrive, one by one %d", i, len(gotArrived[i]), len(wantArrived[i]))
		}
	}
}

// TestRingThatFails closes a ring's descriptor under it: what it was to send is sent one by one, and is said in the log.
func TestRingThatFails(t *testing.T) {
	k := testRing(t)
	var log strings.Builder
	k.log = slog.New(slog.NewTextHandler(&log, nil))
	unix.Close(k.ring.fd)
	k.ring.fd = -1
	sockets := pairs(t, 3)
	for range 2 {
		all := make([]Outgoing, len(sockets))
		for i, pair := range sockets {
			all[i] = Outgoing{FD: pair[0], Data: []byte("reply")}
		}
		k.SendAll(all)
		for i, pair := range sockets {
			buf := make([]byte, 10)
			if n, err := unix.Read(pair[1], buf); string(buf[:max(n, 0)]) != "reply" {
				t.Errorf("%d: got %q, %v", i, buf[:max(n, 0)], err)
			}
		}
	}
	if n := strings.Count(log.String(), "one by one from now on"); n != 1 {
		t.Errorf("the log says %q", log.String())
	}
}
