package architecture

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxLines is how long a Go file may grow.
const maxLines = 600

func TestFilesAreShort(t *testing.T) {
	for _, path := range goFiles(t) {
		if n := bytes.Count(read(t, path), []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines, more than %d: a file is about one noun, so find the second one in it", path, n, maxLines)
		}
	}
}

func TestFileNamesDifferByMoreThanAnS(t *testing.T) {
	paths := goFiles(t)
	for _, path := range paths {
		if other := strings.TrimSuffix(path, ".go") + "s.go"; slices.Contains(paths, other) {
			t.Errorf("%s and %s: a newcomer cannot tell which of the two has what", path, other)
		}
	}
}

func TestNoInitFunctions(t *testing.T) {
	for _, path := range goFiles(t) {
		for _, decl := range parse(t, path).Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function: what runs before main can be neither ordered nor tested", path)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range packages(t, "linux") {
		files := slices.Concat(p.GoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles)
		var comments []string
		for _, name := range files {
			path := filepath.Join(filepath.FromSlash(p.path()), name)
			if doc := parse(t, path).Doc; doc != nil {
				comments = append(comments, path)
				begin := map[bool]string{true: "Command ", false: "Package "}[p.Name == "main"] + filepath.Base(p.Dir) + " "
				if !strings.HasPrefix(doc.Text(), begin) {
					t.Errorf("the package comment in %s does not begin with %q, as go doc expects", path, begin)
				}
			}
		}
		if len(comments) != 1 {
			t.Errorf("%s has %d package comments, %q: one says what the package is for, and two contradict each other one day", p.path(), len(comments), comments)
		}
	}
}

func TestTopLevel(t *testing.T) {
	agreed := []string{".ci", ".github", ".gitignore", "LICENSE", "README.md", "cmd", "commands", "go.mod", "go.sum", "scripts", "server", "store", "test"}
	var found []string
	for _, path := range tracked(t) {
		top, _, _ := strings.Cut(path, "/")
		found = append(found, top)
	}
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(found, agreed) {
		t.Errorf("the top level has %q, agreed is %q: it is the first thing that a newcomer reads", found, agreed)
	}
}

// foreign finds what belongs to one machine or one network: folders of a person or of a job, temporary files by name,
// and the hosts that packages come from.
var foreign = regexp.MustCompile(strings.Join([]string{
	`(^|[\s"'=:(])/(work|workspace|root|home|Users|tmp|var/tmp|mnt)/[\w.-]`,
	`\bfile:///`,
	`(?i)\b(registry|mirror|mirrors|proxy|artifactory|nexus|pypi|deb|packages)\.[a-z0-9-]+\.(org|com|net|io|dev)\b`,
	`"resolved":`,
}, "|"))

func TestFilesBelongToNoMachine(t *testing.T) {
	for _, path := range tracked(t) {
		for i, line := range strings.Split(string(read(t, path)), "\n") {
			if found := foreign.FindString(line); found != "" && !isOwnPattern(path, line) {
				t.Errorf("%s:%d has %q: the repository is at home everywhere, so it names no machine's folder and no package host", path, i+1, found)
			}
		}
	}
}

// isOwnPattern reports whether a line is one that looks for what is forbidden.
func isOwnPattern(path, line string) bool {
	return path == "scripts/install-clients" && strings.Contains(line, "grep") || path == "test/architecture/files_test.go" && strings.Contains(line, "`")
}

func TestForeignPattern(t *testing.T) {
	for text, want := range map[string]bool{
		fmt.Sprintf(`x := "/%s/user/x"`, "home"): true, fmt.Sprintf("cd /%s/main", "work"): true,
		fmt.Sprintf("https://%s.example.org/x", "registry"): true, `"network/home/x"`: false, "#!/usr/bin/env bash": false, "a/tmp/b": false,
		"127.0.0.1": false,
	} {
		if foreign.MatchString(text) != want {
			t.Errorf("%q: found is %v", text, !want)
		}
	}
}

// read returns a file's bytes by its path from the module's root.
func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// parse returns a Go file's syntax by its path from the module's root.
func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, read(t, path), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
