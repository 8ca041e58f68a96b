package streams

import (
	"bytes"
	"testing"
)

// FuzzParsers: no words are too much for a parser, and what an id is read from is an id again when it is written.
func FuzzParsers(f *testing.F) {
	for _, text := range []string{"* f v", "MAXLEN ~ 5 LIMIT 3 1-* f v", "NOMKSTREAM MINID = 5-1 5 f v", "5 ENTRIESADDED 1 MAXDELETEDID 2-", "( +", "(1 (-", "1--0 \x00 f", "FULL COUNT 1", "IDLE 1 - + 10 c"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		words := bytes.Split(text, []byte(" "))
		if a, err := parseAdd(words); err == nil && len(a.append.Pairs)%2 != 0 {
			t.Errorf("%q has %d names and values", text, len(a.append.Pairs))
		}
		_, _ = parseSetID(words)
		_ = checkPending(words)
		if len(words) > 1 {
			_ = checkAutoClaim(words)
		}
		_, _, _ = parseInfo(append([][]byte{[]byte("STREAM"), []byte("k")}, words...))
		for _, word := range words {
			first, err := parseFirst(word)
			if err == nil {
				again, err := wholeID(first.AppendTo(nil), 0)
				if err != nil || again != first {
					t.Errorf("%q is %v, and that %v: %v", word, first, again, err)
				}
			}
			_, _ = parseLast(word)
		}
	})
}
