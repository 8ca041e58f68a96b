package reference

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const libraries = "../libraries/"

// TestProvenLibraries holds the table of libraries to the programs that are run and the versions that are installed.
func TestProvenLibraries(t *testing.T) {
	known := regexp.MustCompile(`(?m)^\t"(\w+)/([^"]+)":`).FindAllStringSubmatch(readFile(t, libraries+"differences_test.go"), -1)
	var b strings.Builder
	for _, l := range []struct {
		name, folder, suffix string
		versions             []string
	}{
		{"Node", "node", ".js", npmVersions(t)}, {"Go", "go", "", goVersions(t)}, {"Python", "python", ".py", debianVersions(t, "python3-")},
		{"PHP", "php", ".php", debianVersions(t, "php-")}, {"Ruby", "ruby", ".rb", debianVersions(t, "ruby-")},
	} {
		var same, differ []string
		for _, path := range glob(t, libraries+l.folder+"/*"+l.suffix) {
			name := strings.TrimSuffix(filepath.Base(path), l.suffix)
			if name == "show" || l.suffix == "" && strings.Contains(name, ".") {
				continue
			}
			if slices.ContainsFunc(known, func(k []string) bool { return k[1] == l.folder && k[2] == name }) {
				differ = append(differ, name)
			} else {
				same = append(same, name)
			}
		}
		if len(same) < 3 || len(l.versions) < 3 {
			t.Fatalf("%s: %q, %q", l.name, same, l.versions)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.name, strings.Join(same, ", "), strings.Join(differ, ", "), strings.Join(l.versions, ", "))
	}
	check(t, compatibility, "libraries", b.String())
}

func npmVersions(t *testing.T) (all []string) {
	var module struct{ Dependencies map[string]string }
	if err := json.Unmarshal([]byte(readFile(t, libraries+"node/package.json")), &module); err != nil {
		t.Fatal(err)
	}
	for name, version := range module.Dependencies {
		if real, aliased := strings.CutPrefix(version, "npm:"); aliased {
			at := strings.LastIndex(real, "@")
			name, version = real[:at], real[at+1:]
		}
		all = append(all, name+" "+version)
	}
	slices.Sort(all)
	return all
}

func goVersions(t *testing.T) (all []string) {
	direct, _, _ := strings.Cut(readFile(t, libraries+"go/go.mod"), "\n)")
	for _, m := range regexp.MustCompile(`(?m)^\tgithub\.com/(\S+) (v[^\s-]+)`).FindAllStringSubmatch(direct, -1) {
		all = append(all, m[1]+" "+m[2])
	}
	return all
}

// debianVersions are those of Debian's packages, without what Debian adds to them.
func debianVersions(t *testing.T, prefix string) (all []string) {
	for _, m := range regexp.MustCompile(`(?m)^  \[(`+prefix+`[^\]]+)\]='(?:[^\w]*python3-redis=)?(?:\d+:)?([0-9.]+)`).FindAllStringSubmatch(readFile(t, "../../scripts/install-clients"), -1) {
		all = append(all, m[1]+" "+strings.TrimSuffix(m[2], "."))
	}
	slices.Sort(all)
	return all
}

func glob(t *testing.T, pattern string) []string {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
