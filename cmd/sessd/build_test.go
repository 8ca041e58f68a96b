package main

import (
	"net"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server/servertest"
)

func TestVersionLine(t *testing.T) {
	system := runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")\n"
	for want, b := range map[string]commands.Build{
		"sessd " + version + " (" + system:                                                         {},
		"sessd " + version + " (commit 0123456789ab, 2026-11-26T08:00:00Z, " + system:              {Commit: "0123456789abcdef", Date: "2026-11-26T08:00:00Z"},
		"sessd " + version + " (commit 0123456789ab with changes, 2026-11-26T08:00:00Z, " + system: {Commit: "0123456789abcdef", Date: "2026-11-26T08:00:00Z", Modified: true},
	} {
		if got := versionLine(b); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestReleaseTellsWhatItIs builds one as scripts/release does, and compares --version with INFO.
func TestReleaseTellsWhatItIs(t *testing.T) {
	dir := t.TempDir()
	binary, socket := filepath.Join(dir, "sessd"), filepath.Join(dir, "s")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-X main.version=9.8.7 -X main.commit=fedcba9876543210 -X main.date=2026-11-26T08:00:00Z", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	line, err := exec.Command(binary, "--version").Output()
	if want := "sessd 9.8.7 (commit fedcba987654, 2026-11-26T08:00:00Z, " + runtime.Version(); err != nil || !strings.HasPrefix(string(line), want) {
		t.Errorf("--version prints %q (%v), want %q", line, err, want)
	}
	daemon := exec.Command(binary, "--port", "off", "--unixsocket", socket)
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		daemon.Process.Kill()
		daemon.Wait()
	})
	var nc net.Conn = dialWhenThere(t, socket)
	info := servertest.NewConn(t, nc).Do("INFO", "server")
	for _, want := range []string{"sessd_version:9.8.7", "redis_git_sha1:fedcba98", "redis_git_dirty:0"} {
		if !strings.Contains(info, "\r\n"+want+"\r\n") {
			t.Errorf("INFO has no %s:\n%s", want, info)
		}
	}
}
