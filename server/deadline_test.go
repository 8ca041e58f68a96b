package server_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"sessd/server"
	"sessd/server/servertest"
)

// punctual holds a test to a limit of its server. The test keeps to it where the time between two calls of tick is far shorter. It
// begins anew, under twice the limit, where it fails and the machine did not let it.
func punctual(t *testing.T, limit time.Duration, test func(limit time.Duration, tick func()) error) {
	t.Helper()
	for ; ; limit *= 2 {
		last, longest := time.Now(), time.Duration(0)
		tick := func() { longest, last = max(longest, time.Since(last)), time.Now() }
		err := test(limit, tick)
		tick()
		switch {
		case err == nil:
			return
		case longest < limit/6 || limit > 20*time.Second:
			t.Fatal(err)
		}
		t.Logf("under a limit of %v the machine stood still for %v: %v", limit, longest, err)
	}
}

// answers returns an error unless a request has this reply.
func answers(c *servertest.Conn, want string, words ...string) error {
	if _, err := io.WriteString(c.Conn, servertest.Request(words...)); err != nil {
		return fmt.Errorf("%q: %w", words, err)
	}
	if got, err := c.Next(); got != want {
		return fmt.Errorf("%q: got %q, %v, want %q", words, got, err, want)
	}
	return nil
}

// TestIdleClients ends those who say nothing for too long, whenever they came and whoever set the time, and nobody else.
func TestIdleClients(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		punctual(t, time.Second, func(limit time.Duration, tick func()) error {
			s := servertest.Start(t, driver)
			before := s.Dial(t)
			before.Want("+PONG\r\n", "PING")
			busy := s.Dial(t)
			if err := answers(busy, "+OK\r\n", "CONFIG", "SET", "timeout", fmt.Sprint(limit.Seconds())); err != nil {
				return err
			}
			tick()
			after := s.Dial(t)
			var idle sync.WaitGroup
			idle.Go(before.WantClosed)
			idle.Go(after.WantClosed)
			ended := make(chan bool)
			go func() {
				idle.Wait()
				close(ended)
			}()
			for others := true; others; {
				select {
				case <-ended:
					others = false
				case <-time.After(limit / 20):
				}
				if err := answers(busy, "+PONG\r\n", "PING"); err != nil {
					return err
				}
				tick()
			}
			closed(t, s, "timeout", 2)
			busy.Close()
			closed(t, s, "peer", 1)
			last := s.Dial(t) // nobody else is there any more
			last.WantClosed()
			closed(t, s, "timeout", 3)
			return nil
		})
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
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		punctual(t, time.Second, func(most time.Duration, tick func()) error {
			s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.FrameTimeout = most }))
			c := s.Dial(t)
			c.Send("PI")
			for end := time.Now().Add(3 * most / 2); time.Now().Before(end); time.Sleep(most / 50) {
				io.WriteString(c.Conn, "NG\r\nPI") // it fails when the server has closed the connection
				if got, err := c.Next(); got != "+PONG\r\n" {
					return fmt.Errorf("got %q, %v; closed so far: %v", got, err, s.Server.Stats().Closed)
				}
				tick()
			}
			return nil
		})
	})
}

// TestLogoutAfterLong gives the client the time to authenticate once more, however long the connection has been there.
func TestLogoutAfterLong(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		punctual(t, time.Second, func(most time.Duration, tick func()) error {
			s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.AuthTimeout = most }))
			s.Dispatcher.Users.RequirePassword("secret")
			wait := func(d time.Duration) {
				for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(most / 50) {
					tick()
				}
			}
			c := s.Dial(t)
			if err := answers(c, "+OK\r\n", "AUTH", "secret"); err != nil {
				return err
			}
			wait(most + most/4)
			if err := answers(c, "+RESET\r\n", "RESET"); err != nil {
				return err
			}
			wait(most / 2) // the deadlines are looked at meanwhile
			if err := answers(c, "+OK\r\n", "AUTH", "secret"); err != nil {
				return err
			}
			tick()
			c.Want("+RESET\r\n", "RESET")
			if got := c.Reply(); got != "-ERR the client did not authenticate in time\r\n" {
				t.Errorf("got %q", got)
			}
			closed(t, s, "auth_timeout", 1)
			return nil
		})
	})
}

// TestSlowClientsAreNotIdle: one that sends a request byte by byte, and one that takes a reply piece by piece, go on for
// longer than a client may be idle.
func TestSlowClientsAreNotIdle(t *testing.T) {
	const steps = 60
	value := strings.Repeat("v", 8<<20)
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		punctual(t, time.Second, func(limit time.Duration, tick func()) error {
			s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.Timeout = limit }))
			reader, writer := s.Dial(t), s.Dial(t)
			reader.Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
			if err := answers(reader, "+OK\r\n", "SET", "k", value); err != nil {
				return err
			}
			io.WriteString(reader.Conn, servertest.Request("GET", "k")) // what fails shows below
			io.WriteString(writer.Conn, fmt.Sprintf("*2\r\n$4\r\nECHO\r\n$%d\r\n", steps))
			for range steps {
				time.Sleep(limit / 20)
				if _, err := io.WriteString(writer.Conn, "v"); err != nil {
					return err
				}
				if _, err := io.CopyN(io.Discard, reader.Conn, 64<<10); err != nil {
					return err
				}
				tick()
			}
			io.WriteString(writer.Conn, "\r\n")
			if got, err := writer.Next(); got != servertest.Bulk(strings.Repeat("v", steps)) {
				return fmt.Errorf("got %q, %w", got, err)
			}
			left := int64(len(servertest.Bulk(value)) - steps*64<<10)
			_, err := io.CopyN(io.Discard, reader.Conn, left)
			return err
		})
	})
}

func TestDeadlines(t *testing.T) {
	soon := 30 * time.Millisecond
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel() // nearly all of it is waiting
		s := servertest.Start(t, driver, limited(func(o *server.Options) { o.Limits.FrameTimeout, o.Limits.AuthTimeout = soon, soon }))
		c := s.Dial(t)
		c.Want("+PONG\r\n", "PING")
		c.Send("*1\r\n$4\r\nPI")
		told := func(c *servertest.Conn, want string) {
			if got := c.Reply(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			c.WantClosed()
		}
		told(c, "-ERR Protocol error: the request did not arrive whole in time\r\n")
		closed(t, s, "frame_timeout", 1)
		s.Dispatcher.Users.RequirePassword("secret")
		told(s.Dial(t), "-ERR the client did not authenticate in time\r\n")
		closed(t, s, "auth_timeout", 1)
		for end := time.Now().Add(time.Minute); ; { // until it is soon enough
			c = s.Dial(t)
			if answers(c, "+OK\r\n", "AUTH", "secret") == nil {
				break
			}
			if time.Now().After(end) {
				t.Fatal("nobody authenticates in time")
			}
		}
		time.Sleep(2 * soon)
		c.Want("+PONG\r\n", "PING")
		c.Want("+OK\r\n", "CONFIG", "SET", "timeout", "1")
		c.WantClosed()
		closed(t, s, "timeout", 1)
	})
}
