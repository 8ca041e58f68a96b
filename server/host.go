package server

import (
	"os"

	"sessd/commands"
)

// Clients is part of commands.Host.
func (s *Server) Clients() []*commands.Client {
	conns := s.snapshot()
	clients := make([]*commands.Client, len(conns))
	for i, c := range conns {
		clients[i] = c.client
	}
	return clients
}

// Kill is part of commands.Host.
func (s *Server) Kill(client *commands.Client) {
	s.mu.Lock()
	c := s.conns[client.ID]
	s.mu.Unlock()
	if c != nil {
		c.kill(closedByKill)
	}
}

// Shutdown is part of commands.Host: it makes Serve stop.
func (s *Server) Shutdown() { s.stop() }

// Figures is part of commands.Host.
func (s *Server) Figures() commands.Figures {
	f := commands.Figures{
		Accepted: s.accepted.Load(), Refused: s.refused.Load(), InputBytes: s.inputBytes.Load(), OutputBytes: s.outputBytes.Load(),
		Parked: int(s.parked.Load()), Closed: make(map[string]uint64), TCPPort: s.options.Port, ProcessID: os.Getpid(),
	}
	conns := s.snapshot()
	f.Connected = len(conns)
	for _, c := range conns {
		query, output := c.Buffers()
		f.QueryBuffers += int64(query)
		f.OutputBuffers += int64(output)
	}
	for why := range s.closed {
		if name := reasonNames[why]; name != "" {
			f.Closed[name] = s.closed[why].Load()
		}
	}
	return f
}

// ResetFigures is part of commands.Host.
func (s *Server) ResetFigures() {
	for _, counter := range []interface{ Store(uint64) }{&s.accepted, &s.refused, &s.inputBytes, &s.outputBytes} {
		counter.Store(0)
	}
	for i := range s.closed {
		s.closed[i].Store(0)
	}
}
