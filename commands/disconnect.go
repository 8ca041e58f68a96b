package commands

// Disconnected forgets a client whose connection has ended. The server calls it once for each client, after the client's
// last call.
func (s *Dispatcher) Disconnected(c *Client) {
	c.paused.Store(nil)
	if c.monitor {
		s.monitors.remove(s, c)
	}
}
