package journal

import (
	"io"
	"path/filepath"
	"slices"
)

// trimmedFS is a file system in which some files are shorter than they are, or not there, to be read.
type trimmedFS struct {
	FS
	sizes map[string]int64 // of these files; 0: not there
}

// List leaves out what is not there.
func (t trimmedFS) List(dir string) ([]string, error) {
	names, err := t.FS.List(dir)
	return slices.DeleteFunc(names, func(base string) bool {
		size, trimmed := t.sizes[filepath.Join(dir, base)]
		return trimmed && size == 0
	}), err
}

// Open opens a file that ends where it is cut.
func (t trimmedFS) Open(name string) (File, error) {
	f, err := t.FS.Open(name)
	if size, trimmed := t.sizes[name]; trimmed && err == nil {
		return trimmedFile{f, size}, nil
	}
	return f, err
}

// trimmedFile is a file that ends earlier than it does.
type trimmedFile struct {
	File
	size int64
}

// Size implements File.
func (f trimmedFile) Size() (int64, error) { return f.size, nil }

// ReadAt implements File.
func (f trimmedFile) ReadAt(b []byte, from int64) (int, error) {
	return io.NewSectionReader(f.File, 0, f.size).ReadAt(b, from)
}
