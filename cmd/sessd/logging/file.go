package logging

import (
	"io/fs"
	"os"
	"sync"
)

// File is a log file that may be opened again after somebody has moved it away.
type File struct {
	path string
	mode fs.FileMode

	mu   sync.Mutex // guards file
	file *os.File
}

// OpenFile opens a log file, or makes it with these permissions. Lines go to its end, also after it was cut short.
func OpenFile(path string, mode fs.FileMode) (*File, error) {
	f := &File{path: path, mode: mode}
	return f, f.Reopen()
}

// Reopen opens the file that has the path now. After an error lines go where they went before.
func (f *File) Reopen() error {
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, f.mode)
	if err != nil {
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

// Write writes lines.
func (f *File) Write(lines []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Write(lines)
}
