package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// scanAll feeds the pieces to one scanner and describes every reply that it found.
func scanAll(pieces ...[]byte) (replies []string, err error) {
	var s scanner
	for _, p := range pieces {
		for len(p) > 0 {
			used, complete, err := s.next(p)
			if err != nil {
				return replies, err
			}
			if complete {
				r := s.result()
				replies = append(replies, string(r.kind)+" "+r.String())
			}
			p = p[used:]
		}
	}
	return replies, nil
}

func TestScannerFindsReplies(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []string
	}{
		{"+PONG\r\n", []string{"+ a simple string"}},
		{":42\r\n:-3\r\n", []string{": integer 42", ": integer -3"}},
		{"-ERR no\r\n", []string{"- ERR no"}},
		{"!7\r\nERR no!\r\n", []string{"! ERR no!"}},
		{"$5\r\nhe\r\no\r\n", []string{"$ a bulk of 5 bytes"}},
		{"$0\r\n\r\n$-1\r\n", []string{"$ a bulk of 0 bytes", "$ null"}},
		{"*0\r\n*-1\r\n_\r\n", []string{"* an aggregate of 0 elements", "* null", "_ null"}},
		{"*2\r\n$1\r\na\r\n*2\r\n:1\r\n-ERR inside\r\n+x\r\n", []string{"* an aggregate of 2 elements", "+ a simple string"}},
		{"%1\r\n$1\r\na\r\n#t\r\n,1.5\r\n", []string{"% an aggregate of 1 elements", ", a reply of type ','"}},
		{"|1\r\n+k\r\n+v\r\n:1\r\n", []string{"| a reply of type '|'"}},
		{">2\r\n+invalidate\r\n*0\r\n", []string{"> a reply of type '>'"}},
		{"=7\r\ntxt:abc\r\n(123456789012345678901\r\n", []string{"= a reply of type '='", "( a reply of type '('"}},
	} {
		got, err := scanAll([]byte(test.in))
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, %v, want %q", test.in, got, err, test.want)
		}
	}
}

func TestScannerRefusesWhatIsNoReply(t *testing.T) {
	for _, in := range []string{
		"PONG\r\n", "\r\n", ":1x\r\n", ":\r\n", ":--1\r\n", "$-2\r\n", "*-2\r\n", "%-1\r\n", "+x\ry",
		"$1\r\nabc\r\n", "$1\r\na\rb", ":99999999999999999999\r\n", "$9223372036854775807\r\n",
		strings.Repeat("*1\r\n", maxNesting+1),
	} {
		if got, err := scanAll([]byte(in)); !errors.Is(err, errFraming) {
			t.Errorf("%q: got %q, %v, want a framing error", in, got, err)
		}
	}
}

func TestScannerKeepsTheStartOfALongError(t *testing.T) {
	long := "ERR " + strings.Repeat("x", 10_000)
	got, err := scanAll([]byte("-" + long + "\r\n-ERR short\r\n"))
	if want := []string{"- " + long[:maxErrorText], "- ERR short"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzScanner gives the same bytes whole and in pieces: the replies and the error must be the same.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		"+PONG\r\n:42\r\n", "$5\r\nhello\r\n$-1\r\n", "*2\r\n$1\r\na\r\n%1\r\n+k\r\n_\r\n", "-ERR no\r\n!3\r\nabc\r\n",
		"*1\r\n$9223372036854775807\r\n", "|1\r\n+k\r\n+v\r\n:1\r\n", "+x\ry", "\x00\xff",
	} {
		f.Add([]byte(seed), uint8(1))
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, size uint8) {
		whole, wholeErr := scanAll(in)
		pieces := slices.Collect(slices.Chunk(in, int(size%16)+1))
		parts, partsErr := scanAll(pieces...)
		if !slices.Equal(whole, parts) {
			t.Errorf("whole %q, in pieces %q", whole, parts)
		}
		if (wholeErr == nil) != (partsErr == nil) || wholeErr != nil && wholeErr.Error() != partsErr.Error() {
			t.Errorf("whole %v, in pieces %v", wholeErr, partsErr)
		}
	})
}
