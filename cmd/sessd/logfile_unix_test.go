//go:build unix

package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
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

// TestLogFileThatNobodyReads starts the daemon with a pipe for its log, which nobody has opened, and reads it later.
func TestLogFileThatNobodyReads(t *testing.T) {
	folder := t.TempDir()
	pipe, socket := filepath.Join(folder, "log"), filepath.Join(folder, "socket")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	p := sessdtest.Launch(t, nil, "--port", "off", "--unixsocket", socket, "--log-file", pipe)
	var nc net.Conn
	for late := time.Now().Add(time.Minute); nc == nil; time.Sleep(5 * time.Millisecond) {
		var err error
		if nc, err = net.Dial("unix", socket); err != nil && time.Now().After(late) {
			t.Fatal(err)
		}
	}
	c := servertest.NewConn(t, nc)
	c.Want("+OK\r\n", "CONFIG", "SET", "maxclients", "50") // which is a line that nobody reads
	for strings.Contains(c.Do("INFO", "stats"), "\r\nlog_lines_lost:0\r\n") {
		time.Sleep(5 * time.Millisecond) // until it is lost
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	c.Want("+OK\r\n", "CONFIG", "SET", "maxclients", "60")
	reader.SetReadDeadline(time.Now().Add(time.Minute))
	text, buf := "", make([]byte, 4<<10)
	for late := time.Now().Add(time.Minute); !strings.Contains(text, "log lines lost"); {
		n, err := reader.Read(buf)
		if text += string(buf[:n]); err == io.EOF && time.Now().Before(late) {
			time.Sleep(5 * time.Millisecond) // the daemon has yet to open it
		} else if err != nil {
			t.Fatalf("%v after %q", err, text)
		}
	}
	if !strings.Contains(text, "setting changed") {
		t.Errorf("the log has %q", text)
	}
	p.Signal(syscall.SIGTERM)
	if code, _ := p.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// TestSignalsDuringTheStart end nothing: what they ask for is done once the daemon serves.
func TestSignalsDuringTheStart(t *testing.T) {
	folder := t.TempDir()
	users, log := filepath.Join(folder, "users"), filepath.Join(folder, "log")
	if err := syscall.Mkfifo(users, 0o600); err != nil {
		t.Skip(err)
	}
	p := sessdtest.Launch(t, nil, "--port", "0", "--users-file", users, "--log-file", log)
	w, err := os.OpenFile(users, os.O_WRONLY, 0) // once the daemon reads it
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p.Signal(syscall.SIGHUP)
	p.Signal(syscall.SIGUSR1)
	os.Remove(users)
	const text = "user default on nopass ~* &* +@all\n"
	if err := os.WriteFile(users, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, text)
	w.Close()
	waitFile(t, log, `msg="read again"`)
	waitFile(t, log, `msg="log file opened again"`)
	p.Signal(syscall.SIGTERM)
	if code, _ := p.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
