package main

import (
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// availableMemory returns the bytes of memory of the machine, or of the container when that has less, as Linux tells them
// in its files; 0 when it does not.
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

// limitHeap makes the collector of Go's memory work harder before the machine or container is full. GOMEMLIMIT, which the
// runtime has read, stands.
func limitHeap(available, maxMemory int64) {
	if limit := heapLimit(available, maxMemory); limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}

// heapLimit returns how many bytes Go's memory should stay below; 0: nothing is known. Entries lie outside it, so what they
// may take is left to them, and a tenth of everything to the rest of the process.
func heapLimit(available, maxMemory int64) int64 {
	if available <= 0 {
		return 0
	}
	return max(available/10*9-maxMemory, available/10)
}

// readText returns the contents of a file, or nothing.
func readText(root fs.FS, name string) string {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(text)
}
