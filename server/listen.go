package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
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
	if s.options.Port != PortOff {
		if err := s.listenTCP(&s.options.Port, "--port", plain); err != nil {
			return err
		}
	}
	if s.options.TLS != nil {
		if s.certificates, err = newCertificates(*s.options.TLS); err != nil {
			return err
		}
		if err := s.listenTCP(&s.options.TLS.Port, "--tls-port", s.encrypt); err != nil {
			return err
		}
	}
	if s.options.UnixSocket != "" {
		l, err := listenUnix(s.options.UnixSocket)
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, l)
	}
	s.makeRoom()
	return s.makeLoops()
}

// makeRoom sees to it that there are descriptors for as many clients as may come, or lets fewer come.
func (s *Server) makeRoom() {
	most := int(s.limits.maxClients.Load())
	room, err := raiseDescriptors(most)
	if room < most {
		s.log.Warn("maxclients is lowered: the limit on descriptors is too low and cannot be raised; see ulimit -n",
			"maxclients", most, "lowered-to", max(room, 1), "error", err)
		s.limits.maxClients.Store(int64(max(room, 1)))
	}
}

// listenTCP opens a port on every address, which it stores when it is a free one. flag names the port in errors.
func (s *Server) listenTCP(port *int, flag string, wrap func(net.Listener) net.Listener) error {
	for _, host := range s.options.Bind {
		address := net.JoinHostPort(host, fmt.Sprint(*port))
		config := net.ListenConfig{KeepAlive: -1, Control: s.setListenerOptions} // the connections are probed as the setting is then
		l, err := config.Listen(context.Background(), "tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%s is in use by another program: stop that one, or choose another port with %s", address, flag)
		}
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, wrap(l))
		*port = l.Addr().(*net.TCPAddr).Port // the further addresses share the port that the first one was given
	}
	return nil
}

// makeLoops makes the event loops. While the runtime has a processor more than there are loops, each may wait in the
// kernel with its processor in hand, which spares two switches for each wait.
func (s *Server) makeLoops() (err error) {
	if s.options.Streams || len(s.listeners) == 0 {
		return nil
	}
	n := s.options.IOThreads
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	s.loops, err = newLoops(s, n, runtime.GOMAXPROCS(0) > n)
	return err
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

// closeListeners closes the sockets, after which no more connections come.
func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
}
