package server

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// acceptor returns what accepts one connection of a listener, and waits for it: for an event loop where the listener's
// connections are plain descriptors.
func (s *Server) acceptor(l net.Listener) (func() error, error) {
	plain, ok := l.(interface{ File() (*os.File, error) })
	if !ok || len(s.loops) == 0 {
		return func() error { return s.acceptStream(l) }, nil
	}
	file, err := plain.File() // the listener itself lets nobody wait for it but Accept
	if err != nil {
		return nil, err
	}
	context.AfterFunc(s.stopped, func() { file.Close() })
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return func() error { return s.acceptSocket(raw, l.Addr()) }, nil
}

// acceptSocket accepts one connection and gives it to a loop.
func (s *Server) acceptSocket(raw syscall.RawConn, listening net.Addr) error {
	var (
		fd     int
		peer   unix.Sockaddr
		failed error
	)
	err := raw.Read(func(listener uintptr) bool {
		if s.stopped.Err() != nil {
			failed = net.ErrClosed
			return true // whoever holds the socket too serves those who connect from now on
		}
		fd, peer, failed = unix.Accept4(int(listener), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		return failed != unix.EAGAIN
	})
	switch {
	case err != nil:
		return err
	case failed == unix.ECONNABORTED || failed == unix.EINTR: // this one is gone; the next one may be there
		return nil
	case errors.Is(failed, net.ErrClosed):
		return failed
	case failed != nil:
		return os.NewSyscallError("accept4", failed)
	}
	s.accepted.Add(1)
	local := listening
	if own, err := unix.Getsockname(fd); err == nil {
		local = addrOf(own, listening)
	}
	k, from := s.leastLoop().newSocket(fd), addrOf(peer, listening)
	s.greet(&k.conn, from, local)
	if refusal, added := s.add(&k.conn, from); !added {
		if refusal != "" {
			unix.SendmsgN(fd, []byte(refusal), nil, nil, unix.MSG_NOSIGNAL)
		}
		return unix.Close(fd)
	}
	k.begin()
	return nil
}

// newSocket returns what serves a descriptor on a loop, once it has a client and begins.
func (l *loop) newSocket(fd int) *socket {
	k := &socket{fd: fd}
	k.loop.Store(l)
	k.transport, k.bytes, k.stats = k, &l.bytes, l.stats
	return k
}

// begin makes the loop serve a new socket.
func (s *socket) begin() {
	s.loop.Load().count.Add(1)
	s.wake()
}

// loopFillTarget is how many connections a loop is given before the next one gets its first. Few connections are served
// with less work by one loop than by several. One finds some of them ready whenever it looks; several wake for each. If
// that is too much work for it, it gives some of them away.
const loopFillTarget = 64

// leastLoop returns the loop for a new connection.
func (s *Server) leastLoop() *loop {
	least := s.loops[0]
	for _, l := range s.loops {
		n := l.count.Load()
		if n < loopFillTarget && !l.load.crowded.Load() {
			return l
		}
		if n < least.count.Load() {
			least = l
		}
	}
	return least
}

// addrOf returns the address that the kernel told, or another where that has none of its own.
func addrOf(from unix.Sockaddr, other net.Addr) net.Addr {
	switch a := from.(type) {
	case *unix.SockaddrInet4:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(a.Addr).Unmap()
		if zone, err := net.InterfaceByIndex(int(a.ZoneId)); a.ZoneId != 0 && err == nil {
			ip = ip.WithZone(zone.Name)
		}
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, uint16(a.Port)))
	}
	return other
}

// setListenerOptions sets on a listener what its connections are to have from their first byte.
func (s *Server) setListenerOptions(_, _ string, raw syscall.RawConn) error {
	var failed error
	set := func(level, option, value int, fd uintptr) {
		if failed == nil {
			failed = os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(fd), level, option, value))
		}
	}
	probes := s.limits.probes()
	err := raw.Control(func(fd uintptr) {
		set(unix.IPPROTO_TCP, unix.TCP_NODELAY, 1, fd)
		if !probes.Enable {
			set(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0, fd)
			return
		}
		set(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1, fd)
		set(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, int(probes.Idle.Seconds()), fd)
		set(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, int(probes.Interval.Seconds()), fd)
		set(unix.IPPROTO_TCP, unix.TCP_KEEPCNT, probes.Count, fd)
	})
	return errors.Join(err, failed)
}

// updateKeepAlive sets on the listeners anew what their connections inherit.
func (s *Server) updateKeepAlive() {
	for _, l := range s.listeners {
		tcp, ok := l.(*net.TCPListener)
		if !ok {
			continue // a unix socket has no probes, and a stream is given its own
		}
		raw, err := tcp.SyscallConn()
		if err == nil {
			err = s.setListenerOptions("", "", raw)
		}
		if err != nil {
			s.log.Error("tcp-keepalive cannot be changed", "addr", l.Addr().String(), "error", err)
		}
	}
}
