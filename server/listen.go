package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"syscall"
)

// Listen opens the sockets that the options name. Its errors say what to do about them.
func (s *Server) Listen() (err error) {
	defer func() {
		if err != nil {
			s.closeListeners()
		}
	}()
	plain := func(l net.Listener) net.Listener { return l }
	opened := &s.options.Sockets
	if err := s.listenTCP(opened.Plain, &s.options.Port, "--port", plain); err != nil {
		return err
	}
	if s.options.TLS.Port != PortOff || len(opened.TLS) > 0 {
		if s.certificates, err = newCertificates(*s.options.TLS); err != nil {
			return err
		}
		if err := s.listenTCP(opened.TLS, &s.options.TLS.Port, "--tls-port", s.encrypt); err != nil {
			return err
		}
	}
	switch {
	case len(opened.Unix) > 0:
		s.listeners = append(s.listeners, opened.Unix...)
		s.options.UnixSocket = opened.Unix[0].Addr().String()
	case s.options.UnixSocket != "":
		l, err := listenUnix(s.options.UnixSocket, s.options.UnixSocketPerm)
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	loops := s.loopCount()
	s.makeRoom(loops)
	return s.makeLoops(loops)
}

// makeRoom makes room for the descriptors of maxclients clients beside those of the server, or lowers maxclients.
func (s *Server) makeRoom(loops int) {
	s.reserved = s.reserve(loops)
	most := int(s.limits.maxClients.Load())
	room, err := raiseDescriptors(most, s.reserved)
	if room < most {
		s.log.Warn("maxclients is lowered: the limit on descriptors is too low and cannot be raised; see ulimit -n",
			"maxclients", most, "lowered-to", max(room, 1), "error", err)
		s.options.MaxClients = int64(max(room, 1))
		s.limits.apply(&s.options)
	}
}

// listenTCP takes the sockets that are opened, or opens a port of the server on every address unless it is off.
func (s *Server) listenTCP(opened []net.Listener, port *int, flag string, wrap func(net.Listener) net.Listener) (err error) {
	switch {
	case len(opened) > 0:
		*port = portOf(opened[0])
		err = s.prepare(opened)
	case *port != PortOff:
		opened, err = s.OpenPort(s.options.Bind, port, flag)
	}
	for _, l := range opened {
		s.listeners = append(s.listeners, wrap(l))
	}
	return err
}

// prepare gives sockets for TCP that somebody else opened what those have that the server opens.
func (s *Server) prepare(opened []net.Listener) error {
	for _, l := range opened {
		raw, err := l.(*net.TCPListener).SyscallConn()
		if err == nil {
			err = s.setListenerOptions("", "", raw)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// OpenPort listens at a port of addresses as ParseBind returns them, for the caller, who closes the result. Port 0 becomes
// a free one. flag names the port in errors.
func (s *Server) OpenPort(bind []string, port *int, flag string) ([]net.Listener, error) {
	addresses, err := bindAddresses(bind)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		opened, err := s.listenAll(addresses, *port, flag)
		if err != nil && *port == 0 && attempt < freePortAttempts && errors.Is(err, syscall.EADDRINUSE) {
			continue // the port that was free at the first address is not at another
		}
		for _, l := range opened {
			*port = portOf(l)
		}
		return opened, err
	}
}

// freePortAttempts bounds the search for a port that is free at every address.
const freePortAttempts = 16

// listenAll opens a port on these addresses, or on none of them. Port 0 is one port for all, which the first is given.
// Optional addresses that this machine lacks are passed over, and so are those of a family that it lacks.
func (s *Server) listenAll(addresses []bindAddress, port int, flag string) (opened []net.Listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range opened {
				l.Close()
			}
		}
	}()
	config := net.ListenConfig{KeepAlive: -1, Control: s.setListenerOptions} // the connections are probed as the setting is then
	for _, a := range addresses {
		at := netip.AddrPortFrom(a.ip, uint16(port))
		l, err := config.Listen(context.Background(), a.network(), at.String())
		switch {
		case err == nil:
			opened = append(opened, l)
			port = portOf(l)
		case a.optional && errors.Is(err, syscall.EADDRNOTAVAIL):
		case errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EPROTONOSUPPORT):
			s.log.Warn("not listening: this machine lacks the address family", "addr", at.String())
		default:
			return opened, listenError(at, flag, slices.Concat(s.listeners, opened), err)
		}
	}
	if len(opened) == 0 && len(addresses) > 0 {
		return nil, errors.New("this machine has none of the addresses: choose others with --bind")
	}
	return opened, nil
}

// portOf returns the TCP port of a listener.
func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// listenError says what to do about an address that cannot be listened on, own being the listeners of this server.
func listenError(at netip.AddrPort, flag string, own []net.Listener, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		for _, l := range own {
			if taken, ok := l.Addr().(*net.TCPAddr); ok && overlaps(taken.AddrPort(), at) {
				return fmt.Errorf("%s is in use by this server, as %s: choose another port with %s, or drop one address from --bind", at, taken, flag)
			}
		}
		return inUse{fmt.Sprintf("%s is in use by another program: stop that one, or choose another port with %s", at, flag)}
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s is not an address of this machine: choose another with --bind, or let it be absent with --bind -%s", at.Addr(), at.Addr())
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s is not open to this user: choose a port above 1023 with %s", at, flag)
	}
	return err
}

// inUse is an error about an address that somebody else has.
type inUse struct{ text string }

func (e inUse) Error() string        { return e.text }
func (e inUse) Is(target error) bool { return target == syscall.EADDRINUSE }

// overlaps reports whether two addresses cannot be listened on at once.
func overlaps(a, b netip.AddrPort) bool {
	one, other := a.Addr().Unmap(), b.Addr().Unmap()
	same := one == other || one.Is4() == other.Is4() && (one.IsUnspecified() || other.IsUnspecified())
	return a.Port() == b.Port() && same
}

// loopCount returns how many event loops the server has.
func (s *Server) loopCount() int {
	if s.options.Streams || len(s.listeners) == 0 {
		return 0
	}
	return cmp.Or(s.options.IOThreads, runtime.GOMAXPROCS(0))
}

// makeLoops makes the event loops. While the runtime has a processor more than there are loops, each loop may wait in
// the kernel with its processor in hand. That spares two switches for each wait.
func (s *Server) makeLoops(n int) (err error) {
	if n > 0 {
		s.loops, err = newLoops(s, n, runtime.GOMAXPROCS(0) > n)
	}
	if errors.Is(err, syscall.EMFILE) {
		return fmt.Errorf("the limit on descriptors is too low for %d event loops: raise it (ulimit -n), or lower --io-threads", n)
	}
	s.options.IOThreads = len(s.loops)
	return err
}

// Addrs returns the addresses that the server listens on.
func (s *Server) Addrs() []net.Addr {
	var all []net.Addr
	for _, l := range s.listeners {
		all = append(all, l.Addr())
	}
	return all
}

// closeListeners closes the sockets, after which no more connections come.
func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
}
