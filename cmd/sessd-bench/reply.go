package main

import (
	"bytes"
	"errors"
	"fmt"
)

// maxNesting is how deep aggregates may nest in a reply: more than any RESP server sends.
const maxNesting = 8

// maxLength bounds bulks and aggregates, so that a broken server cannot make the scanner wait for ever.
const maxLength = 512 << 20

// maxErrorText is how many bytes of an error reply are kept for the report.
const maxErrorText = 160

var errFraming = errors.New("not a RESP reply")

// reply is what one top-level reply was: enough to tell a right answer from a wrong one.
type reply struct {
	kind byte   // type byte: + - : $ * % ~ _ # , ( = ! >
	n    int64  // integer value, bulk length or element count; -1 for the nulls of RESP2
	text []byte // of an error: valid until the scanner reads on
}

func (r reply) isError() bool { return r.kind == '-' || r.kind == '!' }

// isNull knows the nulls of both protocol versions.
func (r reply) isNull() bool {
	return r.kind == '_' || r.n == -1 && (r.kind == '$' || r.kind == '*')
}

// String describes the reply in an error message.
func (r reply) String() string {
	switch {
	case r.isError():
		return string(r.text)
	case r.isNull():
		return "null"
	case r.kind == '+':
		return "a simple string"
	case r.kind == ':':
		return fmt.Sprintf("integer %d", r.n)
	case r.kind == '$':
		return fmt.Sprintf("a bulk of %d bytes", r.n)
	case r.kind == '*' || r.kind == '%':
		return fmt.Sprintf("an aggregate of %d elements", r.n)
	}
	return fmt.Sprintf("a reply of type %q", r.kind)
}

// scanState is what the scanner expects next; it survives the end of a read.
type scanState uint8

const (
	atType scanState = iota // the type byte of a value comes next
	inLine                  // between the type byte and CR
	inLF                    // the LF that ends a line comes next
	inBody                  // inside the bytes of a bulk
	inBodyCR
	inBodyLF
)

// scanner finds where replies end and checks their framing, in whatever pieces the bytes arrive. It keeps
// no bytes: a reply costs the client one pass over what it has read and nothing else.
type scanner struct {
	state    scanState
	kind     byte // of the value being read
	negative bool
	digits   bool  // the line had at least one digit
	n        int64 // number on the line
	rest     int64 // bytes of the bulk still to come
	depth    int   // aggregates open
	left     [maxNesting]int64
	top      reply
	text     [maxErrorText]byte
	textLen  int
}

// next reads from p up to the end of one top-level reply. It returns how many bytes it used and whether the
// reply is complete; when it is not, all of p was used.
func (s *scanner) next(p []byte) (used int, complete bool, err error) {
	for used < len(p) {
		switch s.state {
		case atType:
			if err := s.open(p[used]); err != nil {
				return used, false, err
			}
			used++
		case inLine:
			n, err := s.line(p[used:])
			if used += n; err != nil {
				return used, false, err
			}
		case inLF:
			if p[used] != '\n' {
				return used, false, fmt.Errorf("%w: CR without LF", errFraming)
			}
			used++
			done, err := s.lineEnd()
			if err != nil {
				return used, false, err
			}
			if done {
				return used, true, nil
			}
		case inBody:
			n := min(s.rest, int64(len(p)-used))
			s.keep(p[used : used+int(n)])
			used += int(n)
			if s.rest -= n; s.rest == 0 {
				s.state = inBodyCR
			}
		case inBodyCR:
			if p[used] != '\r' {
				return used, false, fmt.Errorf("%w: a bulk longer than it said", errFraming)
			}
			used++
			s.state = inBodyLF
		case inBodyLF:
			if p[used] != '\n' {
				return used, false, fmt.Errorf("%w: CR without LF", errFraming)
			}
			used++
			if s.closeValue() {
				return used, true, nil
			}
		}
	}
	return used, false, nil
}

