//go:build unix

package redisconf

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of the one that it replaces, as far as the process may.
func keepOwner(file *os.File, old fs.FileInfo) {
	if stat, ok := old.Sys().(*syscall.Stat_t); ok {
		file.Chown(int(stat.Uid), int(stat.Gid)) // an error leaves the process's own, with the same permissions
	}
}

// syncFolder writes a folder's names to the disk.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
