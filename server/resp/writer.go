package resp

import (
	"math"
	"strconv"

	"github.com/tidwall/redcon"
)

// Speaker is who replies are for.
type Speaker interface {
	Protocol() int // 2 or 3; it may change between two replies
}

// Version is a Speaker that never changes.
type Version int

// Protocol is part of Speaker.
func (v Version) Protocol() int { return int(v) }

// Writer appends replies to a buffer in the protocol of a Speaker. It is the one place that knows how RESP2 and RESP3 say
// a thing.
type Writer struct {
	Buf      []byte
	To       Speaker
	Most     int  // bytes that Buf may have
	Overflow bool // a reply did not fit, so the connection cannot go on

	// Spill makes room for n bytes, by a new Buf and Most. It returns false where there is none. Nil: there never is.
	Spill func(n int) bool
}

// fits reports whether a value of n bytes may still be appended. What does not fit, and all that follows it, is
// dropped. So a reply of many parts ends in memory where it ends on the wire.
func (w *Writer) fits(n int) bool {
	return !w.Overflow && n <= w.Most-len(w.Buf) || w.spills(n)
}

// spills is fits for a value for which Buf has no room. It is not inlined, so that fits is.
//
//go:noinline
func (w *Writer) spills(n int) bool {
	w.Overflow = w.Overflow || w.Spill == nil || !w.Spill(n)
	return !w.Overflow
}

func (w *Writer) resp3() bool { return w.To.Protocol() == 3 }

func (w *Writer) header(kind byte, n int) {
	if !w.fits(0) {
		return
	}
	w.Buf = append(w.Buf, kind)
	w.Buf = strconv.AppendInt(w.Buf, int64(n), 10)
	w.Buf = append(w.Buf, '\r', '\n')
}

// Encoded appends a reply that has been encoded for this version of the protocol.
func (w *Writer) Encoded(reply []byte) {
	if w.fits(len(reply)) {
		w.Buf = append(w.Buf, reply...)
	}
}

// Status implements commands.Reply, as do the methods below.
func (w *Writer) Status(text string) {
	if !w.fits(len(text)) {
		return
	}
	w.Buf = append(w.Buf, '+')
	w.Buf = append(w.Buf, text...)
	w.Buf = append(w.Buf, '\r', '\n')
}

func (w *Writer) Error(text string) {
	if w.fits(len(text)) {
		w.Buf = redcon.AppendError(w.Buf, text)
	}
}

func (w *Writer) Int(n int64) {
	switch {
	case !w.fits(0):
	case uint64(n) < 10:
		w.Buf = append(w.Buf, ':', '0'+byte(n), '\r', '\n')
	default:
		w.Buf = redcon.AppendInt(w.Buf, n)
	}
}

func (w *Writer) Bulk(value []byte) {
	if w.fits(len(value)) {
		w.Buf = appendBulk(w.Buf, value)
	}
}

func (w *Writer) BulkString(value string) {
	if w.fits(len(value)) {
		w.Buf = appendBulk(w.Buf, value)
	}
}

// appendBulk appends a bulk. Most are short, and replies are made of many.
func appendBulk[T string | []byte](b []byte, value T) []byte {
	switch n := len(value); {
	case n < 10:
		b = append(b, '$', '0'+byte(n), '\r', '\n')
	case n < 100:
		b = append(b, '$', '0'+byte(n/10), '0'+byte(n%10), '\r', '\n')
	default:
		b = append(strconv.AppendInt(append(b, '$'), int64(n), 10), '\r', '\n')
	}
	return append(append(b, value...), '\r', '\n')
}

// choose appends what RESP3 or RESP2 says.
func (w *Writer) choose(in3, in2 string) {
	switch {
	case !w.fits(0):
	case w.resp3():
		w.Buf = append(w.Buf, in3...)
	default:
		w.Buf = append(w.Buf, in2...)
	}
}

func (w *Writer) Null() { w.choose("_\r\n", "$-1\r\n") }

func (w *Writer) NullArray() { w.choose("_\r\n", "*-1\r\n") }

func (w *Writer) Array(n int) { w.header('*', n) }

func (w *Writer) Map(n int) {
	if w.resp3() {
		w.header('%', n)
	} else {
		w.header('*', 2*n)
	}
}

func (w *Writer) Set(n int) {
	if w.resp3() {
		w.header('~', n)
	} else {
		w.header('*', n)
	}
}

func (w *Writer) Push(n int) {
	if w.resp3() {
		w.header('>', n)
	} else {
		w.header('*', n)
	}
}

func (w *Writer) Double(f float64) {
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
	w.Buf = append(w.Buf, ',')
	w.Buf = append(w.Buf, number...)
	w.Buf = append(w.Buf, '\r', '\n')
}

func (w *Writer) Bool(b bool) {
	if b {
		w.choose("#t\r\n", ":1\r\n")
	} else {
		w.choose("#f\r\n", ":0\r\n")
	}
}

func (w *Writer) Verbatim(kind, text string) {
	if !w.resp3() {
		w.BulkString(text)
		return
	}
	if !w.fits(len(text)) {
		return
	}
	w.header('=', len(kind)+1+len(text))
	w.Buf = append(w.Buf, kind...)
	w.Buf = append(w.Buf, ':')
	w.Buf = append(w.Buf, text...)
	w.Buf = append(w.Buf, '\r', '\n')
}

func (w *Writer) BigNumber(digits string) {
	switch {
	case !w.resp3():
		w.BulkString(digits)
	case w.fits(len(digits)):
		w.Buf = append(w.Buf, '(')
		w.Buf = append(w.Buf, digits...)
		w.Buf = append(w.Buf, '\r', '\n')
	}
}

// Mark returns a place for Rewind, or noMark behind a reply that did not fit: there is no way back before it.
func (w *Writer) Mark() int {
	if w.Overflow {
		return noMark
	}
	return len(w.Buf)
}

// Rewind drops what came after the mark, an overflow too.
func (w *Writer) Rewind(mark int) {
	if mark != noMark {
		w.Buf, w.Overflow = w.Buf[:mark], false
	}
}

const noMark = -1
