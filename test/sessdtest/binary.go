// Package sessdtest builds the daemon once for a package of tests, runs it as users do, and ends it as an operator does.
package sessdtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"
)

// Main runs the tests of a package that uses Start or Launch, removes the binary that they were run on, and ends the
// process. It is what TestMain calls.
func Main(m *testing.M) {
	if os.Getenv("GORACE") == "" { // a daemon with the race detector sleeps for a second when it ends
		os.Setenv("GORACE", "atexit_sleep_ms=10")
	}
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// built is the binary of this test process, made when the first test asks for it.
var built struct {
	sync.Once
	dir, path string
	err       error
}

// Binary returns the path of the daemon: the one that the variable SESSD names, or else one built from this module, with
// the race detector when the test has it.
func Binary(t testing.TB) string {
	t.Helper()
	built.Do(func() { built.path, built.err = build() })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func build() (string, error) {
	if path := os.Getenv("SESSD"); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("", "sessdtest")
	if err != nil {
		return "", err
	}
	built.dir = dir
	path := filepath.Join(dir, "sessd")
	args := []string{"build", "-o", path}
	if RaceDetector() {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "sessd/cmd/sessd")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go %q: %w\n%s", args, err, out)
	}
	return path, nil
}

// RaceDetector reports whether this test was built with it, and so the daemon.
func RaceDetector() bool {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}
