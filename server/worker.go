package server

import (
	"log/slog"
	"runtime/debug"

	"sessd/commands"
	"sessd/server/resp"
	"sessd/store"
)

// worker is what a goroutine needs to serve requests, for one connection after another: a connection that is idle holds
// none of it.
type worker struct {
	server *Server
	call   *commands.Call
	out    resp.Writer
	base   int // where in out the replies of the connection begin that is served
	words  [][]byte
	batch  []parsed // requests that were read together; their words are in words

	requests uint64 // so many were run, or refused their turn

	onLoop  bool     // long requests are prepared beside it
	free    int      // where replies of this turn begin that may have to wait for the log
	letters []letter // empty: memory for a mailbox
}

// parsed is a request that is to run, and its length.
type parsed struct {
	commands.Request
	size int
}

// batchSize is how many requests are split before the first of them runs. Together they tell the store which keys it
// will be asked for, and what one of them needs of memory arrives while others run.
const batchSize = 16

func newWorker(s *Server) *worker {
	w := &worker{server: s, batch: make([]parsed, 0, batchSize)}
	w.call = s.dispatcher.NewCall(store.Immediate(), &w.out)
	return w
}

// attach makes the worker serve a connection, at a time in milliseconds since the Unix epoch.
func (w *worker) attach(c *conn, now int64) {
	c.everAuthenticated = c.everAuthenticated || c.client.Authenticated()
	w.base = len(w.out.Buf)
	w.free = w.base
	w.out.To = c.client
	w.limit(c)
	w.call.Client, w.call.Stats = c.client, c.stats
	w.call.Op.Now = now
	w.call.Begin()
}

// limit finds out how many bytes of replies may wait beside those that do. After a logout, those that wait were sent to
// another user and do not count.
func (w *worker) limit(c *conn) {
	if c.client.Authenticated() {
		w.out.Most = w.base + w.server.limits.output(c.class()) - c.out.waiting() - len(c.held.replies)
		return
	}
	w.out.Most = w.base + unauthOutput
	if c.neverAuthenticated() {
		w.out.Most -= c.out.waiting()
	}
}

// readMail does what others asked of the connection's owner, and appends their messages.
func (w *worker) readMail(c *conn) {
	if !c.mail.some.Load() {
		return
	}
	letters := c.letters(false, w.letters)
	w.letters = nil
	defer w.recover(c)
	for i := range letters {
		if l := &letters[i]; l.message != nil {
			w.message(l.message)
		} else {
			l.task(w, c)
		}
	}
	if cap(letters) <= keepLetters {
		clear(letters)
		w.letters = letters
	}
	w.overflowed(c)
}

// serve runs the requests that are complete in data, in order, with their replies appended to w.out, and returns what
// is left of data. It stops early where a command answers later, and where the connection is to be closed. It also does
// where replies should be sent first: many of them wait, or the client has just logged in or out.
func (w *worker) serve(c *conn, data []byte) (rest []byte) {
	defer w.recover(c)
	if c.inRoom > lastingBytes {
		defer func() {
			if len(rest) < lastingBytes { // the connection lets go of its buffer
				w.forget()
			}
		}()
	}
	c.waiting = false
	for c.closing == notClosing && !c.waiting && c.later == nil && w.parseBatch(c, data) {
		data = w.runBatch(c, data)
	}
	w.overflowed(c)
	if c.closing != notClosing {
		return nil
	}
	return data
}

// parseBatch finds the requests at the beginning of data, as many as run in one batch, and reports whether there are any.
func (w *worker) parseBatch(c *conn, data []byte) bool {
	if len(data) > 0 {
		w.call.Lap()
	}
	w.words, w.batch = w.words[:0], w.batch[:0]
	if c.frame == (resp.Frame{}) {
		w.parseFast(data, c.client.Authenticated())
	}
	if len(w.batch) > 1 {
		keyed := false
		for i := range w.batch {
			if r := &w.batch[i].Request; keyed || !r.SameCommand {
				keyed = w.server.dispatcher.Expect(w.call, r)
			}
		}
		w.prefetch()
	}
	return len(w.batch) > 0 || w.parseOne(c, data)
}

// parseFast finds requests of the usual kind. Most of them begin as the one before does.
func (w *worker) parseFast(data []byte, authenticated bool) {
	most, together := min(resp.MaxShortWords, w.server.limits.words(authenticated)), batchSize
	if !authenticated {
		together = 1 // the first may change what the next may be
	}
	words := w.words
	like, head, count := 0, 0, 0 // where a request like this one began, how long its head was, how many words it had
	for at := 0; len(w.batch) < together; {
		begin, end := len(words), 0
		again := count > 0 && len(data)-at >= head && string(data[at:at+head]) == string(data[like:like+head])
		if again {
			end, words = at+head, append(words, words[begin-count])
			if count > 1 {
				end, words = resp.ScanBulks(data, end, count-1, words)
			}
		} else {
			like = at
			end, head, words = resp.ScanShort(data, at, most, words)
			count = len(words) - begin
		}
		if end == 0 {
			break
		}
		r := w.add(end - at)
		r.Words, r.SameCommand, r.SameKey = words[begin:len(words):len(words)], again, false
		at = end
	}
	w.words = words
}

// add adds a request of a length to the batch.
func (w *worker) add(size int) *parsed {
	w.batch = w.batch[:len(w.batch)+1]
	r := &w.batch[len(w.batch)-1] // filled where it lies: a copy of what was just written has to wait for the writes
	r.size = size
	return r
}

