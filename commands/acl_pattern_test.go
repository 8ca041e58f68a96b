package commands

import (
	"testing"

	"sessd/store"
)

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		pattern, prefix string
		want            bool
	}{
		{"*", "", true}, {"*", "a", true}, {"app:*", "app:", true}, {"app:*", "app:eu:", true}, {"app:*", "app", false}, {"app:*", "", false}, {"app:*", "web:", false},
		{"a?p:*", "app:", true}, {"[ab]pp:*", "app:", true}, {"[ab]pp:*", "cpp:", false}, {"app:", "app:", false}, {`app:\*`, "app:", false}, {`app:\\*`, `app:\`, true},
		{"app:[*", "app:", false}, {"app:[*]", "app:", false}, {"app:**", "app:", true}, {"a*b*", "acb", true}, {"a*b*", "ac", false}, {"", "", false},
		{"[0-]*", "0", false}, {"[0-]]*", "0", true}, {"[^-]*", "0", true}, {"[^a-]*", "0", false}, {`[\]]*`, "]", true},
	} {
		if got := covers(test.pattern, []byte(test.prefix)); got != test.want {
			t.Errorf("%q covers the prefix %q: %v, want %v", test.pattern, test.prefix, got, test.want)
		}
	}
}

// FuzzCovers looks for a pattern that is said to match every key with a prefix, and does not match one.
func FuzzCovers(f *testing.F) {
	f.Add("app:*", "app:", "x")
	f.Add("a*[b-c]*", "axb", "")
	f.Add(`a\*`, "a", "*")
	f.Add("[*", "", "[")
	f.Add("[^]*", "a", "]")
	f.Add("[0-]*", "0", "0")
	f.Fuzz(func(t *testing.T, pattern, prefix, rest string) {
		if covers(pattern, []byte(prefix)) && !store.Match([]byte(pattern), []byte(prefix+rest)) {
			t.Errorf("%q covers the prefix %q, and does not match %q", pattern, prefix, prefix+rest)
		}
	})
}
