package journal

import (
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"
)

// Disk is the file system of the machine.
var Disk FS = disk{}

type disk struct{}

func (disk) MkdirAll(dir string) error { return os.MkdirAll(dir, 0o700) }

func (disk) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, err
}

func (disk) Create(name string) (File, error) {
	return openDisk(name, os.O_CREATE|os.O_EXCL|os.O_RDWR)
}

func (disk) Open(name string) (File, error) { return openDisk(name, os.O_RDWR) }

func (disk) Rename(from, to string) error { return os.Rename(from, to) }

func (disk) Remove(name string) error { return os.Remove(name) }

func (disk) SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Lock locks for this process alone, until it dies, however it does. The file holds the process id for others.
func (disk) Lock(name string) (io.Closer, error) {
	f, err := lockFile(name)
	if err != nil {
		return nil, err
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) { // a full disk must not keep the journal from being read
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

type diskFile struct{ *os.File }

// openDisk opens a file that nobody but the owner of the process may read.
func openDisk(name string, flags int) (File, error) {
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

func (f diskFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
