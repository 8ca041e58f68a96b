// Package security asks the running daemon for what it must refuse, and looks for secrets in all that it says.
package security

import (
	"os/exec"
	"strings"
	"testing"

	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

// redisCLI runs redis-cli against a port of the loopback and returns what it prints. Where there is none, the test is
// skipped.
func redisCLI(t *testing.T, addr string, words ...string) string {
	t.Helper()
	program, err := exec.LookPath("redis-cli")
	if err != nil {
		t.Skip("NOT TESTED with redis-cli: there is none in PATH; scripts/test installs it")
	}
	host, port, _ := strings.Cut(addr, ":")
	out, _ := exec.Command(program, append([]string{"-h", host, "-p", port}, words...)...).CombinedOutput() // fails when refused
	return strings.TrimSpace(string(out))
}

// wantLine fails the test unless redis-cli prints a text.
func wantLine(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("redis-cli printed %q, want %q", got, want)
	}
}
