package systemd

import (
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
)

// Sockets are the listeners that the service manager passed on, by the setting whose place they take.
type Sockets struct {
	Port, TLSPort, HTTPPort []net.Listener // of *net.TCPListener
	UnixSocket              []net.Listener // of *net.UnixListener
}

// Inherited returns the sockets that the service manager passed on to this process, once; after that there are none. An error
// is about one that nobody could serve.
func Inherited() (*Sockets, error) {
	s, files := new(Sockets), activation.Files(true)
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for _, f := range files {
		if err := s.add(f); err != nil {
			s.Close()
			return nil, fmt.Errorf("the socket %q that the service manager passed on: %w", f.Name(), err)
		}
	}
	return s, nil
}

// add adds a socket. Its name is that of a setting; one that has the name of its unit, or none, is for the clients of Redis.
func (s *Sockets) add(f *os.File) error {
	l, err := net.FileListener(f)
	if err != nil {
		return fmt.Errorf("it does not listen for connections: %w", err)
	}
	name, network := f.Name(), l.Addr().Network()
	if unnamed(name) {
		name = map[string]string{"tcp": "port", "unix": "unixsocket"}[network]
	}
	list, wants := s.list(name)
	if list != nil && network == wants {
		*list = append(*list, l)
		return nil
	}
	l.Close()
	if list == nil {
		return fmt.Errorf("FileDescriptorName= is one of port, tls-port, unixsocket, http-port")
	}
	return fmt.Errorf("it is a socket for %s, and its name wants one for %s", network, wants)
}

// unnamed reports whether nobody gave a socket a name: systemd then takes that of the unit.
func unnamed(name string) bool {
	return strings.HasSuffix(name, ".socket") || strings.HasPrefix(name, "LISTEN_FD_") || name == "unknown"
}

// list returns the list of a name, and the network of its sockets.
func (s *Sockets) list(name string) (list *[]net.Listener, network string) {
	switch name {
	case "port":
		return &s.Port, "tcp"
	case "tls-port":
		return &s.TLSPort, "tcp"
	case "http-port":
		return &s.HTTPPort, "tcp"
	case "unixsocket":
		return &s.UnixSocket, "unix"
	}
	return nil, ""
}

// Close closes the sockets, which are still open where they came from.
func (s *Sockets) Close() {
	for _, list := range [][]net.Listener{s.Port, s.TLSPort, s.HTTPPort, s.UnixSocket} {
		for _, l := range list {
			l.Close()
		}
	}
}