// prefetchFirst notes what the first request in data, which a client has just sent, will ask the store for.
func (w *worker) prefetchFirst(c *conn, data []byte) {
	if !c.client.Authenticated() || c.frame != (resp.Frame{}) || !c.client.UsesKeys() {
		return
	}
	var end int
	if end, _, w.words = resp.ScanShort(data, 0, resp.MaxShortWords, w.words[:0]); end > 0 {
		w.call.Client = c.client
		w.server.dispatcher.Expect(w.call, &commands.Request{Words: w.words})
	}
}

// prefetch tells the store what was foreseen.
func (w *worker) prefetch() { w.server.dispatcher.Prefetch(w.call) }

// parseOne finds a request of any kind.
func (w *worker) parseOne(c *conn, data []byte) bool {
	n := w.next(c, data)
	if n == 0 {
		return false
	}
	r := w.add(n)
	r.Request = commands.Request{Words: w.words}
	return true
}

// runBatch runs the requests that were gathered, and returns the data behind those that ran.
func (w *worker) runBatch(c *conn, data []byte) (rest []byte) {
	authenticated := c.client.Authenticated()
	w.requests += uint64(len(w.batch))
	for i := range w.batch {
		if w.outputFull() {
			c.waiting = true
			break
		}
		r := &w.batch[i]
		if w.call.Request = r.Request; len(r.Words) > 0 {
			if r.size > lastingBytes {
				c.lasting = len(c.in) >= r.size
			}
			w.server.dispatcher.Do(w.call)
			if c.later != nil {
				c.later.keep(r.Words)
				if c.lasting {
					c.lasting, w.words = false, nil // they are the reply's now
				}
				return data[r.size:]
			}
			if r.size > lastingBytes {
				c.lasting = false
			}
		}
		data = data[r.size:]
		if c.client.Authenticated() != authenticated {
			c.begun = w.server.elapsed()
			c.waiting = len(data) > 0 // other limits hold from here, so what was answered under the old ones goes first
			break
		}
		if c.closing != notClosing {
			break
		}
	}
	return data
}

// next finds the request at the beginning of data and leaves its words, which are none where it is to be ignored. It
// returns the request's length, or 0 when it is unfinished or refused.
func (w *worker) next(c *conn, data []byte) (n int) {
	if words, n := c.found.take(); n > 0 {
		w.words, c.frame = words, resp.Frame{}
		return n
	}
	limits := w.server.limits
	bounds := limits.request(c.client.Authenticated())
	n, kind, err := c.frame.Scan(data, &bounds)
	if err == nil && kind == resp.Incomplete {
		if int64(len(data)) > limits.queryBuffer.Load() {
			c.close(closedByQueryLimit)
			w.refuse(c, resp.ProtocolError("the request is over client-query-buffer-limit"))
		}
		return 0
	}
	if err == nil && kind == resp.Array && n >= longRequest && w.onLoop && !c.found.tried {
		c.found.length = n
		return 0
	}
	c.frame, c.found = resp.Frame{}, foundWords{}
	if err == nil {
		w.words, err = resp.Split(kind, data[:n], w.words[:0])
	}
	if err != nil {
		w.refuse(c, err)
		return 0
	}
	if kind == resp.Inline && len(w.words) > 0 && resp.IsHTTP(w.words) {
		w.server.log.Warn("HTTP request refused", "client", c.client.ID, "addr", c.client.Addr)
		c.close(closedByHTTP)
		return 0
	}
	return n
}

// overflowed closes the connection when a reply did not fit.
func (w *worker) overflowed(c *conn) {
	if w.out.Overflow || len(w.out.Buf) > w.out.Most {
		c.close(closedByOutputLimit)
		w.out.Buf, w.out.Overflow = w.out.Buf[:w.base], false
	}
}

// recover ends a connection whose request or task panicked. The others live on.
func (w *worker) recover(c *conn) {
	if p := recover(); p != nil {
		w.server.dispatcher.Panicked(w.call, p, debug.Stack())
		c.closing = closedByPanic
	}
}

// outputFull reports whether the replies should be sent before more requests are run.
func (w *worker) outputFull() bool {
	return len(w.out.Buf)-w.base >= flush(w.call.Client.Authenticated())
}

// refuse answers a violation of the protocol, after which nothing more is read.
func (w *worker) refuse(c *conn, err error) {
	w.server.log.Debug("protocol error", "client", c.client.ID, "addr", c.client.Addr, slog.String("error", err.Error()))
	w.out.Error("ERR " + err.Error())
	c.close(closedByProtocolError)
}

// lastingBytes is the size of requests whose words are not copied for a reply that comes later. Smaller ones may lie in a buffer
// that several connections read into, or among many others, of which they would keep all.
const lastingBytes = 64 << 10

// keepBytes and keepWords are how much a worker keeps for the requests that follow. The replies of a round are not more: a
// batch of them, and the last one that does not fit. keepLetters is how many letters a mailbox that was emptied has room for.
const (
	keepBytes   = 1 << 20
	keepWords   = 10 << 10
	keepLetters = 4
)

// endRound empties the reply buffer, and gives back buffers that an unusual request made large.
func (w *worker) endRound() {
	if cap(w.out.Buf) > keepBytes {
		w.out.Buf = nil
	}
	if cap(w.words) > keepWords {
		w.forget()
	}
	w.out.Buf = w.out.Buf[:0]
}

// forget lets go of the requests that were served.
func (w *worker) forget() {
	w.words = nil
	clear(w.batch[:cap(w.batch)])
	w.call.Forget()
}
