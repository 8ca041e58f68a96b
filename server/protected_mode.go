package server

import (
	"net"
	"strings"
)

// errDenied is Redis's text, which names Redis because tools look for it.
const errDenied = "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
	"In this mode connections are only accepted from the loopback interface. " +
	"If you want to connect from external computers to Redis you may adopt one of the following solutions: " +
	"1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, " +
	"however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. " +
	"2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. " +
	"3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. " +
	"4) Setup a an authentication password for the default user. " +
	"NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n"

const errTooMany = "-ERR max number of clients reached\r\n"

// denies reports whether a peer may not come in whatever it has to say. In protected mode only this machine may, unless
// a password is asked for.
func (s *Server) denies(peer net.Addr) bool {
	return s.limits.protected.Load() && s.dispatcher.Users.OpenToAll() && !isLocal(peer)
}

// isLocal reports whether an address is of this machine alone: of the loopback, or of something that is no network.
func isLocal(a net.Addr) bool {
	if !strings.HasPrefix(a.Network(), "tcp") {
		return true
	}
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
