// Package reference holds the pages for people to the program: the reference of commands to their table, commands and links to
// what there is, and a first session to what the daemon answers.
package reference

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/commands/families"
)

// The pages with generated blocks.
const (
	reference     = "../../commands/COMMANDS.md"
	compatibility = "../../commands/COMPATIBILITY.md"
)

var update = flag.Bool("update", false, "write the reference anew")

func TestCommands(t *testing.T) {
	check(t, reference, "commands", commands.Reference(families.Of(nil)))
}

func TestAbsent(t *testing.T) {
	check(t, compatibility, "absent", commands.Absent())
}

func TestRefused(t *testing.T) {
	check(t, compatibility, "refused", commands.Refused())
	all := commands.Reference(families.Of(nil))
	for _, m := range regexp.MustCompile("`([A-Z_]+)`").FindAllStringSubmatch(firstColumn(commands.Refused()), -1) {
		if !regexp.MustCompile("(?m)^- `" + m[1] + "[ `]").MatchString(all) {
			t.Errorf("%s is told of as refused and is not there", m[1])
		}
	}
}

func TestPresent(t *testing.T) {
	check(t, compatibility, "present", commands.Overview(families.Of(nil)))
}

// check compares a block of a page, which stands between two markers, to what it should be.
func check(t *testing.T, path, block, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+block+":begin -->\n", "<!-- "+block+":end -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s lacks %q or %q", path, begin, end)
	}
	switch {
	case got == want:
	case *update:
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the %s of %s are not what the daemon has; go test ./test/reference -update writes them anew.\n%s", block, path, firstDifference(got, want))
	}
}

// firstDifference shows where two texts part.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; i < len(g) && i < len(w); i++ {
		if g[i] != w[i] {
			return "the page has\n\t" + g[i] + "\nit should be\n\t" + w[i]
		}
	}
	return "one of them ends early"
}

// firstColumn returns what is in the first column of a table.
func firstColumn(rows string) (all string) {
	for row := range strings.Lines(rows) {
		all += strings.Split(row, "|")[1] + "\n"
	}
	return all
}
