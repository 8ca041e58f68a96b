package server_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// laters is a family of commands that are answered when a test says so.
type laters struct {
	pending chan commands.Pending
	clients chan *commands.Client
	runs    atomic.Int64
}

func newLaters() *laters {
	return &laters{pending: make(chan commands.Pending, 100), clients: make(chan *commands.Client, 1000)}
}

// add is a servertest.Option. LATER is answered by whoever takes its Pending, ONCE answers its word when it runs the second
// time, JOIN gives the test its client.
func (l *laters) add(o *commands.Options, _ *server.Options) {
	spec := func(usage string, run func(*commands.Call) error) commands.Spec {
		return commands.Spec{Usage: usage, Summary: "Is for tests.", Since: "1.0.0", Run: run}
	}
	o.Families = append(o.Families, commands.Family{Group: "tests", Specs: []commands.Spec{
		spec("LATER", func(c *commands.Call) error {
			l.pending <- c.Client.Conn.Later()
			return commands.ErrLater
		}),
		spec("ONCE value", func(c *commands.Call) error {
			if l.runs.Add(1) > 1 {
				c.Reply.Bulk(c.Args[0])
				return nil
			}
			l.pending <- c.Client.Conn.Later()
			return commands.ErrLater
		}),
		spec("JOIN", func(c *commands.Call) error {
			l.clients <- c.Client
			c.Reply.Status("OK")
			return nil
		}),
	}})
}

// TestPendingIsClaimedOnce by all that race for it, and its reply is in order with those of the requests around it.
func TestPendingIsClaimedOnce(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		l := newLaters()
		s := servertest.Start(t, driver, l.add)
		c := s.Dial(t)
		c.Send(servertest.Request("PING") + servertest.Request("LATER") + servertest.Request("PING", "behind"))
		pending := <-l.pending
		var (
			claimed atomic.Int64
			all     sync.WaitGroup
		)
		for i := range 8 {
			all.Go(func() {
				if pending.Claim() {
					claimed.Add(1)
					pending.Reply(func(r commands.Reply) { r.Int(int64(i)) })
				}
			})
		}
		all.Wait()
		if n := claimed.Load(); n != 1 {
			t.Errorf("claimed %d times", n)
		}
		pending.Reply(func(r commands.Reply) { r.Status("LATE") }) // by one that claimed nothing: it is dropped
		if got := c.Reply(); got != "+PONG\r\n" {
			t.Errorf("got %q", got)
		}
		if got := c.Reply(); !strings.HasPrefix(got, ":") {
			t.Errorf("got %q", got)
		}
		if got := c.Reply(); got != "$6\r\nbehind\r\n" {
			t.Errorf("got %q", got)
		}
		c.Want("+PONG\r\n", "PING")
	})
}

// TestPendingOfConnectionThatEnded cannot be claimed: who has something to give gives it to somebody else.
func TestPendingOfConnectionThatEnded(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		l := newLaters()
		s := servertest.Start(t, driver, l.add)
		c := s.Dial(t)
		c.Send(servertest.Request("LATER"))
		pending := <-l.pending
		c.Conn.(*net.TCPConn).SetLinger(0)
		c.Close()
		alone(t, s, 0)
		if pending.Claim() {
			t.Error("claimed")
		}
		pending.Again()
		parked(t, s, 0)
	})
}