// result is the reply that next has just completed.
func (s *scanner) result() reply {
	s.top.text = s.text[:s.textLen]
	return s.top
}

// open begins a value with its type byte.
func (s *scanner) open(kind byte) error {
	if bytes.IndexByte([]byte("+-:$*%~_#,(=!>|"), kind) < 0 {
		return fmt.Errorf("%w: type byte %q", errFraming, kind)
	}
	s.kind, s.n, s.negative, s.digits = kind, 0, false, false
	// The text of the last error stays valid until here.
	if s.depth == 0 {
		s.textLen = 0
	}
	s.state = inLine
	return nil
}

// line reads up to CR. Only the types whose line is a number are looked at byte by byte.
func (s *scanner) line(p []byte) (int, error) {
	switch s.kind {
	// No workload reads what is on these lines, so only their end is looked for, which is fast.
	case '+', '-', '_', '#', ',', '(':
		end := bytes.IndexByte(p, '\r')
		if end < 0 {
			s.keep(p)
			return len(p), nil
		}
		s.keep(p[:end])
		s.state = inLF
		return end + 1, nil
	}
	// A number on which the framing depends is checked digit by digit.
	for i, b := range p {
		switch {
		case b >= '0' && b <= '9':
			// Before the multiplication, which would overflow silently.
			if s.n > (1<<63-1-9)/10 {
				return i, fmt.Errorf("%w: a number over 64 bits", errFraming)
			}
			s.n, s.digits = s.n*10+int64(b-'0'), true
		case b == '-' && !s.digits && !s.negative:
			s.negative = true
		case b == '\r' && s.digits:
			s.state = inLF
			return i + 1, nil
		default:
			return i, fmt.Errorf("%w: %q in the number after %q", errFraming, b, s.kind)
		}
	}
	return len(p), nil
}

// lineEnd decides what follows the line that has just ended.
func (s *scanner) lineEnd() (complete bool, err error) {
	if s.negative {
		s.n = -s.n
	}
	if s.depth == 0 {
		s.top = reply{kind: s.kind, n: s.n}
	}
	switch s.kind {
	case '$', '=', '!':
		// The null of RESP2 has no body, and so no second line end.
		if s.n == -1 && s.kind == '$' {
			return s.closeValue(), nil
		}
		if s.n < 0 || s.n > maxLength {
			return false, fmt.Errorf("%w: bulk of %d bytes", errFraming, s.n)
		}
		s.rest, s.state = s.n, inBody
		if s.n == 0 {
			s.state = inBodyCR
		}
		return false, nil
	case '*', '%', '~', '>', '|':
		return s.openAggregate()
	}
	return s.closeValue(), nil
}

// openAggregate counts the values that belong to the aggregate; an empty one is complete at once.
func (s *scanner) openAggregate() (complete bool, err error) {
	count := s.n
	switch {
	case count == -1 && s.kind == '*':
		return s.closeValue(), nil
	case count < 0 || count > maxLength:
		return false, fmt.Errorf("%w: aggregate of %d elements", errFraming, count)
	case s.depth == maxNesting:
		return false, fmt.Errorf("%w: nested deeper than %d", errFraming, maxNesting)
	}
	if s.kind == '%' || s.kind == '|' {
		count *= 2
	}
	if s.kind == '|' {
		count++ // an attribute stands before the value that it describes
	}
	if count == 0 {
		return s.closeValue(), nil
	}
	s.left[s.depth] = count
	s.depth++
	s.state = atType
	return false, nil
}

// closeValue ends a value and every aggregate that it was the last element of.
func (s *scanner) closeValue() (complete bool) {
	s.state = atType
	for s.depth > 0 {
		if s.left[s.depth-1]--; s.left[s.depth-1] > 0 {
			return false
		}
		s.depth--
	}
	return true
}

// keep remembers the text of a top-level error.
func (s *scanner) keep(p []byte) {
	if s.depth == 0 && (s.kind == '-' || s.kind == '!') {
		s.textLen += copy(s.text[s.textLen:], p)
	}
}
