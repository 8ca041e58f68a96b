package server_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"sessd/server"
	"sessd/server/servertest"
)

// TestIdleClients ends those who say nothing for too long, whenever they came and whoever set the time, and nobody else.
func TestIdleClients(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		s := servertest.Start(t, driver)
		before := s.Dial(t)
		before.Want("+PONG\r\n", "PING")
		busy := s.Dial(t)
		busy.Want("+OK\r\n", "CONFIG", "SET", "timeout", "1")
		stop, stopped := make(chan bool), make(chan bool)
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
					busy.Want("+PONG\r\n", "PING")
				}
			}
		}()
		after := s.Dial(t)
		before.WantClosed()
		after.WantClosed()
		close(stop)
		<-stopped
		closed(t, s, "timeout", 2)
		busy.Want("+PONG\r\n", "PING")
		busy.Close()
		closed(t, s, "peer", 1)
		last := s.Dial(t) // nobody else is there any more
		last.WantClosed()
		closed(t, s, "timeout", 3)
	})
}

// TestDrippedRequests are no way around the deadlines: bytes that trickle in do not make a request begin anew, nor does what
// is unfinished hide that its client should have said who it is.
func TestDrippedRequests(t *testing.T) {
	const soon, late = 100 * time.Millisecond, time.Minute
	for _, test := range []struct {
		why         string
		frame, auth time.Duration
		first, next string
	}{
		{"frame_timeout", soon, late, "*1\r\n$9999\r\n", "x"},
		{"auth_timeout", late, soon, "PI", "NG\r\nPI"},
	} {
		t.Run(test.why, func(t *testing.T) {
			servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
				t.Parallel()
				s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.FrameTimeout, o.Limits.AuthTimeout = test.frame, test.auth }))
				s.Dispatcher.Users.RequirePassword("secret")
				c := s.Dial(t)
				go io.Copy(io.Discard, c.Conn)
				c.Send(test.first)
				for end := time.Now().Add(late / 4); s.Server.Stats().Closed[test.why] == 0; time.Sleep(soon / 20) {
					io.WriteString(c.Conn, test.next) // it fails when the server has closed the connection
					if time.Now().After(end) {
						t.Fatalf("closed so far: %v", s.Server.Stats().Closed)
					}
				}
			})
		})
	}
}

// TestRequestsThatOverlap reads always end within a request, each of which arrives whole in time.
func TestRequestsThatOverlap(t *testing.T) {
	const most = time.Second
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.FrameTimeout = most }))
		c := s.Dial(t)
		c.Send("PI")
		for end := time.Now().Add(3 * most / 2); time.Now().Before(end); time.Sleep(most / 50) {
			c.Send("NG\r\nPI")
			if got := c.Reply(); got != "+PONG\r\n" {
				t.Fatalf("got %q; closed so far: %v", got, s.Server.Stats().Closed)
			}
		}
	})
}

// TestLogoutAfterLong gives the client the time to authenticate once more, however long the connection has been there.
func TestLogoutAfterLong(t *testing.T) {
	const most = time.Second
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.AuthTimeout = most }))
		s.Dispatcher.Users.RequirePassword("secret")
		c := s.Dial(t)
		c.Want("+OK\r\n", "AUTH", "secret")
		time.Sleep(most + most/4)
		c.Want("+RESET\r\n", "RESET")
		time.Sleep(most / 2) // the deadlines are looked at meanwhile
		c.Want("+OK\r\n", "AUTH", "secret")
		c.Want("+RESET\r\n", "RESET")
		if got := c.Reply(); got != "-ERR the client did not authenticate in time\r\n" {
			t.Errorf("got %q", got)
		}
		closed(t, s, "auth_timeout", 1)
	})
}

// TestSlowClientsAreNotIdle: one that sends a request byte by byte, and one that takes a reply piece by piece, go on for
// longer than a client may be idle.
func TestSlowClientsAreNotIdle(t *testing.T) {
	const step, steps = 50 * time.Millisecond, 60
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.Timeout = time.Second }))
		value := strings.Repeat("v", 8<<20)
		reader := s.Dial(t)
		reader.Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		reader.Want("+OK\r\n", "SET", "k", value)
		reader.Send(servertest.Request("GET", "k"))
		writer := s.Dial(t)
		writer.Send(fmt.Sprintf("*2\r\n$4\r\nECHO\r\n$%d\r\n", steps))
		for range steps {
			time.Sleep(step)
			writer.Send("v")
			if _, err := io.CopyN(io.Discard, reader.Conn, 64<<10); err != nil {
				t.Fatal(err)
			}
		}
		writer.Send("\r\n")
		if got := writer.Reply(); got != servertest.Bulk(strings.Repeat("v", steps)) {
			t.Errorf("got %q", got)
		}
		left := int64(len(servertest.Bulk(value)) - steps*64<<10)
		if _, err := io.CopyN(io.Discard, reader.Conn, left); err != nil {
			t.Error(err)
		}
	})
}
