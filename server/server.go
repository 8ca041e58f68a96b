// Package server carries requests and replies: it listens, accepts, frames what arrives within limits, and writes
// replies in RESP2 or RESP3. What a request means is the business of package commands.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sessd/commands"
	"sessd/store"
)

// Server serves the commands of a System to connections.
type Server struct {
	system  *commands.System
	clock   *store.Clock
	log     *slog.Logger
	options Options
	limits  *limits
	workers sync.Pool // of *worker
	stats   []*commands.Stats

	listeners []net.Listener
	stop      context.CancelFunc // begins the drain
	stopped   context.Context

	mu     sync.Mutex // guards conns
	conns  map[int64]*conn
	group  sync.WaitGroup
	nextID atomic.Int64

	accepted, refused, inputBytes, outputBytes atomic.Uint64
	closed                                     [reasons]atomic.Uint64
	parked                                     atomic.Int64 // connections
}

// keepAlive is the time between probes of a connection that says nothing.
const keepAlive = 300 * time.Second

// drainTimeout is how long a stop waits for replies that are still owed or not taken.
const drainTimeout = 10 * time.Second

// New returns a server for a system, whose host it becomes.
func New(system *commands.System, o Options) *Server {
	s := &Server{system: system, clock: o.Clock, log: o.Log, options: o, limits: newLimits(o), conns: make(map[int64]*conn)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clock == nil {
		s.clock = new(store.Clock)
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	s.workers.New = func() any { return newWorker(s) }
	for range runtime.GOMAXPROCS(0) {
		s.stats = append(s.stats, system.NewStats())
	}
	system.Host = s
	system.AddParameters(s.parameters()...)
	return s
}

// Listen opens the sockets that the options name. Its errors say what to do about them.
func (s *Server) Listen() error {
	for _, host := range s.options.Bind {
		address := net.JoinHostPort(host, fmt.Sprint(s.options.Port))
		config := net.ListenConfig{KeepAlive: keepAlive}
		l, err := config.Listen(context.Background(), "tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%s is in use by another program: stop that one, or choose another port with --port", address)
		}
		if err != nil {
			s.closeListeners()
			return err
		}
		s.listeners = append(s.listeners, l)
		if s.options.Port == 0 { // the further addresses share the port that the first one was given
			s.options.Port = l.Addr().(*net.TCPAddr).Port
		}
	}
	if s.options.UnixSocket != "" {
		l, err := listenUnix(s.options.UnixSocket)
		if err != nil {
			s.closeListeners()
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	return nil
}

// listenUnix opens a unix socket that only this user may connect to. A socket file that nobody listens on is left from
// a process that died, and is replaced.
func listenUnix(path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&os.ModeSocket == 0 {
			return nil, fmt.Errorf("%s exists and is no socket: choose another path with --unixsocket", path)
		}
		if nc, err := net.Dial("unix", path); err == nil {
			nc.Close()
			return nil, fmt.Errorf("%s is in use by another program: stop that one, or choose another path with --unixsocket", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	before := syscall.Umask(0o177)
	defer syscall.Umask(before)
	return net.Listen("unix", path)
}

// Addrs returns the addresses that the server listens on.
func (s *Server) Addrs() []net.Addr {
	var all []net.Addr
	for _, l := range s.listeners {
		all = append(all, l.Addr())
	}
	return all
}

// Serve accepts connections until Shutdown is called or ctx ends, then stops accepting, answers what was read, closes
// every connection and returns.
func (s *Server) Serve(ctx context.Context) error {
	for _, l := range s.listeners {
		s.group.Go(func() { s.accept(l) })
	}
	select {
	case <-ctx.Done():
	case <-s.stopped.Done():
	}
	s.stop()
	s.closeListeners()
	for _, c := range s.snapshot() {
		c.drain()
	}
	late := time.AfterFunc(drainTimeout, func() {
		for _, c := range s.snapshot() {
			c.kill(closedByShutdown)
		}
	})
	defer late.Stop()
	s.group.Wait()
	return nil
}

// ServeConn serves one connection that somebody else accepted, until it ends. It is for tests and for listeners of
// other kinds.
func (s *Server) ServeConn(nc net.Conn) {
	defer nc.Close()
	s.accepted.Add(1)
	st := &stream{nc: nc, mail: make(chan struct{}, 1)}
	c := s.newConn(nc.RemoteAddr(), nc.LocalAddr(), st)
	if !s.add(c) {
		s.refused.Add(1)
		nc.SetWriteDeadline(time.Now().Add(s.limits.writeTimeout))
		nc.Write([]byte("-ERR max number of clients reached\r\n"))
		return
	}
	why := s.serveStream(c, st)
	c.mail.take(true)
	s.remove(c, why)
}

func (s *Server) newConn(peer, local net.Addr, d driver) *conn {
	id := s.nextID.Add(1)
	c := &conn{server: s, driver: d, stats: s.stats[int(id)%len(s.stats)]}
	if peer.Network() == "unix" {
		peer = local // a client has no name of its own there
	}
	c.client = commands.NewClient(id, addrText(peer), addrText(local), c, s.system.Users.Welcome())
	return c
}

// addrText names the end of a connection as CLIENT LIST does.
func addrText(a net.Addr) string {
	if a.Network() == "unix" {
		return a.String() + ":0"
	}
	return a.String()
}

// add registers a connection, unless there are too many or the server stops.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if int64(len(s.conns)) >= s.limits.maxClients.Load() || s.stopped.Err() != nil {
		return false
	}
	s.conns[c.client.ID] = c
	return true
}

func (s *Server) remove(c *conn, why reason) {
	s.mu.Lock()
	delete(s.conns, c.client.ID)
	s.mu.Unlock()
	if c.parked {
		s.parked.Add(-1)
	}
	s.closed[why].Add(1)
	s.log.Debug("connection closed", "client", c.client.ID, "addr", c.client.Addr, "reason", reasonNames[why])
}

// snapshot returns the connections, by id.
func (s *Server) snapshot() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.conns))
	for _, c := range s.conns {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *conn) int { return int(a.client.ID - b.client.ID) })
	return all
}

// accept takes connections until the listener is closed. An error, such as a want of file descriptors, is waited out.
func (s *Server) accept(l net.Listener) {
	wait := time.Duration(0)
	for {
		nc, err := l.Accept()
		if err == nil {
			wait = 0
			s.group.Go(func() { s.ServeConn(nc) })
			continue
		}
		if s.stopped.Err() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		s.log.Warn("cannot accept a connection", "error", err, "retry-in", wait)
		select {
		case <-time.After(wait):
		case <-s.stopped.Done():
		}
	}
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
}
