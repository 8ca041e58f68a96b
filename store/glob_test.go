package store_test

import (
	"bytes"
	"strings"
	"testing"

	"sessd/store"
)

// The answers are those of a real Redis 7.0 to KEYS.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"**", "", false},
		{"*", "abc", true},
		{"a*", "a", true},
		{"a**", "a", true},
		{"*a", "aba", true},
		{"*a*b*", "xxaxxbxx", true},
		{"*a*b*", "xxbxxaxx", false},
		{"h?llo", "hello", true},
		{"h?llo", "hllo", false},
		{"?", "", false},
		{"h[ae]llo", "hallo", true},
		{"h[ae]llo", "hillo", false},
		{"h[^e]llo", "hello", false},
		{"h[^e]llo", "hbllo", true},
		{"[a-c]", "b", true},
		{"[c-a]", "b", true},
		{"[a-c]", "d", false},
		{"[a-\xff]", "a", true},
		{"[a-\xff]", "\xe9", false},
		{"[\x80-\xff]", "\xe9", true},
		{"[a-]", "a", true},
		{"[-a]", "-", true},
		{"[]", "]", false},
		{"[]a", "a", false},
		{"[", "a", false},
		{"[^", "a", true},
		{"[a", "a", true},
		{"[b-a", "a", true},
		{`[\]]`, "]", true},
		{`[\-]`, "-", true},
		{`[\`, `\`, true},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{`\`, `\`, true},
		{`a\`, `a\`, true},
		{"A", "a", false},
		{"a\x00*", "a\x00b", true},
	} {
		if got := store.Match([]byte(c.pattern), []byte(c.s)); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

// FuzzMatch compares with a matcher that tries every length for every star.
func FuzzMatch(f *testing.F) {
	f.Add([]byte("a*[^b-d]?*\\*"), []byte("axyz*"))
	f.Add([]byte("*[a-"), []byte("xx-"))
	f.Fuzz(func(t *testing.T, pattern, s []byte) {
		if len(pattern) > 12 || len(s) > 12 {
			return
		}
		if got, want := store.Match(pattern, s), matchNaively(pattern, s); got != want {
			t.Errorf("Match(%q, %q) = %v", pattern, s, got)
		}
	})
}

func matchNaively(pattern, s []byte) bool {
	if len(s) == 0 {
		return string(pattern) == "" || string(pattern) == "*"
	}
	return matchRest(pattern, s)
}

func matchRest(pattern, s []byte) bool {
	if len(pattern) == 0 {
		return len(s) == 0
	}
	if pattern[0] == '*' {
		for i := range len(s) + 1 {
			if matchRest(pattern[1:], s[i:]) {
				return true
			}
		}
		return false
	}
	if len(s) == 0 {
		return false
	}
	switch {
	case pattern[0] == '?':
		return matchRest(pattern[1:], s[1:])
	case pattern[0] == '[':
		class, rest := takeClass(pattern[1:])
		return class[s[0]] && matchRest(rest, s[1:])
	case pattern[0] == '\\' && len(pattern) > 1:
		pattern = pattern[1:]
	}
	return pattern[0] == s[0] && matchRest(pattern[1:], s[1:])
}

// takeClass returns the set of bytes that a class means, and the pattern behind it.
func takeClass(pattern []byte) (set [256]bool, rest []byte) {
	not := false
	if len(pattern) > 0 && pattern[0] == '^' {
		not, pattern = true, pattern[1:]
	}
	for len(pattern) > 0 && pattern[0] != ']' {
		if pattern[0] == '\\' && len(pattern) > 1 {
			set[pattern[1]] = true
			pattern = pattern[2:]
		} else if len(pattern) > 2 && pattern[1] == '-' {
			low, high := int(int8(pattern[0])), int(int8(pattern[2]))
			for c := min(low, high); c <= max(low, high); c++ {
				set[byte(c)] = true
			}
			pattern = pattern[3:]
		} else {
			set[pattern[0]] = true
			pattern = pattern[1:]
		}
	}
	if not {
		for i := range set {
			set[i] = !set[i]
		}
	}
	if len(pattern) > 0 {
		pattern = pattern[1:]
	}
	return set, pattern
}

// A pattern that is tried anew at every place would not end here.
func TestMatchLong(t *testing.T) {
	s := bytes.Repeat([]byte("a"), 1<<20)
	class := "[" + strings.Repeat("bc", 100_000) + "]"
	for _, c := range []struct {
		name, pattern string
		want          bool
	}{
		{"class", "*" + class + "*", false},
		{"classes", "*" + class + "*" + class, false},
		{"negated class", "*[^" + class[1:] + "*", true},
		{"piece", "*" + strings.Repeat("?", 4000) + "b*", false},
		{"piece with classes", "*" + strings.Repeat("[ab]", 4000) + "a", true},
		{"pieces", strings.Repeat("*?a", 20_000) + "*b*", false},
		{"piece found late", "*" + strings.Repeat("?", 100) + "b", false},
		{"longer than the string", strings.Repeat("?", 1<<20) + "?", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := store.CompilePattern([]byte(c.pattern))
			for range 20 {
				if got := p.Match(s); got != c.want {
					t.Fatal(got)
				}
			}
		})
	}
}

// Pieces of every length are found where they are, however they are looked for.
func TestMatchPieces(t *testing.T) {
	s := make([]byte, 700)
	for i := range s {
		s[i] = "xyz"[i*i/7%3]
	}
	for _, n := range []int{1, 2, 15, 16, 17, 63, 64, 65, 128, 129, 300, 600} {
		for at := 0; at+n <= len(s); at += 37 {
			piece := bytes.Replace(s[at:at+n], []byte("x"), []byte("[Xx]"), 1)
			pattern := append(append([]byte("*"), piece...), "?*"...)
			text := append(bytes.Clone(s[:at+n]), '!')
			if !store.Match(pattern, text) {
				t.Errorf("a piece of %d is not found at %d", n, at)
			}
			if text[at] = '?'; store.Match(append(piece, '!'), text[at:]) {
				t.Errorf("a piece of %d is found where it is not", n)
			}
		}
	}
}
