// Package servertest starts servers inside a test and talks to them in exact bytes.
package servertest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/server"
	"sessd/store"
	"sessd/store/memory"
)

// Server is a server that runs until its test ends.
type Server struct {
	Dispatcher *commands.Dispatcher
	Server     *server.Server
	Engine     store.Engine
	Addr       string          // host and port
	Ended      <-chan struct{} // closed once Serve has returned
}

// Option changes how a server begins.
type Option func(*commands.Options, *server.Options)

// Start starts a server with a memory engine on a free port of the loopback.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	clock := new(store.Clock)
	co := commands.Options{Version: "0.0.0-test", IdleTimeout: 30 * time.Minute, DenialsKept: 128, SlowerThan: 10_000, SlowKept: 128, Percentiles: []float64{50, 99, 99.9}}
	so := server.Options{Bind: []string{"127.0.0.1"}, MaxClients: 10000, ProtoMaxBulkLen: 512 << 20, Clock: clock}
	for _, o := range options {
		o(&co, &so)
	}
	if co.Engine == nil {
		co.Engine = memory.New(memory.Options{Keyspaces: 16, Clock: clock, Limits: store.Limits{StringBytes: so.ProtoMaxBulkLen}})
	}
	co.Families = append(co.Families, families.Of(co.Engine)...)
	s := &Server{Dispatcher: commands.New(co), Engine: co.Engine}
	s.Server = server.New(s.Dispatcher, so)
	if err := s.Server.Listen(); err != nil {
		t.Fatal(err)
	}
	if addrs := s.Server.Addrs(); len(addrs) > 0 {
		s.Addr = addrs[0].String()
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	s.Ended = done
	go func() {
		defer close(done)
		if err := s.Server.Serve(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-done
		if err := s.Engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Unbound makes a server that listens nowhere and is reached by Pipe alone, so that a test with fake time can have it.
func Unbound(_ *commands.Options, o *server.Options) { o.Bind = nil }

// Pipe returns a new connection to the server that no network carries.
func (s *Server) Pipe(t testing.TB) *Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	go s.Server.ServeConn(theirs)
	return NewConn(t, ours)
}

// Drivers runs a test over everything that drives connections: event loops that wait through Go's poller, one that
// waits in the kernel, and streams. The one in the kernel sends by io_uring where that is to be had. The test starts
// its servers with the option it is given.
func Drivers(t *testing.T, test func(t *testing.T, driver Option)) {
	t.Run("loops", func(t *testing.T) {
		test(t, func(_ *commands.Options, o *server.Options) { o.IOThreads = runtime.GOMAXPROCS(0) })
	})
	t.Run("held", func(t *testing.T) {
		test(t, func(_ *commands.Options, o *server.Options) { o.IOThreads, o.IOUring = 1, true })
	})
	t.Run("streams", func(t *testing.T) {
		test(t, func(_ *commands.Options, o *server.Options) { o.Streams = true })
	})
}

// Dial returns a new connection to the server, which is closed when the test ends.
func (s *Server) Dial(t testing.TB) *Conn {
	t.Helper()
	return Dial(t, "tcp", s.Addr)
}

// Dial returns a new connection to any server, which is closed when the test ends.
func Dial(t testing.TB, network, addr string) *Conn {
	t.Helper()
	nc, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	return NewConn(t, nc)
}

// Conn is a client's end of a connection. A reply that does not come within a minute fails the test.
type Conn struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

// NewConn returns a client over any connection.
func NewConn(t testing.TB, nc net.Conn) *Conn {
	t.Cleanup(func() { nc.Close() })
	return &Conn{Conn: nc, t: t, r: bufio.NewReader(nc)}
}

// Request returns a request's bytes.
func Request(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// Do sends a request and returns the bytes of its reply.
func (c *Conn) Do(words ...string) string {
	c.t.Helper()
	c.Send(Request(words...))
	return c.Reply()
}

// Want sends a request and fails the test when the reply is not these bytes.
func (c *Conn) Want(reply string, words ...string) {
	c.t.Helper()
	if got := c.Do(words...); got != reply {
		c.t.Errorf("%q\n got %q\nwant %q", words, got, reply)
	}
}

// Send sends bytes as they are.
func (c *Conn) Send(data string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, data); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// Reply returns the bytes of the next reply, whole.
func (c *Conn) Reply() string {
	c.t.Helper()
	reply, err := c.Next()
	if err != nil {
		c.t.Fatalf("reply: %v after %q", err, reply)
	}
	return reply
}

// Next returns the bytes of the next reply, or what came of it and why there is no more.
func (c *Conn) Next() (string, error) {
	c.SetReadDeadline(time.Now().Add(time.Minute))
	var b strings.Builder
	err := c.read(&b, 1)
	return b.String(), err
}

// WantAll reads replies until they are all of some bytes, and fails the test when they are not.
func (c *Conn) WantAll(replies string) {
	c.t.Helper()
	for replies != "" {
		got := c.Reply()
		if !strings.HasPrefix(replies, got) {
			c.t.Fatalf("got %.100q, want %.100q", got, replies)
		}
		replies = replies[len(got):]
	}
}

// Peek waits until a byte of a reply has arrived.
func (c *Conn) Peek() {
	c.t.Helper()
	c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := c.r.Peek(1); err != nil {
		c.t.Fatalf("reply: %v", err)
	}
}

// WantClosed fails the test unless the server closes the connection without another byte.
func (c *Conn) WantClosed() {
	c.t.Helper()
	c.SetReadDeadline(time.Now().Add(time.Minute))
	if b, err := c.r.ReadByte(); err == nil {
		c.t.Errorf("got %q, want the end of the connection", b)
	} else if e, ok := err.(net.Error); ok && e.Timeout() {
		c.t.Error("the connection is still open")
	}
}

// read appends n replies to b.
func (c *Conn) read(b *strings.Builder, n int) error {
	for ; n > 0; n-- {
		line, err := c.r.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			return err
		}
		size, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
		switch line[0] {
		case '$', '=', '!':
			if size < 0 {
				continue
			}
			if _, err := io.CopyN(b, c.r, int64(size)+2); err != nil {
				return err
			}
		case '*', '~', '>':
			if err := c.read(b, size); err != nil {
				return err
			}
		case '%':
			if err := c.read(b, 2*size); err != nil {
				return err
			}
		case '+', '-', ':', '_', ',', '#', '(':
		default:
			return fmt.Errorf("%q is no reply", line)
		}
	}
	return nil
}
