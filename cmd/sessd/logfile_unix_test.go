//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/test/sessdtest"
)

// waitFile waits until a file has a text that matches.
func waitFile(t *testing.T, path, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(5 * time.Millisecond) {
		if text, _ := os.ReadFile(path); re.Match(text) {
			return string(re.Find(text))
		}
	}
	text, _ := os.ReadFile(path)
	t.Fatalf("%s has no %q:\n%s", path, pattern, text)
	return ""
}

func TestLogFileIsOpenedAgain(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "sessd.log")
	os.WriteFile(path, []byte("before\n"), 0o600)
	p := sessdtest.Launch(t, nil, "--port", "0", "--log-file", path)
	waitFile(t, path, "^before\n(?s:.*)msg=listening")
	os.Rename(path, path+".1")
	p.Signal(syscall.SIGUSR1)
	waitFile(t, path, `msg="log file opened again"`)
	if info, _ := os.Stat(path); info.Mode().Perm()&^logMode != 0 {
		t.Errorf("mode %v", info.Mode())
	}
	os.Rename(folder, folder+"2")
	defer os.RemoveAll(folder + "2")
	p.Signal(syscall.SIGUSR1)
	moved := filepath.Join(folder+"2", "sessd.log")
	waitFile(t, moved, `level=ERROR msg="log file not opened again: lines go where they went before"`)
	os.Truncate(moved, 0) // as logrotate's copytruncate does
	p.Signal(syscall.SIGTERM)
	code, _ := p.Wait()
	if text := waitFile(t, moved, "msg=stopped\n"); code != exitOK || strings.Contains(text, "\x00") {
		t.Errorf("code %d, %q", code, text)
	}
	if p.Log() != "" {
		t.Errorf("standard error has %q", p.Log())
	}
}

func TestLogFileThatCannotBe(t *testing.T) {
	checkRun(t, exitError, "", "sessd: --log-file: open /nosuch/folder/log: no such file or directory\n", nil, "--log-file", "/nosuch/folder/log", "--port", "0")
	d := sessdtest.Start(t)
	d.Signal(syscall.SIGUSR1)
	d.WaitFor("no log file to open again")
}
