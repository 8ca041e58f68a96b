package server_test

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// never is a place in a stream of bytes that is not reached.
const never = 1 << 30

// plan is how the bytes of one connection move, each way counted from its first byte. The zero value of a function is the
// whole at once.
type plan struct {
	in        func(at int) int // how many bytes arrive next, behind so many
	out       func(at int) int // how many bytes are taken next
	breakIn   int              // the bytes after which a read fails
	breakOut  int              // and a write
	interrupt bool             // every other call is interrupted by a signal

	received atomic.Int64
	ended    atomic.Bool   // nobody receives any more
	news     chan struct{} // of these two
	calls    int
	sent     int
}

func smooth() *plan { return &plan{breakIn: never, breakOut: never, news: make(chan struct{}, 1)} }

func (p *plan) receive(n int) {
	p.received.Add(int64(max(n, 0)))
	p.tell()
}

func (p *plan) end() {
	p.ended.Store(true)
	p.tell()
}

func (p *plan) tell() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// interrupted reports whether a call is to be made again.
func (p *plan) interrupted() bool {
	p.calls++
	return p.interrupt && p.calls%2 == 0
}

// take returns how many of the bytes that are offered are taken.
func (p *plan) take(offered int) (n int, errno syscall.Errno) {
	if p.sent >= p.breakOut {
		p.end()
		return 0, syscall.ECONNRESET
	}
	n = min(offered, p.breakOut-p.sent)
	if p.out != nil {
		n = min(n, p.out(p.sent))
	}
	return n, 0
}

// double stands between a server and the kernel: for event loops in place of the system calls, for streams as the connection
// itself. It knows a connection by its client's port.
type double struct {
	mu    sync.Mutex
	plans map[int]*plan
}

func (d *double) plan(port int) *plan {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.plans[port]; p != nil {
		return p
	}
	return smooth()
}

func (d *double) set(port int, p *plan) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plans[port] = p
}

// of returns the plan of a descriptor.
func (d *double) of(fd int) *plan {
	peer, err := unix.Getpeername(fd)
	if in, ok := peer.(*unix.SockaddrInet4); err == nil && ok {
		return d.plan(in.Port)
	}
	return smooth()
}

// standIn replaces the system calls.
func (d *double) standIn(receive server.Receive, send server.Send) (server.Receive, server.Send) {
	doubledReceive := func(fd int, buf []byte) (int, syscall.Errno) {
		p := d.of(fd)
		switch {
		case p.interrupted():
			return -1, syscall.EINTR
		case int(p.received.Load()) >= p.breakIn:
			p.end()
			return -1, syscall.ECONNRESET
		}
		n, errno := receive(fd, buf)
		p.receive(n)
		return n, errno
	}
	doubledSend := func(fd int, data []byte) (int, syscall.Errno) {
		p := d.of(fd)
		if p.interrupted() {
			return -1, syscall.EINTR
		}
		n, errno := p.take(len(data))
		if errno != 0 {
			return -1, errno
		}
		if n < len(data) { // makes the poll tell of room, as the kernel does once there is some again
			defer unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 1<<20)
		}
		n, errno = send(fd, data[:n])
		p.sent += max(n, 0)
		return n, errno
	}
	return doubledReceive, doubledSend
}

// carried is a stream's connection. Its writes tell that they took less than all without an error, which io.Writer rules out:
// encryption counts on that, the server does not.
type carried struct {
	*net.TCPConn
	plan  *plan
	whole bool // writes are as io.Writer has it
}

func (c *carried) Read(buf []byte) (int, error) {
	if int(c.plan.received.Load()) >= c.plan.breakIn {
		return 0, syscall.ECONNRESET
	}
	n, err := c.TCPConn.Read(buf)
	c.plan.receive(n)
	return n, err
}

func (c *carried) Close() error {
	c.plan.end()
	return c.TCPConn.Close()
}

