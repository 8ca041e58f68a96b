// Package reference holds the reference of commands to the table of commands.
package reference

import (
	"flag"
	"os"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/commands/families"
)

const path = "../../commands/COMMANDS.md"

var update = flag.Bool("update", false, "write the reference anew")

func TestCommands(t *testing.T) {
	check(t, "commands", commands.Reference(families.Of(nil)))
}

func TestAbsent(t *testing.T) {
	check(t, "absent", commands.Absent())
}

// check compares a block of the reference, which stands between two markers, to what it should be.
func check(t *testing.T, block, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+block+":begin -->\n", "<!-- "+block+":end -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("the reference lacks %q or %q", begin, end)
	}
	switch {
	case got == want:
	case *update:
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the %s of the reference are not what the daemon has; go test ./test/reference -update writes them anew.\n%s", block, firstDifference(got, want))
	}
}

// firstDifference shows where two texts part.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; i < len(g) && i < len(w); i++ {
		if g[i] != w[i] {
			return "the reference has\n\t" + g[i] + "\nit should be\n\t" + w[i]
		}
	}
	return "one of them ends early"
}
