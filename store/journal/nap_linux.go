package journal

import (
	"syscall"
	"time"
)

// Nap sleeps for a time. Go's own timers sleep for a millisecond at least where no goroutine runs.
func Nap(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // a signal may end it early
}
