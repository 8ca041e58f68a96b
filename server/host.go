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

// Client is part of commands.Host.
func (s *Server) Client(id int64) *commands.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.conns[id]; c != nil {
		return c.client
	}
	return nil
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

// Stats is part of commands.Host.
func (s *Server) Stats() commands.ServerStats {
	f := commands.ServerStats{
		Accepted: s.accepted.Load(), Refused: s.refused.Load(),
		Parked: int(s.parked.Load()), Closed: make(map[string]uint64), TCPPort: s.tcpPort(), ProcessID: os.Getpid(),
		Evicted: s.closed[closedByBudget].Load(),
	}
	for _, t := range s.traffics() {
		f.InputBytes += t.in.Load()
		f.OutputBytes += t.out.Load()
	}
	conns := s.snapshot()
	f.Connected = len(conns)
	for _, c := range conns {
		b := c.Buffers()
		f.QueryBuffers += int64(b.Query)
		f.OutputBuffers += int64(b.Output)
		f.LargestQuery = max(f.LargestQuery, int64(b.Query))
		f.LargestOutput = max(f.LargestOutput, int64(b.Output))
	}
	for _, l := range s.loops {
		f.Loops = append(f.Loops, l.busy(s.elapsed()))
	}
	for why := range s.closed {
		if name := reasonNames[why]; name != "" {
			f.Closed[name] = s.closed[why].Load()
		}
	}
	return f
}

// tcpPort returns the port for TCP, which is the one for TLS where no other is open, as in Redis; 0: there is none.
func (s *Server) tcpPort() int {
	if s.options.Port == PortOff {
		return max(0, s.options.TLS.Port)
	}
	return s.options.Port
}

// ResetStats is part of commands.Host.
func (s *Server) ResetStats() {
	s.accepted.Store(0)
	s.refused.Store(0)
	for _, t := range s.traffics() {
		t.in.Store(0)
		t.out.Store(0)
	}
	for i := range s.closed {
		s.closed[i].Store(0)
	}
}

// traffics returns the counters of bytes, each of which one loop or all streams write.
func (s *Server) traffics() []*traffic {
	all := []*traffic{&s.bytes}
	for _, l := range s.loops {
		all = append(all, &l.bytes)
	}
	return all
}
