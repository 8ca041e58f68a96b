package server

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// acceptLogged is the least time between two lines of a listener that it cannot accept connections. While clients come
// and go, each that goes lets one in and fails the next.
const acceptLogged = time.Second

// accept takes connections until the listener is closed. An error, such as a want of file descriptors, is waited out.
func (s *Server) accept(l net.Listener) {
	take, err := s.acceptor(l)
	if err != nil && s.stopped.Err() == nil {
		s.log.Error("cannot accept connections", "addr", l.Addr().String(), "error", err)
	}
	if err != nil {
		return
	}
	var (
		wait   time.Duration
		logged time.Time
		failed int // since then
	)
	for {
		err := take()
		if err == nil {
			wait = 0
			continue
		}
		if s.stopped.Err() != nil || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrClosed) {
			return
		}
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		failed++
		if time.Since(logged) >= acceptLogged {
			s.log.Warn("cannot accept a connection", "error", err, "retry-in", wait, "times", failed)
			logged, failed = time.Now(), 0
		}
		select {
		case <-time.After(wait):
		case <-s.stopped.Done():
		}
	}
}

// acceptStream accepts one connection and gives it a goroutine.
func (s *Server) acceptStream(l net.Listener) error {
	nc, err := l.Accept()
	if err != nil {
		return err
	}
	under := nc
	if t, ok := nc.(*tls.Conn); ok {
		under = t.NetConn()
	}
	if tcp, ok := under.(interface {
		SetKeepAliveConfig(net.KeepAliveConfig) error
	}); ok {
		tcp.SetKeepAliveConfig(s.limits.probes()) // it fails only on a connection that is gone
	}
	if tcp, ok := nc.(*net.TCPConn); ok {
		nc = newTimedSocket(tcp, s.limits.WriteTimeout)
	}
	s.group.Go(func() { s.ServeConn(nc) })
	return nil
}
