package server

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sessd/commands"
)

// parameters are the server's settings for CONFIG GET and CONFIG SET, named as in Redis.
func (s *Server) parameters() []commands.Parameter {
	l := s.limits
	all := []commands.Parameter{
		commands.FixedParameter("bind", strings.Join(s.options.Bind, " ")),
		portParameter("port", &s.options.Port),
		commands.FixedParameter("unixsocket", s.options.UnixSocket),
		commands.FixedParameter("unixsocketperm", strconv.FormatUint(uint64(s.options.UnixSocketPerm), 8)),
		commands.NumberParameter("tcp-keepalive", 0, math.MaxInt32, l.keepAlive.Load, func(seconds int64) {
			l.keepAlive.Store(seconds)
			s.updateKeepAlive()
		}),
		commands.SwitchParameter("protected-mode", l.protected.Load, l.protected.Store),
		{
			Name: "maxclients",
			Get:  func() string { return strconv.FormatInt(l.maxClients.Load(), 10) },
			Set: func(text string) error {
				most, err := commands.ParseNumber(text, 1, math.MaxUint32)
				if err != nil {
					return err
				}
				if room, _ := raiseDescriptors(int(most), s.reserved); int64(room) < most {
					return commands.Error(fmt.Sprintf("The operating system is not able to handle the specified number of clients, try with %d", room))
				}
				l.maxClients.Store(most)
				return nil
			},
		},
		commands.NumberParameter("timeout", 0, math.MaxInt32, l.timeout.Load, func(seconds int64) {
			l.timeout.Store(seconds)
			s.reviewDeadlines()
		}),
		commands.SizeParameter("proto-max-bulk-len", MinProtoMaxBulkLen, l.protoMaxBulkLen.Load, func(bytes int64) {
			l.protoMaxBulkLen.Store(bytes)
			s.system.LimitStrings(bytes)
		}),
		commands.SizeParameter("client-query-buffer-limit", minQueryBuffer, l.queryBuffer.Load, l.queryBuffer.Store),
		{
			Name: "client-output-buffer-limit",
			Get:  func() string { return l.outputs.Load().String() },
			Set: func(text string) error {
				limits, err := ParseOutputLimits(text, *l.outputs.Load())
				if err == nil {
					l.outputs.Store(&limits)
					s.reviewDeadlines()
				}
				return err
			},
		},
		{
			Name: "maxmemory-clients",
			Get:  func() string { return ClientMemory(l.clientMemory.Load()).String() },
			Set: func(text string) error {
				m, err := ParseClientMemory(text)
				if err == nil {
					s.setClientMemory(m)
				}
				return err
			},
		},
		commands.FixedParameter("proto-max-args", strconv.Itoa(l.CommandWords)),
		commands.FixedParameter("proto-inline-max-size", strconv.FormatInt(l.InlineSize, 10)),
		commands.FixedParameter("frame-timeout", l.FrameTimeout.String()),
		commands.FixedParameter("auth-timeout", l.AuthTimeout.String()),
		commands.FixedParameter("write-timeout", l.WriteTimeout.String()),
		commands.FixedParameter("tls-handshake-timeout", l.HandshakeTimeout.String()),
		{Name: "io-threads", Get: func() string { return strconv.Itoa(len(s.loops)) }}, // known as the port is
		commands.FixedParameter("io-uring", commands.YesNo(s.options.IOUring)),
	}
	return append(all, s.tlsParameters()...)
}

// tlsParameters are the settings for encrypted connections. The files are fixed, though what they hold may be read again.
func (s *Server) tlsParameters() []commands.Parameter {
	tls := s.options.TLS
	if tls == nil {
		tls = &TLSOptions{Port: PortOff, AuthClients: TLSAuthClients[0]}
	}
	return []commands.Parameter{
		portParameter("tls-port", &tls.Port),
		commands.FixedParameter("tls-cert-file", tls.CertFile),
		commands.FixedParameter("tls-key-file", tls.KeyFile),
		commands.FixedParameter("tls-ca-cert-file", tls.CAFile),
		commands.FixedParameter("tls-auth-clients", tls.AuthClients),
	}
}

// portParameter returns a parameter for a port, which is known only once the server listens. As in Redis one that is off is 0.
func portParameter(name string, port *int) commands.Parameter {
	return commands.Parameter{Name: name, Get: func() string { return strconv.Itoa(max(0, *port)) }}
}

// reviewDeadlines makes a setting count for the connections that are there.
func (s *Server) reviewDeadlines() {
	for _, c := range s.snapshot() {
		c.transport.wake()
	}
}
