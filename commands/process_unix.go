//go:build unix

package commands

import (
	"syscall"
	"time"
)

// cpuTime returns the CPU time that this process has used; 0 where the system does not tell.
func cpuTime() (user, system time.Duration) {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0, 0
	}
	return time.Duration(usage.Utime.Nano()), time.Duration(usage.Stime.Nano())
}
