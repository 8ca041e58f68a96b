package journal

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// sharingViolation is the error of a file that another process has opened for itself alone.
const sharingViolation syscall.Errno = 32

// lockFile opens a file for this process alone. It fails with a *LockedError where another one has it; which one cannot be
// read then.
func lockFile(name string) (*os.File, error) {
	return openLocked(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.OPEN_ALWAYS)
}

// lockFileToRead is lockFile for a file that exists and stays as it is.
func lockFileToRead(name string) (*os.File, error) {
	return openLocked(name, syscall.GENERIC_READ, syscall.OPEN_EXISTING)
}

func openLocked(name string, access, mode uint32) (*os.File, error) {
	path, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(path, access, 0, nil, mode, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case errors.Is(err, sharingViolation):
		return nil, &LockedError{Name: name}
	case err != nil:
		return nil, fmt.Errorf("cannot lock %s: %w", name, err)
	}
	return os.NewFile(uintptr(h), name), nil
}
