package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"sessd/commands"
)

// What is built is set by the linker for a release: -ldflags "-X main.version=1.2.3 -X main.commit=... -X main.date=...". Where
// it is not, commit and date come from the repository, if Go found one when it built.
var (
	version = "1.0.0"
	commit  string
	date    string // of the commit, as RFC 3339 has it
)

// thisBuild returns what the binary was built from.
func thisBuild() commands.Build {
	b := commands.Build{Commit: commit, Date: date}
	info, ok := debug.ReadBuildInfo()
	if !ok || commit != "" {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// versionLine returns what --version prints.
func versionLine(b commands.Build) string {
	var parts []string
	if b.Commit != "" {
		text := "commit " + b.Commit[:min(len(b.Commit), 12)]
		if b.Modified {
			text += " with changes"
		}
		parts = append(parts, text)
	}
	if b.Date != "" {
		parts = append(parts, b.Date)
	}
	parts = append(parts, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH)
	return fmt.Sprintf("sessd %s (%s)\n", version, strings.Join(parts, ", "))
}
