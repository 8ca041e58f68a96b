package main

import "time"

// cpuTime is the CPU time that all threads of a process have used since it started.
type cpuTime struct {
	// total comes from the CPU clock of the process (clock_gettime), in nanoseconds. It includes threads that run at
	// this moment, and those that are gone.
	total time.Duration
	// user and system come from /proc/PID/stat. The kernel splits total by sampling, in ticks of 10 ms.
	user, system time.Duration
}

func (t cpuTime) plus(o cpuTime) cpuTime {
	return cpuTime{t.total + o.total, t.user + o.user, t.system + o.system}
}

func (t cpuTime) minus(o cpuTime) cpuTime {
	return cpuTime{t.total - o.total, t.user - o.user, t.system - o.system}
}
