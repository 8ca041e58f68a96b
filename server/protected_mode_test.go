package server_test

import (
	"net"
	"strings"
	"testing"

	"sessd/server/servertest"
)

// from is a connection that seems to come from another address.
type from struct {
	net.Conn
	peer net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.peer }

// connect returns a connection to a server from an address.
func connect(t *testing.T, s *servertest.Server, ip string) *servertest.Conn {
	ours, theirs := net.Pipe()
	go s.Server.ServeConn(from{theirs, &net.TCPAddr{IP: net.ParseIP(ip), Port: 4000}})
	return servertest.NewConn(t, ours)
}

func TestProtectedMode(t *testing.T) {
	s := servertest.Start(t)
	for _, ip := range []string{"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"} {
		connect(t, s, ip).Want("+PONG\r\n", "PING")
	}
	for _, ip := range []string{"10.1.2.3", "192.0.2.1", "2001:db8::1", "0.0.0.0"} {
		c := connect(t, s, ip)
		if reply := c.Reply(); !strings.HasPrefix(reply, "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set") {
			t.Errorf("%s: %q", ip, reply)
		}
		c.WantClosed()
	}
	local := s.Dial(t)
	local.Want("+OK\r\n", "CONFIG", "SET", "protected-mode", "no")
	connect(t, s, "10.1.2.3").Want("+PONG\r\n", "PING")
	local.Want("+OK\r\n", "CONFIG", "SET", "protected-mode", "yes")
	s.Dispatcher.Users.RequirePassword("secret")
	c := connect(t, s, "10.1.2.3")
	c.Want("-NOAUTH Authentication required.\r\n", "PING")
	c.Want("+OK\r\n", "AUTH", "secret")
	c.Want("+PONG\r\n", "PING")
}