func (c *carried) Write(data []byte) (n int, err error) {
	for first := true; n < len(data) && (first || c.whole); first = false {
		more, errno := c.plan.take(len(data) - n)
		if errno != 0 {
			return n, errno
		}
		more, err = c.TCPConn.Write(data[n : n+more])
		n += more
		c.plan.sent += more
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// pieces is the client's end. What is written to it arrives at the server piece by piece.
type pieces struct {
	net.Conn
	plan *plan
	at   int
}

func (c *pieces) Write(data []byte) (n int, err error) {
	for n < len(data) {
		size := min(len(data)-n, max(1, c.plan.breakIn-c.at))
		if c.plan.in != nil {
			size = min(size, c.plan.in(c.at))
		}
		more, err := c.Conn.Write(data[n : n+size])
		n += more
		c.at += more
		if err != nil {
			return n, err
		}
		for int(c.plan.received.Load()) < c.at {
			if c.plan.ended.Load() {
				return n, net.ErrClosed
			}
			<-c.plan.news
		}
	}
	return n, nil
}

// carrier is what connections are made of at both ends.
type carrier struct {
	client, server func(net.Conn) net.Conn
}

// doubled runs a test on all drivers, and over TLS, with a server whose connections go by a plan. talk sends what a client
// says, all of it at once, and returns all that it heard before the connection ended.
func doubled(t *testing.T, test func(t *testing.T, s *servertest.Server, talk func(p *plan, says string) string)) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) { stage(t, driver, nil, test) })
	t.Run("tls", func(t *testing.T) {
		a := servertest.NewAuthority(t)
		a.Issue(t, "server")
		believing, showing := a.Client(t, ""), &tls.Config{Certificates: []tls.Certificate{a.Pair(t, "server")}}
		believing.ServerName = "127.0.0.1"
		stage(t, func(_ *commands.Options, o *server.Options) { o.Streams = true }, &carrier{
			func(nc net.Conn) net.Conn { return tls.Client(nc, believing) },
			func(nc net.Conn) net.Conn { return tls.Server(nc, showing) },
		}, test)
	})
}

// stage runs a test on one driver.
func stage(t *testing.T, driver servertest.Option, secure *carrier, test func(*testing.T, *servertest.Server, func(*plan, string) string)) {
	d := &double{plans: make(map[int]*plan)}
	var streams bool
	s := servertest.Start(t, driver, func(_ *commands.Options, o *server.Options) {
		server.SetKernel(o, d.standIn)
		streams = o.Streams
	})
	addr := s.Addr
	if streams {
		addr = d.carry(t, s, secure)
	}
	test(t, s, func(p *plan, says string) string {
		t.Helper()
		dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error { // the plan is there before the connection
			return raw.Control(func(fd uintptr) {
				unix.Bind(int(fd), &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
				if own, err := unix.Getsockname(int(fd)); err == nil {
					d.set(own.(*unix.SockaddrInet4).Port, p)
				}
			})
		}}
		nc, err := dialer.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		var client net.Conn = &pieces{Conn: nc, plan: p}
		if secure != nil {
			client = secure.client(client)
		}
		client.SetDeadline(time.Now().Add(time.Minute))
		var both sync.WaitGroup
		both.Go(func() { io.WriteString(client, says) }) // fails where the connection is to break
		heard, err := io.ReadAll(client)
		if e, ok := err.(net.Error); ok && e.Timeout() {
			t.Fatalf("the connection is still open; heard %.1000q", heard)
		}
		p.end()
		client.Close()
		both.Wait()
		return string(heard)
	})
}

// carry makes the server serve connections that go by plans as streams, and returns where to dial.
func (d *double) carry(t *testing.T, s *servertest.Server, secure *carrier) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			p := d.plan(nc.RemoteAddr().(*net.TCPAddr).Port)
			var serving net.Conn = &carried{nc.(*net.TCPConn), p, secure != nil}
			if secure != nil {
				serving = secure.server(serving)
			}
			go s.Server.ServeConn(serving)
		}
	}()
	return l.Addr().String()
}
