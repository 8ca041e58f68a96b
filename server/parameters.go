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
	return []commands.Parameter{
		commands.FixedParameter("bind", strings.Join(s.options.Bind, " ")),
		{Name: "port", Get: func() string { return strconv.Itoa(s.options.Port) }}, // known only once the server listens
		commands.FixedParameter("unixsocket", s.options.UnixSocket),
		commands.NumberParameter("tcp-keepalive", 0, math.MaxInt32, l.keepAlive.Load, func(seconds int64) {
			l.keepAlive.Store(seconds)
			s.bequeath()
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
				if room, _ := raiseDescriptors(int(most)); int64(room) < most {
					return fmt.Errorf("The operating system is not able to handle the specified number of clients, try with %d", room)
				}
				l.maxClients.Store(most)
				return nil
			},
		},
		commands.NumberParameter("timeout", 0, math.MaxInt32, l.timeout.Load, func(seconds int64) {
			l.timeout.Store(seconds)
			for _, c := range s.snapshot() {
				c.driver.wake() // to wait so long and no longer
			}
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
				l.outputs.Store(&limits)
				return err
			},
		},
		commands.SizeParameter("maxmemory-clients", minQueryBuffer, l.clientMemory.Load, l.clientMemory.Store),
	}
}
