package commands

import "testing"

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		pattern, prefix string
		want            bool
	}{
		{"*", "", true}, {"*", "a", true}, {"app:*", "app:", true}, {"app:*", "app:eu:", true}, {"app:*", "app", false}, {"app:*", "", false}, {"app:*", "web:", false},
		{"a?p:*", "app:", true}, {"[ab]pp:*", "app:", true}, {"[ab]pp:*", "cpp:", false}, {"app:", "app:", false}, {`app:\*`, "app:", false}, {`app:\\*`, `app:\`, true},
		{"app:[*", "app:", false}, {"app:[*]", "app:", false}, {"app:**", "app:", true}, {"a*b*", "acb", true}, {"a*b*", "ac", false}, {"", "", false},
	} {
		if got := covers(test.pattern, []byte(test.prefix)); got != test.want {
			t.Errorf("%q covers the prefix %q: %v, want %v", test.pattern, test.prefix, got, test.want)
		}
	}
}
