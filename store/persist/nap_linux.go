package persist

import (
	"syscall"
	"time"
)

// nap sleeps for a time. Go's own timers sleep for a millisecond at least where no goroutine runs.
func nap(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // a signal may end it early
}
