package logging

import (
	"errors"
	"io/fs"
	"os"
	"sync"
)

// File is a log file that may be opened again after somebody has moved it away. It may be a pipe. One without a reader
// takes no lines; neither that nor a reader who does not read blocks anybody but Write.
type File struct {
	path string
	mode fs.FileMode

	mu   sync.Mutex // guards file
	file *os.File   // nil: a pipe that nobody reads
}

// OpenFile opens a log file, or makes it with these permissions. Lines go to its end, also after it was cut short.
func OpenFile(path string, mode fs.FileMode) (*File, error) {
	f := &File{path: path, mode: mode}
	return f, f.Reopen()
}

// Reopen opens the file that has the path now. After an error lines go where they went before. A Write under way of which
// the file before has taken nothing goes to the new one. Another, which waits for a reader, ends with an error.
func (f *File) Reopen() error {
	file, err := f.open()
	if err != nil && !isUnreadPipe(err) {
		return err
	}
	f.mu.Lock()
	old := f.file
	f.file = file
	f.mu.Unlock()
	if old != nil {
		old.Close() // whose lines are written
	}
	return nil
}

// open opens the file without waiting for the reader of a pipe.
func (f *File) open() (*os.File, error) {
	return os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY|nonBlocking, f.mode)
}

// Write writes lines.
func (f *File) Write(lines []byte) (int, error) {
	for {
		file, err := f.current()
		if err != nil {
			return 0, err
		}
		n, err := file.Write(lines)
		if n > 0 || !errors.Is(err, os.ErrClosed) {
			return n, err
		}
	}
}

// current returns the file that is open, and opens a pipe that may have a reader by now.
func (f *File) current() (*os.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		return f.file, nil
	}
	file, err := f.open()
	if err != nil {
		return nil, err
	}
	f.file = file
	return file, nil
}
