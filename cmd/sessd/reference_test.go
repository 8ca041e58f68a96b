package main

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference in SETTINGS.md anew")

// TestReference holds SETTINGS.md to the rows.
func TestReference(t *testing.T) {
	const path, begin, end = "SETTINGS.md", "<!-- settings:begin -->\n", "<!-- settings:end -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	want := newOptions().markdown()
	switch {
	case !found || !closed:
		t.Fatalf("%s lacks %q or %q", path, begin, end)
	case got == want:
	case *update:
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the settings are; go test ./cmd/sessd -run TestReference -update writes it anew", path)
	}
}
