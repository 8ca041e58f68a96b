package journal

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Sync writes the data of the file and what is needed to read it, but not its times.
func (f diskFile) Sync() error {
	return f.retry("fdatasync", syscall.Fdatasync)
}

// BeginWrite is part of backgroundWriter.
func (f diskFile) BeginWrite(offset, n int64) error {
	return f.retry("sync_file_range", func(fd int) error {
		return unix.SyncFileRange(fd, offset, n, unix.SYNC_FILE_RANGE_WRITE)
	})
}

// AwaitWrite is part of backgroundWriter.
func (f diskFile) AwaitWrite(offset, n int64) error {
	return f.retry("sync_file_range", func(fd int) error {
		return unix.SyncFileRange(fd, offset, n, unix.SYNC_FILE_RANGE_WAIT_BEFORE|unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER)
	})
}

// retry makes a system call until no signal ends it early.
func (f diskFile) retry(name string, call func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var callErr error
	err = raw.Control(func(fd uintptr) {
		for {
			if callErr = call(int(fd)); callErr != syscall.EINTR {
				return
			}
		}
	})
	return errors.Join(err, os.NewSyscallError(name, callErr))
}
