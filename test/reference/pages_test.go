package reference

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

const root = "../.."

// frontLines is how long the front page may be.
const frontLines = 200

// pages returns the text of every page for people, by its path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-co", "--exclude-standard", "*.md")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("git does not list the files: %v", err)
	}
	all := make(map[string]string)
	for _, path := range strings.Fields(string(out)) {
		all[path] = readFile(t, filepath.Join(root, path))
	}
	if len(all) < 15 {
		t.Fatalf("%d pages", len(all))
	}
	return all
}

func TestFrontPageIsShort(t *testing.T) {
	if n := strings.Count(readFile(t, root+"/README.md"), "\n"); n > frontLines {
		t.Errorf("the front page has %d lines, more than %d: the long parts have pages of their own", n, frontLines)
	}
}

// TestFrontPageLeadsEverywhere holds the front page to be where one begins: each page is one link away, or two.
func TestFrontPageLeadsEverywhere(t *testing.T) {
	all := pages(t)
	near := map[string]bool{"README.md": true}
	for range 2 {
		for from := range near {
			for _, to := range links(from, all[from]) {
				to, _, _ = strings.Cut(to, "#")
				near[to], near[filepath.Join(to, "README.md")] = true, true
			}
		}
	}
	for path := range all {
		if !near[path] {
			t.Errorf("%s is not linked from the front page, nor from a page that is", path)
		}
	}
}

var (
	linked   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fenced   = regexp.MustCompile("(?ms)^```.*?^```")
	headings = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// links returns what a page links to in the tree, by paths from the root.
func links(path, text string) (all []string) {
	for _, m := range linked.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		switch to := m[1]; {
		case strings.Contains(to, "://"):
		case strings.HasPrefix(to, "#"):
			all = append(all, path+to)
		default:
			all = append(all, filepath.Join(filepath.Dir(path), to))
		}
	}
	return all
}

// anchor is what a heading is called in a link.
func anchor(heading string) string {
	return strings.ReplaceAll(regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

func TestLinksLeadSomewhere(t *testing.T) {
	all, n := pages(t), 0
	for path, text := range all {
		for _, to := range links(path, text) {
			n++
			file, part, _ := strings.Cut(to, "#")
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s links to %s, which is not there", path, file)
				continue
			}
			if part == "" {
				continue
			}
			found := headings.FindAllStringSubmatch(fenced.ReplaceAllString(all[file], ""), -1)
			if !slices.ContainsFunc(found, func(m []string) bool { return anchor(m[1]) == part }) {
				t.Errorf("%s links to %s, which has no such heading", path, to)
			}
		}
	}
	if n < 50 {
		t.Errorf("%d links were found", n)
	}
}

// TestNamedCommandsExist holds what pages tell people to run to what there is: scripts with their parts, flags of the daemon,
// and tests by their package.
func TestNamedCommandsExist(t *testing.T) {
	parts := map[string]string{"test": output(t, root+"/scripts/test", "--help"), "bench": output(t, root+"/scripts/bench", "--help")}
	flags := output(t, sessdtest.Binary(t), "--help")
	var n [3]int
	for path, text := range pages(t) {
		for _, m := range regexp.MustCompile("[`\n ]scripts/(\\w[\\w-]*)((?: [\\w-]+)*)`").FindAllStringSubmatch(text, -1) {
			n[0]++
			if info, err := os.Stat(filepath.Join(root, "scripts", m[1])); err != nil || info.Mode()&0o100 == 0 {
				t.Errorf("%s tells to run scripts/%s, which is not there", path, m[1])
			}
			for _, word := range strings.Fields(m[2]) {
				if help := parts[m[1]]; help != "" && word[0] != '-' && strings.Trim(word, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" && !regexp.MustCompile(`(?m)^ *`+word+`\b`).MatchString(help) {
					t.Errorf("%s tells to run scripts/%s %s, which has no such part", path, m[1], word)
				}
			}
		}
		for _, m := range regexp.MustCompile("(?:`|\n)sessd( [^`\n#]*)").FindAllStringSubmatch(text, -1) {
			for _, flag := range regexp.MustCompile(` --([a-z][a-z-]*)`).FindAllStringSubmatch(m[1], -1) {
				n[1]++
				if flag[1] != "fix" && !strings.Contains(flags, "--"+flag[1]+" ") {
					t.Errorf("%s tells to run sessd --%s, which has no such flag", path, flag[1])
				}
			}
		}
		for _, m := range regexp.MustCompile("go test[^`]*? \\./([\\w/]+)").FindAllStringSubmatch(text, -1) {
			n[2]++
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s tells to test ./%s, which is not there", path, m[1])
			}
		}
	}
	if slices.Min(n[:]) < 2 {
		t.Errorf("%v commands of each kind were found", n)
	}
}

