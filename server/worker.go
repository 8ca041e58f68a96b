package server

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/tidwall/redcon"

	"sessd/commands"
)

// worker is what a goroutine needs to serve requests, for one connection after another: a connection that is idle holds
// none of it.
type worker struct {
	server *Server
	call   *commands.Call
	out    writer
	base   int // where in out the replies of the connection begin that is served
	words  [][]byte
}

func newWorker(s *Server) *worker {
	w := &worker{server: s}
	w.call = s.system.NewCall(context.Background(), &w.out)
	return w
}

// bind makes the worker serve a connection, at a time in milliseconds since the Unix epoch.
func (w *worker) bind(c *conn, now int64) {
	w.base = len(w.out.buf)
	w.out.client = c.client
	w.out.most = w.base + w.server.limits.output(c.client.Authenticated()) - len(c.out)
	w.call.Client, w.call.Stats = c.client, c.stats
	w.call.Op.Now = now
	w.call.Begin()
}

// perform does what others asked of the connection's owner.
func (w *worker) perform(c *conn) {
	tasks := c.tasks(false)
	if len(tasks) == 0 {
		return
	}
	defer w.recover(c)
	for _, t := range tasks {
		t(w, c)
	}
	w.overflowed(c)
}

// serve runs the requests that are complete in data, in order, with their replies appended to w.out, and returns what is
// left of data. It stops early where a command answers later, where the connection is to be closed, and where so
// many bytes of replies wait that they should be sent first.
func (w *worker) serve(c *conn, data []byte) (rest []byte) {
	defer w.recover(c)
	c.waiting = false
	for c.closing == notClosing {
		if w.full() {
			c.waiting = true
			break
		}
		n := w.next(c, data)
		if n == 0 {
			break
		}
		if len(w.words) > 0 {
			w.call.Words = w.words
			w.server.system.Do(w.call)
			if c.parked {
				c.held = n
				break
			}
		}
		data = data[n:]
	}
	w.call.End()
	w.overflowed(c)
	if c.closing != notClosing {
		return nil
	}
	return data
}

// next finds the request at the beginning of data and leaves its words, which are none where it is to be ignored. It
// returns the request's length, or 0 when it is unfinished or refused.
func (w *worker) next(c *conn, data []byte) (n int) {
	limits := w.server.limits
	if c.frame == (frame{}) {
		most := min(shortWords, limits.words(c.client.Authenticated()))
		if n, w.words = scanShort(data, most, w.words[:0]); n > 0 {
			return n
		}
	}
	n, shape, err := c.frame.scan(data, limits, c.client.Authenticated())
	if err == nil && shape == incomplete {
		if int64(len(data)) > limits.queryBuffer.Load() {
			c.close(closedByQueryLimit)
		}
		return 0
	}
	c.frame = frame{}
	if err == nil {
		w.words, err = split(shape, data[:n], w.words[:0])
	}
	if err != nil {
		w.refuse(c, err)
		return 0
	}
	if shape == line && len(w.words) > 0 && isHTTP(w.words) {
		w.server.log.Warn("HTTP request refused", "client", c.client.ID, "addr", c.client.Addr)
		c.close(closedByHTTP)
		return 0
	}
	return n
}

// overflowed closes the connection when a reply did not fit.
func (w *worker) overflowed(c *conn) {
	if w.out.overflow || len(w.out.buf) > w.out.most {
		c.close(closedByOutputLimit)
		w.out.buf, w.out.overflow = w.out.buf[:w.base], false
	}
}

// recover ends a connection whose request or task panicked. The others live on.
func (w *worker) recover(c *conn) {
	if p := recover(); p != nil {
		w.server.system.Panicked(w.call, p, debug.Stack())
		c.closing = closedByPanic
	}
}

// full says whether the replies should be sent before more requests are run.
func (w *worker) full() bool { return len(w.out.buf)-w.base >= flush(w.call.Client.Authenticated()) }

// split returns the words of a request that the guard let through.
func split(is shape, request []byte, words [][]byte) ([][]byte, error) {
	switch is {
	case array:
		_, words, _, _, err := redcon.ReadNextCommand(request, words)
		return words, err
	case line:
		return splitInline(request, words)
	}
	return words, nil
}

// refuse answers a violation of the protocol, after which nothing more is read.
func (w *worker) refuse(c *conn, err error) {
	w.server.log.Debug("protocol error", "client", c.client.ID, "addr", c.client.Addr, slog.String("error", err.Error()))
	w.out.Error("ERR " + err.Error())
	c.close(closedByProtocolError)
}

// sent empties the reply buffer, and gives back buffers that an unusual request made large.
func (w *worker) sent() {
	const keep = 256 << 10
	if cap(w.out.buf) > keep {
		w.out.buf = nil
	}
	if cap(w.words) > keep/24 {
		w.words = nil
	}
	w.out.buf = w.out.buf[:0]
}
