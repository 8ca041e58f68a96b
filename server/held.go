package server

// heldReplies are replies to writes that wait until the log is on stable storage, and all replies behind them.
type heldReplies struct {
	replies []byte
	step    uint64 // of the log, which the last of them wait for
	asked   int    // how many bytes of replies wait for the sync that is under way; 0: none is
}

// mostHeld is how many bytes of replies may be held before no more requests are run.
const mostHeld = 1 << 20

// hold takes the replies of a turn back that may not leave yet. It runs at the end of the turn.
func (w *worker) hold(c *conn) {
	step, sync := c.client.TakeSteps()
	c.wrote = step != 0
	if !sync && len(c.held.replies) == 0 {
		return
	}
	replies := w.out.Buf[w.free:]
	c.held.replies = append(c.held.replies, replies...)
	c.Account(len(replies))
	w.out.Buf = w.out.Buf[:w.free]
	if sync {
		c.held.step = step
	}
	c.askSync()
}

// askSync makes the held replies leave once the log is on stable storage.
func (c *conn) askSync() {
	h := &c.held
	if h.asked != 0 || len(h.replies) == 0 {
		return
	}
	h.asked = len(h.replies)
	c.server.dispatcher.Sync(h.step, func(err error) {
		c.post(0, letter{task: func(w *worker, c *conn) { w.release(c, err) }})
	})
}

// release lets the replies go that waited for a sync. Where it has failed nobody knows what will be there after a power cut,
// so the connection ends without an answer.
func (w *worker) release(c *conn, err error) {
	h := &c.held
	n := h.asked
	h.asked = 0
	if err != nil {
		c.closing = closedByLogError
		n = len(h.replies)
	} else {
		w.out.Encoded(h.replies[:n])
	}
	c.Account(-n)
	if h.replies = h.replies[:copy(h.replies, h.replies[n:])]; len(h.replies) == 0 && cap(h.replies) > keepBytes {
		h.replies = nil
	}
	w.free = len(w.out.Buf)
	c.askSync()
}

// commit hands the log's steps to the kernel before the replies of a round leave. Where that fails, connections whose requests
// made steps end without an answer.
func (s *Server) commit() (failed bool) { return s.dispatcher.Commit() != nil }

// unsent reports whether replies wait, in the queue or for the log.
func (c *conn) unsent() bool { return c.out.waiting() > 0 || len(c.held.replies) > 0 }
