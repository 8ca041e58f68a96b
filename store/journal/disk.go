package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Disk is the file system of the machine.
var Disk FS = disk{}

type disk struct{}

// MkdirAll syncs the folders that get a new one.
func (d disk) MkdirAll(dir string) error {
	above := filepath.Dir(dir)
	if _, err := os.Stat(dir); err == nil || above == dir {
		return os.MkdirAll(dir, 0o700)
	}
	if err := d.MkdirAll(above); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return d.SyncDir(above)
}

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

// Lock locks for this process alone, until it dies, however it does. The file holds the process id for others. A file that
// holds something else is no lock, and stays as it is.
func (disk) Lock(name string) (io.Closer, error) {
	f, err := lockFile(name)
	if err != nil {
		return nil, err
	}
	text := make([]byte, 32)
	n, err := f.ReadAt(text, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if text := string(bytes.TrimSpace(text[:n])); err == nil && strings.Trim(text, "0123456789") != "" {
		err = fmt.Errorf("%s is no lock of sessd: another program has made it", name)
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) { // a full disk must not keep the journal from being read
		_ = f.Close()
		return nil, err
	}
	return diskFile{f}, nil
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

// InPlace is part of placed.
func (f diskFile) InPlace() error {
	own, err := f.Stat()
	if err != nil {
		return nil // nothing is known
	}
	named, err := os.Stat(f.Name())
	if err == nil && !os.SameFile(own, named) {
		err = &os.PathError{Op: "find", Path: f.Name(), Err: syscall.ENOENT}
	}
	if errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// DiskToRead is Disk for who changes nothing, and perhaps must not: files are opened to be read, and no lock is made.
var DiskToRead FS = diskToRead{}

type diskToRead struct{ disk }

func (diskToRead) Open(name string) (File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

// Lock keeps others from the folder where it has a lock. Where it has none, no process has it.
func (diskToRead) Lock(name string) (io.Closer, error) {
	f, err := lockFileToRead(name)
	if errors.Is(err, os.ErrNotExist) {
		return io.NopCloser(nil), nil
	}
	return f, err
}
