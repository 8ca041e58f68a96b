package server

import (
	"bytes"

	"sessd/store"
)

// frame is the guard in front of the protocol library: it finds where a request ends, and refuses one that is malformed
// or over a limit before memory is spent on it. It keeps its place, so a request that arrives in many pieces is looked
// at once. The zero frame is ready for the first byte of a request.
type frame struct {
	pos     int  // where the line or bulk begins that is being looked at
	seen    int  // bytes in which no line end was found
	words   int  // bulks still to come
	bulk    int  // bytes of the bulk at pos, its line end included; 0: its length is still to be read
	counted bool // the number of bulks is known
}

// shape is what kind of request scan found.
type shape uint8

const (
	incomplete shape = iota // more bytes are needed
	empty                   // to be ignored
	array                   // an array of bulks, complete and within the limits
	line                    // an inline request, of which the words are still to be split
)

// protocolError is a violation of the protocol or its limits, after which a connection cannot go on.
type protocolError string

func (e protocolError) Error() string { return "Protocol error: " + string(e) }

// scan looks for the end of the request at the beginning of data, which only grows from call to call until the end is
// found, and returns the request's length.
func (f *frame) scan(data []byte, l *limits, authenticated bool) (n int, is shape, err error) {
	if len(data) == 0 {
		return 0, incomplete, nil
	}
	if data[0] != '*' {
		text, err := f.line(data, "too big inline request", l.inline(authenticated))
		if text == nil || err != nil {
			return 0, incomplete, err
		}
		return f.pos, line, nil
	}
	if !f.counted {
		text, err := f.line(data, "too big mbulk count string", int(l.InlineSize))
		if text == nil || err != nil {
			return 0, incomplete, err
		}
		count, ok := length(text)
		switch {
		case !ok || count > int64(l.CommandWords):
			return 0, incomplete, protocolError("invalid multibulk length")
		case count > unauthWords && !authenticated:
			return 0, incomplete, protocolError("unauthenticated multibulk length")
		case count <= 0:
			return f.pos, empty, nil
		}
		f.counted, f.words = true, int(count)
	}
	for ; f.words > 0; f.words-- {
		if complete, err := f.scanBulk(data, l, authenticated); !complete {
			return 0, incomplete, err
		}
	}
	return f.pos, array, nil
}

// scanBulk passes over one argument.
func (f *frame) scanBulk(data []byte, l *limits, authenticated bool) (complete bool, err error) {
	if f.bulk == 0 {
		if f.pos == len(data) {
			return false, nil
		}
		if data[f.pos] != '$' {
			return false, protocolError("expected '$', got '" + string(data[f.pos:f.pos+1]) + "'")
		}
		text, err := f.line(data, "too big bulk count string", int(l.InlineSize))
		if text == nil || err != nil {
			return false, err
		}
		size, ok := length(text)
		switch {
		case !ok || size < 0 || size > l.protoMaxBulkLen.Load():
			return false, protocolError("invalid bulk length")
		case size > unauthBulk && !authenticated:
			return false, protocolError("unauthenticated bulk length")
		}
		f.bulk = int(size) + 2
	}
	end := f.pos + f.bulk
	if end > len(data) {
		return false, nil
	}
	if data[end-2] != '\r' || data[end-1] != '\n' {
		return false, protocolError("invalid bulk length")
	}
	f.pos, f.bulk = end, 0
	return true, nil
}

// line returns the line at pos with its end, and moves pos behind it; nil when the end has not arrived. A line of more
// than most bytes is an error, which tooBig tells.
func (f *frame) line(data []byte, tooBig string, most int) ([]byte, error) {
	from := max(f.pos, f.seen)
	i := bytes.IndexByte(data[from:], '\n')
	if i < 0 || from+i-f.pos > most {
		if len(data)-f.pos > most {
			return nil, protocolError(tooBig)
		}
		f.seen = len(data)
		return nil, nil
	}
	text := data[f.pos : from+i+1]
	f.pos += len(text)
	return text, nil
}

// length reads the number in a line such as "*3\r\n".
func length(text []byte) (int64, bool) {
	if len(text) < 4 || text[len(text)-2] != '\r' {
		return 0, false
	}
	return store.ParseInt(text[1 : len(text)-2])
}
