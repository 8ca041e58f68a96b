package faults

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// TestRefusedPeersThatSayNothing: TLS peers over maxclients that never shake hands are all let go, and leave descriptors
// for others.
func TestRefusedPeersThatSayNothing(t *testing.T) {
	d := sessdtest.StartEncrypted(t, "--maxclients", "10", "--tls-handshake-timeout", "1s")
	few := unix.Rlimit{Cur: 400, Max: 400}
	if err := unix.Prlimit(d.ID(), unix.RLIMIT_NOFILE, &few, nil); err != nil {
		t.Fatal(err)
	}
	inside := d.Dial(t)
	inside.Want("+PONG\r\n", "PING")
	before := d.Figures(inside)
	for range 2 { // more than there are descriptors
		var all []net.Conn
		for range 300 {
			all = append(all, silent(t, d.TLSAddr))
		}
		inside.Want("+PONG\r\n", "PING")
		for i, nc := range all {
			nc.SetReadDeadline(time.Now().Add(patience))
			_, err := io.Copy(io.Discard, nc)
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Fatalf("client %d is still connected", i)
			}
		}
	}
	settled(t, d.Daemon, inside, before, 256<<20)
	d.Dial(t).Want("+PONG\r\n", "PING")
}

// TestRefusedPeersAreToldWhy: a TLS peer over maxclients that shakes hands reads the reason.
func TestRefusedPeersAreToldWhy(t *testing.T) {
	d := sessdtest.StartEncrypted(t, "--maxclients", "1")
	inside := d.Dial(t)
	inside.Want("+PONG\r\n", "PING")
	for range 3 {
		nc, err := d.DialTLS(d.TLSAddr)
		if err != nil {
			t.Fatal(err)
		}
		c := servertest.NewConn(t, nc)
		if got := c.Reply(); got != "-ERR max number of clients reached\r\n" {
			t.Errorf("got %q", got)
		}
		c.WantClosed()
	}
	inside.Want("+PONG\r\n", "PING")
}

// TestTimeoutIsSetDuringAHandshake: CONFIG SET timeout makes every connection look at its deadlines, and cuts none that is
// still shaking hands. One that takes longer for it than the timeout is idle only since its end.
func TestTimeoutIsSetDuringAHandshake(t *testing.T) {
	d := sessdtest.StartEncrypted(t)
	inside := d.Dial(t)
	inside.Want("+PONG\r\n", "PING")
	var all []net.Conn
	for range 20 {
		all = append(all, silent(t, d.TLSAddr))
	}
	eventually(t, "the connections are accepted", func() bool { return d.Figures(inside).Clients == 1+len(all) })
	inside.Want("+OK\r\n", "CONFIG", "SET", "timeout", "2")
	time.Sleep(2500 * time.Millisecond)
	config := d.Config.Clone()
	config.ServerName = "127.0.0.1"
	for _, nc := range all {
		servertest.NewConn(t, tls.Client(nc, config)).Want("+PONG\r\n", "PING")
	}
}
