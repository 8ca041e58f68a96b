//go:build !sessdcheck

package memory

// checking is on with the build tag sessdcheck.
const checking = false
