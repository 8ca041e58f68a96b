package resp

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestInlineWords(t *testing.T) {
	for _, test := range []struct {
		line  string
		words []string // nil: unbalanced quotes
	}{
		{"a  b\tc\v d\r\n", []string{"a", "b", "c\v", "d"}},
		{"\v\fa\fb \v\fc 'd'\v\"e\"\f\r\n", []string{"a\fb", "c", "d", "e"}},
		{`"a b" 'c d'`, []string{"a b", "c d"}},
		{`"\n\r\t\b\a\\\"\x41\xfF\xzz\q"`, []string{"\n\r\t\b\a\\\"A\xffxzzq"}},
		{`'a\'b\n"'`, []string{`a'b\n"`}},
		{`""`, []string{""}},
		{"a\x00 b", []string{"a"}},
		{`"a`, nil},
		{`'a`, nil},
		{`"a"b`, nil},
		{`"a\"`, nil},
		{`a"b"`, []string{"ab"}},
	} {
		words, err := SplitInline([]byte(test.line), nil)
		if (err != nil) != (test.words == nil) || !slices.EqualFunc(words, test.words, func(a []byte, b string) bool { return string(a) == b }) {
			t.Errorf("%q: got %q, %v; want %q", test.line, words, err, test.words)
		}
	}
}

// FuzzInline: the words of a line, written in quotes, are the same words again, and no line has more of them than it has
// room for.
func FuzzInline(f *testing.F) {
	for _, seed := range []string{"PING\r\n", `ECHO "a\x00b" 'c\'d'`, `"`, `'`, `\`, `"\x4"`, `a"b"c`, " \t\v\f "} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		words, err := SplitInline(text, nil)
		if err != nil {
			if !bytes.ContainsAny(text, `"'`) {
				t.Fatalf("%q has no quotes, and yet: %v", text, err)
			}
			return
		}
		if 2*len(words) > len(text)+1 {
			t.Errorf("%q has %d words", text, len(words))
		}
		var quoted strings.Builder
		for _, word := range words {
			quoted.WriteString(` "`)
			for _, b := range word {
				fmt.Fprintf(&quoted, `\x%02x`, b)
			}
			quoted.WriteByte('"')
		}
		again, err := SplitInline([]byte(quoted.String()), nil)
		if err != nil || !slices.EqualFunc(words, again, bytes.Equal) {
			t.Errorf("%q is %q, and those in quotes are %q, %v", text, words, again, err)
		}
	})
}
