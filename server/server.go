package server

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sessd/commands"
	"sessd/store"
)

// Server serves the commands of a Dispatcher to connections.
type Server struct {
	dispatcher *commands.Dispatcher
	clock      *store.Clock
	log        *slog.Logger
	options    Options
	limits     *limits
	began      time.Time
	loops      []*loop
	balance    *balance  // of the loops
	workers    sync.Pool // of *worker, for streams
	stats      []*commands.Stats
	bytes      traffic // of streams

	listeners    []net.Listener
	reserved     int // descriptors that are not for clients
	accepting    sync.WaitGroup
	certificates *certificates      // nil: no encrypted connections
	stop         context.CancelFunc // begins the drain
	stopped      context.Context

	mu     sync.Mutex // guards conns
	conns  map[int64]*conn
	group  sync.WaitGroup // of all that Serve waits for: loops, and the connections of conns
	nextID atomic.Int64

	accepted, refused atomic.Uint64
	closed            [reasons]atomic.Uint64
	parked            atomic.Int64 // connections
	buffered          atomic.Int64 // bytes in the buffers of all connections
	overBudget        chan struct{}
	refusals          chan struct{} // holds a token for each stream that is told why it is refused
	ringless          sync.Once     // says that there is no io_uring
}

// drainTimeout bounds a stop: connections that are still owed replies by then are cut.
const drainTimeout = 10 * time.Second

