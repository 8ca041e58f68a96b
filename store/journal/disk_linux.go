package journal

import (
	"errors"
	"os"
	"syscall"
)

// Sync writes the data of the file and what is needed to read it, but not its times.
func (f diskFile) Sync() error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var syncErr error
	err = raw.Control(func(fd uintptr) {
		for {
			if syncErr = syscall.Fdatasync(int(fd)); syncErr != syscall.EINTR {
				return
			}
		}
	})
	return errors.Join(err, os.NewSyscallError("fdatasync", syncErr))
}
