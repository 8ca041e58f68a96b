// Package reference keeps what the README says about commands and flags as the daemon has them.
package reference

import (
	"flag"
	"os"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/test/sessdtest"
)

const readme = "../../README.md"

var update = flag.Bool("update", false, "write the README's blocks anew")

func TestMain(m *testing.M) { sessdtest.Main(m) }

func TestCommands(t *testing.T) {
	check(t, "commands", commands.Reference(families.Of(nil)))
}

func TestFlags(t *testing.T) {
	code, help := sessdtest.Launch(t, nil, "--help").Wait()
	if code != 0 {
		t.Fatalf("--help ended with %d", code)
	}
	_, flags, found := strings.Cut(help, "[flags]\n\n")
	if !found {
		t.Fatalf("no flags in:\n%s", help)
	}
	flags, _, _ = strings.Cut(flags, "\n\n")
	check(t, "flags", "```\n"+flags+"\n```\n")
}

// check compares a block of the README, which stands between two markers, to what it should be.
func check(t *testing.T, block, want string) {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+block+":begin -->\n", "<!-- "+block+":end -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("the README lacks %q or %q", begin, end)
	}
	switch {
	case got == want:
	case *update:
		if err := os.WriteFile(readme, []byte(before+begin+want+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the README's %s are not what the daemon has; go test ./test/reference -update writes them anew.\n%s", block, firstDifference(got, want))
	}
}

// firstDifference shows where two texts part.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; i < len(g) && i < len(w); i++ {
		if g[i] != w[i] {
			return "the README has\n\t" + g[i] + "\nit should be\n\t" + w[i]
		}
	}
	return "one of them ends early"
}
