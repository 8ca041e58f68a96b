package server

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

// accountInput counts the memory of requests that are kept. It is for the owner.
func (c *conn) accountInput() {
	bytes := c.inRoom
	if c.later != nil {
		bytes += c.later.size
	}
	setIfOther(&c.queryFree, int64(c.inRoom-len(c.in)))
	c.server.account(&c.queryBytes, bytes)
}

// setIfOther sets a number that one goroutine at a time changes. A store that all processors see costs more than a look.
func setIfOther(to *atomic.Int64, n int64) {
	if to.Load() != n {
		to.Store(n)
	}
}

// account sets a connection's count of bytes, which one goroutine at a time changes.
func (s *Server) account(count *atomic.Int64, bytes int) {
	if delta := int64(bytes) - count.Load(); delta != 0 || bytes > 0 { // the budget may have changed
		count.Store(int64(bytes))
		s.buffer(delta)
	}
}

// buffer counts bytes that wait for some client, or no longer do, towards the budget.
func (s *Server) buffer(delta int64) {
	if total := s.buffered.Add(delta); delta >= 0 && total > s.clientMemory() {
		select {
		case s.overBudget <- struct{}{}:
		default: // it is known
		}
	}
}

// keepBudget closes the clients with the fattest buffers whenever all of them together are over the budget, until the server
// stops. Clients that asked not to be evicted are spared.
func (s *Server) keepBudget() {
	for {
		select {
		case <-s.overBudget:
		case <-s.stopped.Done():
			return
		}
		s.evict(s.buffered.Load() - s.clientMemory())
		select { // those who go have buffers for a moment still
		case <-time.After(evictPause):
		case <-s.stopped.Done():
			return
		}
	}
}

// evictPause is the time between two looks at who is the fattest.
const evictPause = 10 * time.Millisecond

// evict closes clients until so many bytes are free.
func (s *Server) evict(excess int64) {
	type fat struct {
		c     *conn
		bytes int64
	}
	var all []fat
	for _, c := range s.snapshot() {
		if n := c.queryBytes.Load() + c.outputBytes.Load() + c.keptBytes.Load() + c.mail.size.Load(); n > 0 && !c.client.Info().NoEvict {
			all = append(all, fat{c, n})
		}
	}
	slices.SortFunc(all, func(a, b fat) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, one := range all {
		if excess <= 0 {
			return
		}
		excess -= one.bytes
		s.log.Warn("client closed: the buffers of all clients are over maxmemory-clients", "client", one.c.client.ID,
			"addr", one.c.client.Addr, "bytes", one.bytes)
		one.c.kill(closedByBudget)
	}
}
