package server

import (
	"math"
	"strconv"

	"github.com/tidwall/redcon"

	"sessd/commands"
)

// writer appends replies to a buffer in the protocol that its client speaks. It is the one place that knows how RESP2
// and RESP3 say a thing.
type writer struct {
	buf      []byte
	client   *commands.Client
	always3  bool // whatever the client speaks
	most     int  // bytes of replies that may wait
	overflow bool // a reply did not fit, so the connection cannot go on
}

// fits reports whether a value of n bytes may still be appended. What does not fit, and all that follows it, is dropped, so
// that a reply of many parts ends in memory where it ends on the wire.
func (w *writer) fits(n int) bool {
	w.overflow = w.overflow || n > w.most-len(w.buf)
	return !w.overflow
}

func (w *writer) resp3() bool { return w.always3 || w.client.Protocol() == 3 }

func (w *writer) header(kind byte, n int) {
	if !w.fits(0) {
		return
	}
	w.buf = append(w.buf, kind)
	w.buf = strconv.AppendInt(w.buf, int64(n), 10)
	w.buf = append(w.buf, '\r', '\n')
}

func (w *writer) Status(text string) {
	if !w.fits(len(text)) {
		return
	}
	w.buf = append(w.buf, '+')
	w.buf = append(w.buf, text...)
	w.buf = append(w.buf, '\r', '\n')
}

func (w *writer) Error(text string) {
	if w.fits(len(text)) {
		w.buf = redcon.AppendError(w.buf, text)
	}
}

func (w *writer) Int(n int64) {
	if w.fits(0) {
		w.buf = redcon.AppendInt(w.buf, n)
	}
}

func (w *writer) Bulk(value []byte) {
	if w.fits(len(value)) {
		w.buf = redcon.AppendBulk(w.buf, value)
	}
}

func (w *writer) BulkString(value string) {
	if w.fits(len(value)) {
		w.buf = redcon.AppendBulkString(w.buf, value)
	}
}

// choose appends what RESP3 or RESP2 says.
func (w *writer) choose(in3, in2 string) {
	switch {
	case !w.fits(0):
	case w.resp3():
		w.buf = append(w.buf, in3...)
	default:
		w.buf = append(w.buf, in2...)
	}
}

func (w *writer) Null() { w.choose("_\r\n", "$-1\r\n") }

func (w *writer) NullArray() { w.choose("_\r\n", "*-1\r\n") }

func (w *writer) Array(n int) { w.header('*', n) }

func (w *writer) Map(n int) {
	if w.resp3() {
		w.header('%', n)
	} else {
		w.header('*', 2*n)
	}
}

func (w *writer) Set(n int) {
	if w.resp3() {
		w.header('~', n)
	} else {
		w.header('*', n)
	}
}

func (w *writer) Push(n int) {
	if w.resp3() {
		w.header('>', n)
	} else {
		w.header('*', n)
	}
}

func (w *writer) Double(f float64) {
	var text [32]byte
	number := text[:0]
	switch {
	case math.IsInf(f, 1):
		number = append(number, "inf"...)
	case math.IsInf(f, -1):
		number = append(number, "-inf"...)
	case math.IsNaN(f):
		number = append(number, "nan"...)
	default:
		number = strconv.AppendFloat(number, f, 'g', 17, 64)
	}
	if !w.resp3() {
		w.Bulk(number)
		return
	}
	if !w.fits(len(number)) {
		return
	}
	w.buf = append(w.buf, ',')
	w.buf = append(w.buf, number...)
	w.buf = append(w.buf, '\r', '\n')
}

func (w *writer) Bool(b bool) {
	if b {
		w.choose("#t\r\n", ":1\r\n")
	} else {
		w.choose("#f\r\n", ":0\r\n")
	}
}

func (w *writer) Verbatim(kind, text string) {
	if !w.resp3() {
		w.BulkString(text)
		return
	}
	if !w.fits(len(text)) {
		return
	}
	w.header('=', len(kind)+1+len(text))
	w.buf = append(w.buf, kind...)
	w.buf = append(w.buf, ':')
	w.buf = append(w.buf, text...)
	w.buf = append(w.buf, '\r', '\n')
}

func (w *writer) Mark() int { return len(w.buf) }

func (w *writer) Rewind(mark int) { w.buf = w.buf[:mark] }
