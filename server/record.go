package server

import (
	"strconv"

	"sessd/commands"
	"sessd/server/resp"
)

// pieceBytes is how many bytes of a record lie together. pieceHeader is more than the header of any reply.
const (
	pieceBytes  = 64 << 10
	pieceHeader = 64
)

// record is a reply that is written away from the loop, so that the loop has only to send it. It is a commands.Record.
//
// It is written while a shard is locked, so it grows by pieces: what was written is never copied.
type record struct {
	resp.Writer
	most   int      // bytes of the whole reply
	pieces [][]byte // that are full, before Buf
	size   int      // bytes of them
}

func newRecord(to resp.Version, most int) *record {
	r := &record{most: most}
	r.Writer = resp.Writer{To: to, Most: min(pieceBytes-pieceHeader, most), Spill: r.spill}
	return r
}

// spill begins a piece with room for n bytes, unless the reply has too many then.
func (r *record) spill(n int) bool {
	size := r.size + len(r.Buf)
	if n > r.most-size {
		return false
	}
	r.next(n)
	return true
}

// next begins a piece with room for n bytes.
func (r *record) next(n int) {
	if len(r.Buf) > 0 {
		r.pieces, r.size = append(r.pieces, r.Buf), r.size+len(r.Buf)
	}
	r.Buf = make([]byte, 0, max(pieceBytes, n+pieceHeader))
	r.Most = min(cap(r.Buf)-pieceHeader, r.most-r.size)
}

// Bulk is part of commands.Reply. A long value is copied piece by piece too.
func (r *record) Bulk(value []byte) {
	if len(value) <= pieceBytes {
		r.Writer.Bulk(value)
		return
	}
	if r.Overflow = r.Overflow || len(value) > r.most-r.size-len(r.Buf); r.Overflow {
		return
	}
	r.Buf = append(strconv.AppendInt(append(r.Buf, '$'), int64(len(value)), 10), '\r', '\n')
	for len(value) > 0 {
		room := cap(r.Buf) - pieceHeader - len(r.Buf)
		if room <= 0 {
			r.next(0)
			continue
		}
		n := min(room, len(value))
		r.Buf, value = append(r.Buf, value[:n]...), value[n:]
	}
	r.Buf = append(r.Buf, '\r', '\n')
}

// Mark is part of commands.Reply.
func (r *record) Mark() int {
	mark := r.Writer.Mark()
	if !r.Overflow {
		mark += r.size
	}
	return mark
}

// Rewind is part of commands.Reply.
func (r *record) Rewind(mark int) {
	if mark < 0 { // behind an overflow
		return
	}
	for mark < r.size {
		last := len(r.pieces) - 1
		r.Buf, r.pieces = r.pieces[last], r.pieces[:last]
		r.size -= len(r.Buf)
		r.Most = min(max(cap(r.Buf), pieceBytes)-pieceHeader, r.most-r.size)
	}
	r.Writer.Rewind(mark - r.size)
}

// WriteTo is part of commands.Record. A reply that did not fit ends the connection, as it would on the loop.
func (r *record) WriteTo(to commands.Reply) {
	out := to.(*resp.Writer)
	switch {
	case r.Overflow || r.size+len(r.Buf) > out.Most-len(out.Buf):
		out.Overflow = true
	case r.size > 0:
		r.pieces, r.Buf = append(r.pieces, r.Buf), nil // for lend
	case len(out.Buf) == 0:
		out.Buf = r.Buf // without a copy
	default:
		out.Encoded(r.Buf)
	}
}

// lend has the connection send a record of several pieces as they are, if there is one behind the replies of the turn so far.
// Where it may have to wait for the log, it is copied.
func (w *worker) lend(c *conn, r *record) {
	if r == nil || r.Buf != nil || r.pieces == nil || w.out.Overflow {
		return
	}
	if len(c.held.replies) > 0 || c.client.MustSync() {
		for _, piece := range r.pieces {
			w.out.Encoded(piece)
		}
		return
	}
	before := w.out.Buf[w.base:]
	c.transport.queue(func() {
		c.out.add(before)
		for _, piece := range r.pieces {
			c.out.own(piece)
		}
		c.noteOutput(c.server.elapsed())
	})
	w.out.Buf, w.free = w.out.Buf[:w.base], w.base
	w.limit(c)
}
