// Package architecture holds the rules of this module that no compiler knows: what may import what, and what its files
// look like. Every failure says the rule and the reason for it.
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder, seen from this package's.
const root = "../.."

// goPackage is what go list says about a package.
type goPackage struct {
	Dir, ImportPath, Name                              string
	GoFiles, IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports                 []string
	Error                                              *struct{ Err string }
}

// path is where the package stands in the module: "server/servertest".
func (p *goPackage) path() string { return strings.TrimPrefix(p.ImportPath, module) }

// module begins the import path of every package that is ours.
const module = "sessd/"

// packages returns every package of the module as the named system builds it.
func packages(t *testing.T, system string) []*goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-json", "./...")
	list.Dir = root
	list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []*goPackage
	for in := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := new(goPackage)
		if err := in.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Error != nil {
			t.Fatalf("go list: %s", p.Error.Err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("go list found no package")
	}
	return all
}

// goFiles returns the path of every Go file of the module, seen from its root. Opening the folders also tells go test's
// cache what these tests depend on.
func goFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata"):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".go"):
			relative, err := filepath.Rel(root, path)
			all = append(all, relative)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(all, filepath.Join("cmd", "sessd", "main.go")) {
		t.Fatalf("the walk did not meet the daemon: %q", all)
	}
	return all
}

// tracked returns the path of every file in the repository. Outside of a checkout the test is skipped.
func tracked(t *testing.T) []string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z")
	list.Dir = root
	out, err := list.Output()
	if err != nil || len(out) == 0 {
		t.Skipf("NOT TESTED: this is no checkout of the repository, so nobody knows which files belong to it (git ls-files: %v)", err)
	}
	return slices.DeleteFunc(strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), func(path string) bool {
		_, err := os.Lstat(filepath.Join(root, path))
		return errors.Is(err, os.ErrNotExist) // removed, and the removal not committed yet
	})
}