// New returns a server for a system, whose host it becomes.
func New(system *commands.Dispatcher, o Options) *Server {
	limits := newLimits(&o)
	s := &Server{dispatcher: system, clock: o.Clock, log: o.Log, options: o, limits: limits, began: time.Now(), overBudget: make(chan struct{}, 1), refusals: make(chan struct{}, refusalsAtOnce), conns: make(map[int64]*conn)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.clock == nil {
		s.clock = new(store.Clock)
	}
	if s.balance = o.balance; s.balance == nil {
		s.balance = newBalance()
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	s.workers.New = func() any { return newWorker(s) }
	for range runtime.GOMAXPROCS(0) {
		s.stats = append(s.stats, system.NewStats())
	}
	system.Host, system.Clock = s, s.clock
	system.AddSettings(s.liveSettings()...)
	return s
}

// Serve accepts connections until Shutdown is called or ctx ends, then stops accepting, answers what was read, closes
// every connection and returns.
func (s *Server) Serve(ctx context.Context) error {
	s.group.Go(s.keepBudget)
	for _, l := range s.loops {
		s.group.Go(l.run)
	}
	for _, l := range s.listeners {
		s.accepting.Go(func() { s.accept(l) })
	}
	select {
	case <-ctx.Done():
	case <-s.stopped.Done():
	}
	s.stop()
	s.closeListeners()
	s.accepting.Wait()
	for _, c := range s.snapshot() {
		c.drain()
	}
	late := time.AfterFunc(drainTimeout, func() {
		for _, c := range s.snapshot() {
			c.kill(closedByDrainTimeout)
		}
	})
	defer late.Stop()
	for _, l := range s.loops {
		l.end()
	}
	s.group.Wait()
	s.dispatcher.Close()
	return nil
}

// Stopping returns a channel that is closed when the server begins to stop.
func (s *Server) Stopping() <-chan struct{} { return s.stopped.Done() }

// ServeConn serves one connection that somebody else accepted, until it ends. It is for tests and for listeners of
// other kinds.
func (s *Server) ServeConn(nc net.Conn) { s.ServeAs(nc, nil) }

// ServeAs serves one connection whose user is known; nil: it is as any other.
func (s *Server) ServeAs(nc net.Conn, user *commands.User) {
	s.accepted.Add(1)
	c, st := s.newStreamConn(nc, user)
	defer st.close()
	if refusal, added := s.add(c, nc.RemoteAddr()); !added {
		if refusal != "" {
			s.refuse(nc, refusal)
		}
		return
	}
	s.serveAdded(c, st)
}

// newStreamConn returns a connection that a stream carries. Its user is known, or nil.
func (s *Server) newStreamConn(nc net.Conn, user *commands.User) (*conn, *stream) {
	st := newStream(nc)
	c := &conn{transport: st, bytes: &s.bytes}
	s.greet(c, nc.RemoteAddr(), nc.LocalAddr())
	if user != nil {
		c.become(user)
	}
	c.stats = s.stats[int(c.client.ID)%len(s.stats)]
	return c, st
}

// serveAdded serves a connection that is registered, until it ends.
func (s *Server) serveAdded(c *conn, st *stream) {
	nc, why := st.nc, closedByHandshake
	if err := s.shakeHands(st); err == nil {
		c.moved(s.elapsed()) // a handshake is use
		why = s.serveStream(c, st)
		if last := closeMessages[why]; last != "" && !c.unsent() {
			nc.SetWriteDeadline(time.Now().Add(lingerTime))
			n, _ := nc.Write([]byte(last)) // as much as the peer takes
			c.bytes.out.Add(uint64(n))
		}
	} else {
		s.log.Debug("TLS handshake failed", "client", c.client.ID, "addr", c.client.Addr, "error", err)
	}
	c.release(s.elapsed())
	if !why.abrupt() {
		s.linger(st)
	}
	s.remove(c, why)
}

// greet makes the client of a new connection between two addresses.
func (s *Server) greet(c *conn, peer, local net.Addr) {
	if c.local = peer.Network() == "unix"; c.local {
		peer = local // a client has no name of its own there
	}
	c.server, c.begun = s, s.elapsed()
	c.active.Store(c.begun)
	c.client = commands.NewClient(s.nextID.Add(1), addrText(peer), addrText(local), c, s.dispatcher.Users.Welcome())
}

// become makes the client of a new connection a user who needs no login.
func (c *conn) become(user *commands.User) {
	c.client = commands.NewClient(c.client.ID, c.client.Addr, c.client.LocalAddr, c, user)
}

// addrText names the end of a connection as CLIENT LIST does.
func addrText(a net.Addr) string {
	if a.Network() == "unix" {
		return a.String() + ":0"
	}
	return a.String()
}

// add registers the connection of a peer. If it does not, the connection is to be closed once its peer was told why. It
// may have no business here, or there are too many. A server that stops has nothing to say.
func (s *Server) add(c *conn, peer net.Addr) (refusal string, added bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopped.Err() != nil:
		return "", false
	case s.denies(peer):
		refusal = errDenied
	case int64(len(s.conns)) >= s.limits.maxClients.Load():
		refusal = errTooMany
	default:
		s.note(c)
		return "", true
	}
	s.refused.Add(1)
	return refusal, false
}

// note registers a connection, for which a stop that begins later waits. mu is held.
func (s *Server) note(c *conn) {
	s.conns[c.client.ID] = c
	s.group.Add(1)
}

// addOwn registers a connection of the server's own, for which there is always a place, unless the server stops.
func (s *Server) addOwn(c *conn) (added bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped.Err() != nil {
		return false
	}
	s.note(c)
	return true
}

func (s *Server) remove(c *conn, why reason) {
	s.mu.Lock()
	delete(s.conns, c.client.ID)
	s.mu.Unlock()
	s.closed[why].Add(1)
	s.log.Debug("connection closed", "client", c.client.ID, "addr", c.client.Addr, "reason", reasonNames[why])
	s.group.Done()
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

// elapsed returns the milliseconds since the server began, by the steady clock. It is never 0, which stands for no time.
func (s *Server) elapsed() int64 { return 1 + time.Since(s.began).Milliseconds() }

// at is the other way round.
func (s *Server) at(elapsed int64) time.Time {
	return s.began.Add(time.Duration(elapsed) * time.Millisecond)
}
