package resp

import (
	"bytes"
	"math"
	"slices"

	"github.com/tidwall/redcon"
)

// Limits bound a request.
type Limits struct {
	Words  int   // of a request, its name included
	Bulk   int64 // bytes of one word
	Line   int   // bytes of a line that announces a length
	Inline int   // bytes of an inline request

	Unauthenticated bool // UnauthenticatedWords and UnauthenticatedBulk hold too
}

// The limits of a client that must authenticate and has not. They are Redis's.
const (
	UnauthenticatedWords = 10
	UnauthenticatedBulk  = 16 << 10 // bytes of one word, and of an inline request
)

// Frame is the guard in front of the protocol library. It finds where a request ends, and refuses one that is malformed
// or over a limit before memory is spent on it. It keeps its place, so each byte of a request that arrives in pieces is
// looked at once. The zero Frame is ready for the first byte of a request.
type Frame struct {
	pos     int  // where the line or bulk begins that is being looked at
	seen    int  // bytes in which no line end was found
	words   int  // bulks still to come
	bulk    int  // bytes of the bulk at pos, its line end included; 0: its length is still to be read
	counted bool // the number of bulks is known
}

// Kind is what Scan found.
type Kind uint8

const (
	Incomplete Kind = iota // more bytes are needed
	Empty                  // to be ignored
	Array                  // an array of bulks, complete and within the limits
	Inline                 // an inline request, of which the words are still to be split
)

// ProtocolError is a violation of the protocol or its limits, after which a connection cannot go on.
type ProtocolError string

func (e ProtocolError) Error() string { return "Protocol error: " + string(e) }

// Scan looks for the end of the request at the beginning of data, and returns the request's length. Until the end is
// found, each call gets the data of the one before and more. Its errors are ProtocolErrors.
func (f *Frame) Scan(data []byte, l *Limits) (n int, is Kind, err error) {
	if len(data) == 0 {
		return 0, Incomplete, nil
	}
	if data[0] != '*' {
		text, err := f.line(data, "too big inline request", l.Inline)
		if text == nil || err != nil {
			return 0, Incomplete, err
		}
		return f.pos, Inline, nil
	}
	if !f.counted {
		text, err := f.line(data, "too big mbulk count string", l.Line)
		if text == nil || err != nil {
			return 0, Incomplete, err
		}
		count, ok := length(text)
		switch {
		case !ok || count > int64(l.Words):
			return 0, Incomplete, ProtocolError("invalid multibulk length")
		case count > UnauthenticatedWords && l.Unauthenticated:
			return 0, Incomplete, ProtocolError("unauthenticated multibulk length")
		case count <= 0:
			return f.pos, Empty, nil
		}
		f.counted, f.words = true, int(count)
	}
	for ; f.words > 0; f.words-- {
		if complete, err := f.scanBulk(data, l); !complete {
			return 0, Incomplete, err
		}
	}
	return f.pos, Array, nil
}

// scanBulk passes over one argument.
func (f *Frame) scanBulk(data []byte, l *Limits) (complete bool, err error) {
	if f.bulk == 0 {
		if f.pos == len(data) {
			return false, nil
		}
		if data[f.pos] != '$' {
			return false, ProtocolError("expected '$', got '" + string(data[f.pos:f.pos+1]) + "'")
		}
		text, err := f.line(data, "too big bulk count string", l.Line)
		if text == nil || err != nil {
			return false, err
		}
		size, ok := length(text)
		switch {
		case !ok || size < 0 || size > l.Bulk:
			return false, ProtocolError("invalid bulk length")
		case size > UnauthenticatedBulk && l.Unauthenticated:
			return false, ProtocolError("unauthenticated bulk length")
		}
		f.bulk = int(size) + 2
	}
	end := f.pos + f.bulk
	if end > len(data) {
		return false, nil
	}
	if data[end-2] != '\r' || data[end-1] != '\n' {
		return false, ProtocolError("invalid bulk length")
	}
	f.pos, f.bulk = end, 0
	return true, nil
}

// line returns the line at pos with its end, and moves pos behind it; nil when the end has not arrived. A line of more
// than most bytes is an error, which tooBig tells.
func (f *Frame) line(data []byte, tooBig string, most int) ([]byte, error) {
	from := max(f.pos, f.seen)
	i := bytes.IndexByte(data[from:], '\n')
	if i < 0 || from+i-f.pos > most {
		if len(data)-f.pos > most {
			return nil, ProtocolError(tooBig)
		}
		f.seen = len(data)
		return nil, nil
	}
	text := data[f.pos : from+i+1]
	f.pos += len(text)
	return text, nil
}

// length reads the number in a line such as "*3\r\n", as strictly as Redis does: no space, no plus sign, no zero in front.
func length(line []byte) (n int64, ok bool) {
	if len(line) < 4 || line[len(line)-2] != '\r' {
		return 0, false
	}
	digits := line[1 : len(line)-2]
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '0' && (len(digits) > 1 || negative) {
		return 0, false
	}
	for _, d := range digits { // the sum of 19 digits fits into 64 bits without a sign
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + int64(d-'0')
	}
	switch {
	case negative:
		return -n, n >= 0 || n == math.MinInt64
	default:
		return n, n >= 0
	}
}

// manyBytes is the length of requests from which on the room for their words is made at once.
const manyBytes = 4 << 10

// wordsIn returns the number of words that a request says it has, which Scan let through.
func wordsIn(request []byte) int {
	n, _ := length(request[:bytes.IndexByte(request, '\n')+1])
	return int(n)
}

// Split appends the words of a request that Scan let through to words. They share the request's memory, or memory of
// their own where they were escaped.
func Split(is Kind, request []byte, words [][]byte) ([][]byte, error) {
	switch is {
	case Array:
		if len(request) > manyBytes {
			words = slices.Grow(words, wordsIn(request))
		}
		_, words, _, _, err := redcon.ReadNextCommand(request, words)
		return words, err
	case Inline:
		return SplitInline(request, words)
	}
	return words, nil
}
