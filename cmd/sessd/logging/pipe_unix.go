//go:build unix

package logging

import (
	"errors"
	"syscall"
)

// nonBlocking makes a pipe neither wait to be opened nor hold up its thread.
const nonBlocking = syscall.O_NONBLOCK

// isUnreadPipe reports whether a file could not be opened because it is a pipe that nobody reads.
func isUnreadPipe(err error) bool { return errors.Is(err, syscall.ENXIO) }
