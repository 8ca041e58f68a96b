package server_test

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessd/server/servertest"
)

// parked waits until so many commands are to be answered later.
func parked(t *testing.T, s *servertest.Server, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); s.Server.Stats().Parked != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d commands are to be answered later, want %d", s.Server.Stats().Parked, n)
		}
	}
}

// TestPeerEndsWhileItsRequestsWait behind one that is answered later: so many that no more are read, politely and by a reset.
func TestPeerEndsWhileItsRequestsWait(t *testing.T) {
	const most = 1 << 20
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		admin := s.Dial(t)
		admin.Want("+OK\r\n", "CLIENT", "PAUSE", "1000000", "WRITE")
		for _, reset := range []bool{false, true} {
			c := s.Dial(t)
			c.Send(servertest.Request("SET", "k", "v") + servertest.Request("ECHO", strings.Repeat("v", most+10<<10)))
			parked(t, s, 1)
			for s.Server.Stats().QueryBuffers < most {
				time.Sleep(time.Millisecond)
			}
			if reset {
				c.Conn.(*net.TCPConn).SetLinger(0)
			}
			c.Close()
			parked(t, s, 0)
			alone(t, s, 1)
		}
		admin.Want("+OK\r\n", "CLIENT", "UNPAUSE")
		admin.Want("$-1\r\n", "GET", "k")
	})
}

// TestStopWaitsForAnAnswerThatComesLater, and does nothing meanwhile: fake time only goes on while nobody does anything.
func TestStopWaitsForAnAnswerThatComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound)
		c := s.Pipe(t)
		c.Want("+OK\r\n", "CLIENT", "PAUSE", "5000", "WRITE")
		go c.Send(servertest.Request("SET", "k", "v") + servertest.Request("GET", "k"))
		parked(t, s, 1)
		s.Server.Shutdown()
		for _, want := range []string{"+OK\r\n", "$1\r\nv\r\n"} {
			if got := c.Reply(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		c.WantClosed()
	})
}