// figured are the pages that tell of measurements.
var figured = []string{"README.md", "cmd/sessd/OPERATIONS.md", "cmd/sessd-bench/NUMBERS.md", "test/FROM-REDIS.md", "test/node/README.md"}

// TestFiguresNameTheirCommand holds each section with measured figures to name what shows them again.
func TestFiguresNameTheirCommand(t *testing.T) {
	measured := regexp.MustCompile(`\d(?:\.\d+)? µs|\d of \d{2,}|\b0\.\d\d of `)
	all := pages(t)
	for _, path := range figured {
		if !measured.MatchString(all[path]) {
			continue
		}
		if !regexp.MustCompile("scripts/(?:bench|test)").MatchString(all[path]) {
			t.Errorf("%s has measurements and no command that shows them", path)
		}
	}
	for path, text := range all {
		if regexp.MustCompile(`(?m)^\|.*\d(?:\.\d+)? µs.*\|`).MatchString(text) && !slices.Contains(figured, path) {
			t.Errorf("%s has a table of measurements and is not among the pages whose commands are checked", path)
		}
	}
}

// output returns what a command writes.
func output(t *testing.T, command string, args ...string) string {
	t.Helper()
	out, err := exec.Command(command, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return string(out)
}

// TestFirstSession types the first session of the front page and compares what it shows. Ids that the server makes differ.
func TestFirstSession(t *testing.T) {
	cli, err := exec.LookPath("redis-cli")
	if err != nil {
		t.Skip("NOT TESTED: redis-cli is not there, so the first session was not typed")
	}
	const prompt = "127.0.0.1:6379> "
	_, session, found := strings.Cut(readFile(t, root+"/README.md"), "$ redis-cli -3\n")
	session, _, closed := strings.Cut(session, "```")
	if !found || !closed {
		t.Fatal("the front page has no first session")
	}
	d := sessdtest.Start(t)
	_, port, _ := strings.Cut(d.Addr, ":")
	made := regexp.MustCompile(`[\w-]{43}`)
	ids := make(map[string]string)
	steps := strings.Split(session, prompt)[1:]
	for _, step := range steps {
		request, want, _ := strings.Cut(step, "\n")
		request = made.ReplaceAllStringFunc(request, func(id string) string { return ids[id] })
		got := output(t, cli, append([]string{"-3", "--no-raw", "-p", port}, strings.Fields(request)...)...)
		if id := made.FindString(got); id != "" && made.MatchString(want) {
			ids[made.FindString(want)] = id
			got = strings.ReplaceAll(got, id, made.FindString(want))
		}
		if sorted(got) != sorted(want) {
			t.Errorf("%s: %q, the page has %q", request, got, want)
		}
	}
	if len(steps) < 5 || len(ids) != 2 {
		t.Errorf("%d requests and %d ids were found", len(steps), len(ids))
	}
}

// sorted returns lines in an order of their own, without the numbers that a map's are shown with: a map has none.
func sorted(text string) string {
	lines := strings.Split(strings.TrimSpace(regexp.MustCompile(`(?m)^\d+# `).ReplaceAllString(text, "")), "\n")
	slices.Sort(lines)
	return fmt.Sprint(lines)
}