// TestPeerThatSendsNothingMore gets the answer that is on its way, and those to the requests behind it, before the end. One
// that waits for a key ends at once.
func TestPeerThatSendsNothingMore(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		l := newLaters()
		s := servertest.Start(t, driver, l.add)
		for _, behind := range []string{"", servertest.Request("ECHO", "behind"), servertest.Request("ECHO", "behind") + "*1\r\n$4\r\nhalf"} {
			c := s.Dial(t)
			c.Send(servertest.Request("LATER") + behind)
			pending := <-l.pending
			c.Conn.(*net.TCPConn).CloseWrite()
			c.Conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			if n, err := c.Conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("read %d bytes and %v before the answer", n, err)
			}
			c.Conn.SetReadDeadline(time.Time{})
			if !pending.Claim() {
				t.Fatal("there is nobody to answer")
			}
			pending.Reply(func(r commands.Reply) { r.Status("LATE") })
			c.WantAll("+LATE\r\n")
			if behind != "" {
				c.WantAll("$6\r\nbehind\r\n")
			}
			c.WantClosed()
		}
		alone(t, s, 0)
		waits := s.Dial(t)
		waits.Send(servertest.Request("BLPOP", "none", "0"))
		parked(t, s, 1)
		waits.Conn.(*net.TCPConn).CloseWrite()
		waits.WantClosed()
		alone(t, s, 0)
	})
}

// TestAgainHasTheSameWords, though the query buffer went on meanwhile.
func TestAgainHasTheSameWords(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		l := newLaters()
		s := servertest.Start(t, driver, l.add)
		c := s.Dial(t)
		other := servertest.Request("ECHO", strings.Repeat("x", 1000))
		c.Send(servertest.Request("ONCE", "words") + strings.Repeat(other, 200))
		pending := <-l.pending
		for s.Server.Stats().QueryBuffers < 200*int64(len(other)) {
			time.Sleep(time.Millisecond)
		}
		pending.Again()
		if got := c.Reply(); got != "$5\r\nwords\r\n" {
			t.Errorf("got %q", got)
		}
		for range 200 {
			c.Reply()
		}
		c.Want("+PONG\r\n", "PING")
	})
}

// join returns a connection whose client the commands have.
func (l *laters) join(t *testing.T, s *servertest.Server, protocol string) (*servertest.Conn, *commands.Client) {
	c := s.Dial(t)
	c.Do("HELLO", protocol)
	c.Want("+OK\r\n", "JOIN")
	return c, <-l.clients
}

// TestMessageToMany is written once for each version of the protocol, and each client has all messages in order.
func TestMessageToMany(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		const receivers, messages = 50, 100
		l := newLaters()
		s := servertest.Start(t, driver, l.add)
		var (
			conns   []*servertest.Conn
			clients []*commands.Client
			written atomic.Int64
		)
		for i := range receivers {
			c, client := l.join(t, s, fmt.Sprint(2+i%2))
			conns, clients = append(conns, c), append(clients, client)
		}
		for i := range messages {
			m := commands.NewMessage(func(r commands.Reply) {
				written.Add(1)
				r.Push(2)
				r.BulkString("message")
				r.Int(int64(i))
			})
			for _, client := range clients {
				if !client.Conn.Push(m) {
					t.Fatal("a connection has ended")
				}
			}
		}
		for i, c := range conns {
			kind := "*>"[i%2]
			for n := range messages {
				if got, want := c.Reply(), fmt.Sprintf("%c2\r\n$7\r\nmessage\r\n:%d\r\n", kind, n); got != want {
					t.Fatalf("message %d is %q, want %q", n, got, want)
				}
			}
			c.Want("+PONG\r\n", "PING")
		}
		if n := written.Load(); n > 2*messages {
			t.Errorf("%d messages were written %d times", messages, n)
		}
	})
}

// TestMessagesNobodyReads end the connection at its output limit.
func TestMessagesNobodyReads(t *testing.T) {
	const most = 1 << 20
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		l := newLaters()
		s := servertest.Start(t, driver, l.add, limited(func(o *server.Options) { o.Limits.Output = server.OutputLimits{{Hard: most}} }))
		_, client := l.join(t, s, "3")
		m := commands.NewMessage(func(r commands.Reply) { r.BulkString(strings.Repeat("v", 10<<10)) })
		for client.Conn.Push(m) {
			if held := s.Server.Stats().LargestOutput; held > 3*most { // part of it is counted when it is on its way
				t.Fatalf("%d bytes wait under a limit of %d", held, most)
			}
		}
		closed(t, s, "output_buffer_limit", 1)
	})
}
