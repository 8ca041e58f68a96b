//go:build unix && !linux

package main

import (
	"errors"
	"time"
)

var errNeedsLinux = errors.New("what a process spends is read on Linux only: leave --pid out")

// process reads what another process has spent; it cannot on this system.
type process struct{ ids processIDs }

// cpuTime is the CPU time that all threads of a process have used since it started.
type cpuTime struct{ total, user, system time.Duration }

func (t cpuTime) minus(o cpuTime) cpuTime {
	return cpuTime{t.total - o.total, t.user - o.user, t.system - o.system}
}

func (p process) cpu() (cpuTime, error) { return cpuTime{}, errNeedsLinux }

func (p process) resident() (int64, error) { return 0, errNeedsLinux }

func machineCPU() (time.Duration, error) { return 0, errNeedsLinux }
