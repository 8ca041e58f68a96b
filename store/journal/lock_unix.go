//go:build unix

package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// lockFile opens a file and locks it by flock(2). It fails with a *LockedError where another process has it.
// It follows no link, so that nobody's file is written to by mistake.
func lockFile(name string) (*os.File, error) {
	return openLocked(name, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW)
}

// lockFileToRead is lockFile for a file that exists and stays as it is.
func lockFileToRead(name string) (*os.File, error) { return openLocked(name, os.O_RDONLY) }

func openLocked(name string, flags int) (*os.File, error) {
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	text, _ := io.ReadAll(io.LimitReader(f, 32))
	_ = f.Close()
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("cannot lock %s: %w", name, err)
	}
	process, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return nil, &LockedError{Name: name, Process: process}
}
