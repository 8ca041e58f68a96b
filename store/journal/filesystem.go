package journal

import (
	"errors"
	"io"
	"strconv"
)

// FS is what the journal needs of a file system. Names have the folder in front.
type FS interface {
	// MkdirAll makes a folder that only its owner may enter, and those above it. One that exists stays as it is.
	MkdirAll(dir string) error
	// List returns the names in a folder, without the folder.
	List(dir string) ([]string, error)
	// Create makes a file that only its owner may read. It fails where there is one.
	Create(name string) (File, error)
	// Open opens a file to be read, cut and synced.
	Open(name string) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir makes the names in a folder survive a power cut.
	SyncDir(dir string) error
	// Lock makes a file and locks it until the process dies or the lock is closed. Where another process has it, the
	// error is a *LockedError.
	Lock(name string) (io.Closer, error)
}

// File is an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	Size() (int64, error)
	Truncate(size int64) error
	// Sync makes the file's bytes, and its size, survive a power cut.
	Sync() error
	Close() error
}

// backgroundWriter is a File whose bytes can be on their way to the disk before Sync, which alone makes them survive.
type backgroundWriter interface {
	// BeginWrite begins to write n bytes from an offset on.
	BeginWrite(offset, n int64) error
	// AwaitWrite waits until they are written.
	AwaitWrite(offset, n int64) error
}

// placed is a File or a lock that knows whether it still has its name.
type placed interface {
	// InPlace returns an error where the name is gone, or that of another file.
	InPlace() error
}

// inPlace is InPlace of what knows it.
func inPlace(file any) error {
	if p, ok := file.(placed); ok {
		return p.InPlace()
	}
	return nil
}

// LockedError says that another process has the folder.
type LockedError struct {
	Name    string
	Process int // 0: not known
}

// Error names the process.
func (e *LockedError) Error() string {
	if e.Process == 0 {
		return e.Name + " is locked by another process"
	}
	return e.Name + " is locked by process " + strconv.Itoa(e.Process)
}

// copyFile copies a file into another folder, synced.
func copyFile(fs FS, from, to string) (err error) {
	in, err := fs.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := fs.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	size, err := in.Size()
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.NewOffsetWriter(out, 0), io.NewSectionReader(in, 0, size)); err != nil {
		return err
	}
	return out.Sync()
}
