package commands

import (
	"syscall"
	"time"
)

// cpuTime returns the CPU time that this process has used; 0 where the system does not tell.
func cpuTime() (user, system time.Duration) {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, 0
	}
	var begun, ended, kernel, own syscall.Filetime
	if syscall.GetProcessTimes(self, &begun, &ended, &kernel, &own) != nil {
		return 0, 0
	}
	duration := func(t syscall.Filetime) time.Duration { // in units of 100 ns, from 0
		return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
	}
	return duration(own), duration(kernel)
}
