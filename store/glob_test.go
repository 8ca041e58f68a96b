package store_test

import (
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
