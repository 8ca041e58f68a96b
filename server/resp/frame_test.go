package resp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// usual are limits as a server has them.
var usual = Limits{Words: 1 << 20, Bulk: 512 << 20, Line: 64 << 10, Inline: 64 << 10}

// FuzzScan: a request ends at the same place, or is refused for the same reason, however it is cut; and what the fast path
// takes the guard takes too, with the same words.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		"*1\r\n$4\r\nPING\r\n", "PING\r\n", "*0\r\n", "*-1\r\n", "*1\r\n$4\r\nPINGxx", "*1\r\n$9223372036854775807\r\n", "*9000000000000000000\r\n",
		"*12\r\n$1\r\na\r\n", "*1\r\n$16385\r\n", "*1\r\n$00004\r\nPING\r\n", "*1\n$4\nPING\n", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "*-9223372036854775808\r\n", "*-0\r\n",
	} {
		f.Add([]byte(seed), uint64(1), false)
		f.Add([]byte(seed+seed), uint64(2), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64, unauthenticated bool) {
		l := usual
		l.Unauthenticated = unauthenticated
		n, kind, err := new(Frame).Scan(data, &l)
		random, pieces := rand.New(rand.NewPCG(seed, 0)), Frame{}
		for end := 0; end < len(data); {
			end = min(len(data), end+1+random.IntN(8))
			gotN, gotKind, gotErr := pieces.Scan(data[:end], &l)
			if gotErr == nil && gotKind == Incomplete && end < len(data) {
				continue
			}
			if gotN != n || gotKind != kind || gotErr != err {
				t.Fatalf("%q in pieces: %d bytes, kind %d, %v; whole: %d, %d, %v", data, gotN, gotKind, gotErr, n, kind, err)
			}
			break
		}
		if end, head, words := ScanShort(data, 0, UnauthenticatedWords, nil); end > 0 {
			want, splitErr := Split(kind, data[:max(n, 0)], nil)
			if kind != Array || end != n || splitErr != nil || !slices.EqualFunc(words, want, bytes.Equal) || head > end {
				t.Fatalf("%q: the fast path finds %d bytes, %q; the guard %d, kind %d, %q, %v", data, end, words, n, kind, want, splitErr)
			}
		}
	})
}

func TestLengths(t *testing.T) {
	for line, want := range map[string]int64{
		"*0\r\n": 0, "*7\r\n": 7, "*-1\r\n": -1, "*9223372036854775807\r\n": 9223372036854775807, "*-9223372036854775808\r\n": -9223372036854775808,
	} {
		if n, ok := length([]byte(line)); n != want || !ok {
			t.Errorf("%q: %d, %t", line, n, ok)
		}
	}
	for _, line := range []string{"*\r\n", "*-\r\n", "*01\r\n", "*-0\r\n", "*+1\r\n", "* 1\r\n", "*1 \r\n", "*1\n", "*9223372036854775808\r\n", "*-9223372036854775809\r\n", "*18446744073709551617\r\n"} {
		if n, ok := length([]byte(line)); ok {
			t.Errorf("%q is read as %d", line, n)
		}
	}
}

// TestBytesAreLookedAtOnce spoils every byte of an unfinished request that the guard has passed: if it looked again, it
// would find something else.
func TestBytesAreLookedAtOnce(t *testing.T) {
	l := usual
	var words bytes.Buffer
	fmt.Fprintf(&words, "*%d\r\n", 10000)
	for range 10000 {
		words.WriteString("$1\r\nx\r\n")
	}
	for name, request := range map[string][]byte{
		"words": words.Bytes(),
		"line":  append(bytes.Repeat([]byte("x"), 60000), '\r', '\n'),
		"bulk":  []byte("*1\r\n$50000\r\n" + strings.Repeat("x", 50000) + "\r\n"),
	} {
		f, spoilt, from := Frame{}, bytes.Clone(request), 1
		for end := 1; ; end++ {
			n, _, err := f.Scan(spoilt[:end], &l)
			if err != nil {
				t.Fatalf("%s: after %d bytes: %v", name, end, err)
			}
			if n > 0 {
				if n != len(request) {
					t.Errorf("%s: the request ends after %d bytes, want %d", name, n, len(request))
				}
				break
			}
			passed := f.pos // of a line that is unfinished, all that was looked at is looked at once more when it ends
			if spoilt[0] != '*' {
				passed = f.seen
			} else if f.bulk > 2 {
				passed = min(end, f.pos+f.bulk-2)
			}
			for ; from < passed; from++ {
				spoilt[from] = '\n'
			}
		}
	}
}
