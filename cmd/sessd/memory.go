package main

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// availableMemory returns the bytes of memory of the machine, or of the container when that has less; 0 when they are
// not known. Linux says them in its files.
func availableMemory(root fs.FS) int64 {
	total := int64(0)
	consider := func(n int64, err error) {
		if err == nil && n > 0 && (total == 0 || n < total) {
			total = n
		}
	}
	for line := range strings.Lines(readText(root, "proc/meminfo")) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			consider(n*1024, err)
		}
	}
	for line := range strings.Lines(readText(root, "proc/self/cgroup")) {
		// Each line is number:controllers:path, and version 2 has number 0 and no controllers. Every group above limits too.
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		mount, limit := "sys/fs/cgroup", "memory.max"
		if f[1] == "memory" {
			mount, limit = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if f[1] != "" {
			continue
		}
		for group := path.Clean("/" + f[2]); ; group = path.Dir(group) {
			consider(strconv.ParseInt(strings.TrimSpace(readText(root, mount+path.Join(group, "/"+limit))), 10, 64))
			if group == "/" {
				break
			}
		}
	}
	return total
}

// readText returns the contents of a file, or nothing.
func readText(root fs.FS, name string) string {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(text)
}
