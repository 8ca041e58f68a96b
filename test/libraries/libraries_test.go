// Package libraries runs programs over libraries that are written for Redis, unmodified, on a real redis-server and on the
// daemon, and compares what they print.
//
// A program is a file of node, python, php or ruby, or a command of the module in go. It reaches its server at the
// port that REDIS_PORT names, prints what its library answered, without times and random names, and exits with 0, or with 77
// where its library is not installed.
package libraries

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sessd/test/redistest"
	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

const (
	// bound is how long a program may run before it is ended and counts as different.
	bound = 3 * time.Minute
	// knownBound is that of a program that is known to differ: many wait for ever for what was refused.
	knownBound = 20 * time.Second
	// notInstalled is the exit code of a program whose library is not there.
	notInstalled = 77
)

// ecosystem is a language's folder and what runs the programs in it.
type ecosystem struct {
	folder, suffix string
	interpreter    []string
	needs          string // a path in the folder without which nothing there runs
}

var ecosystems = []ecosystem{
	{"node", ".js", []string{"node"}, "node_modules"},
	{"python", ".py", []string{"/usr/bin/python3", "-W", "ignore"}, ""},
	{"php", ".php", []string{"php"}, ""},
	{"ruby", ".rb", []string{"ruby", "-W0"}, ""},
}

func TestLibraries(t *testing.T) {
	if os.Getenv("SESSD_LIBRARIES") == "" {
		t.Skip("NOT TESTED: libraries take minutes and must be installed; scripts/test libraries runs them")
	}
	found := map[string]bool{}
	run := func(name string, words ...string) {
		found[name] = true
		t.Run(name, func(t *testing.T) { compare(t, name, words) })
	}
	for _, e := range ecosystems {
		e.each(t, run)
	}
	eachGo(t, run)
	for name := range differences {
		if !found[name] {
			t.Errorf("a difference of %s is known, and there is no such program", name)
		}
	}
}

// each runs the programs of a folder; show.* are what they share.
func (e ecosystem) each(t *testing.T, run func(name string, words ...string)) {
	files, err := filepath.Glob(filepath.Join(e.folder, "*"+e.suffix))
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs in %s: %v", e.folder, err)
	}
	reason := ""
	if _, err := exec.LookPath(e.interpreter[0]); err != nil {
		reason = "no " + e.interpreter[0] + " here"
	} else if _, err := os.Stat(filepath.Join(e.folder, e.needs)); err != nil {
		reason = "no " + filepath.Join(e.folder, e.needs) + " here: scripts/install-clients"
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.ToSlash(file), e.suffix)
		switch {
		case strings.HasSuffix(name, "/show"):
		case reason != "":
			report("skipped", name, reason)
		default:
			run(name, append(slices.Clone(e.interpreter), file)...)
		}
	}
}

// eachGo builds the commands of the Go module beside this package and runs them.
func eachGo(t *testing.T, run func(name string, words ...string)) {
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "./...")
	build.Dir = "go"
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("go build in test/libraries/go: %v\n%s", err, out)
		return
	}
	programs, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		run("go/"+p.Name(), filepath.Join(dir, p.Name()))
	}
}

// compare runs a program on both servers at the same time and holds the outcome against the known differences.
func compare(t *testing.T, name string, words []string) {
	redis := newRelay(t, "unix", redistest.Start(t))
	sessd := newRelay(t, "tcp", sessdtest.Start(t).Addr)
	reason, known := differences[name]
	patience := bound
	if known {
		patience = knownBound
	}
	var want, got outcome
	var group sync.WaitGroup
	group.Go(func() { want = perform(words, redis.port, bound) })
	group.Go(func() { got = perform(words, sessd.port, patience) })
	group.Wait()
	took := max(want.took, got.took).Round(100 * time.Millisecond).String()
	switch {
	case want.code == notInstalled:
		report("skipped", name, strings.TrimSpace(want.stderr))
	case want.code != 0 || want.transcript == "":
		report("fails", name, "on redis-server itself")
		t.Errorf("%q on redis-server: %v", words, want)
	case want.transcript == got.transcript && got.code == 0 && known:
		report("same", name, took+", take it off the known differences ("+reason+")")
	case want.transcript == got.transcript && got.code == 0:
		report("same", name, took)
	case known:
		report("differs", name, "as known: "+reason+"; first refused: "+sessd.refused(redis))
	default:
		report("DIFFERS", name, "first refused: "+sessd.refused(redis))
		t.Errorf("%q on sessd: exit code %d; standard error:\n%s\n%s", words, got.code, tail(got.stderr), diff(t, want.transcript, got.transcript))
	}
}

// report prints the line of a library.
func report(verdict, name, note string) { fmt.Printf("%-8s %-28s %s\n", verdict, name, note) }

// outcome is what a program did.
type outcome struct {
	transcript, stderr string
	code               int // -1 where it was ended
	took               time.Duration
}

func (o outcome) String() string {
	return fmt.Sprintf("exit code %d after %v\n%s\n%s", o.code, o.took, tail(o.transcript), tail(o.stderr))
}

// perform runs a program on the server at a port of the loopback, and ends what it leaves behind.
func perform(words []string, port int, patience time.Duration) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "REDIS_PORT="+strconv.Itoa(port), "PYTHONDONTWRITEBYTECODE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	kill := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel, cmd.WaitDelay = kill, time.Second
	begin := time.Now()
	err := cmd.Run()
	if cmd.Process != nil {
		kill()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(&stderr, err)
	}
	code := -1
	if cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	return outcome{stdout.String(), stderr.String(), code, time.Since(begin)}
}

// tail is the last lines of a text.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// diff shows what differs in two transcripts.
func diff(t *testing.T, want, got string) string {
	dir := t.TempDir()
	for name, text := range map[string]string{"redis-server": want, "sessd": got} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	show := exec.Command("diff", "-u", "--label", "redis-server", "--label", "sessd", "redis-server", "sessd")
	show.Dir = dir
	out, _ := show.Output() // its exit code says that they differ
	return string(out)
}
