package commands

import (
	"fmt"
	"hash/fnv"
	"runtime"
)

// Build is what a binary was built from.
type Build struct {
	Commit   string // hex digits; empty: not known
	Date     string // of the commit, as RFC 3339 has it; empty: not known
	Modified bool   // there were changes beside the commit
}

// short returns the commit as Redis tells its own.
func (b *Build) short() string {
	if b.Commit == "" {
		return "00000000"
	}
	return b.Commit[:min(len(b.Commit), 8)]
}

// id returns 16 hex digits that are the same for the same version, commit and compiler.
func (b *Build) id(version string) string {
	h := fnv.New64a()
	fmt.Fprintln(h, version, b.Commit, b.Date, b.Modified, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return fmt.Sprintf("%016x", h.Sum64())
}
