//go:build unix

package server

import (
	"io/fs"
	"syscall"
)

// maskFiles takes permissions from the files that the process makes until the returned function is called.
func maskFiles(without fs.FileMode) (restore func()) {
	before := syscall.Umask(int(without))
	return func() { syscall.Umask(before) }
}
