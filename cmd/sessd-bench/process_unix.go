//go:build unix && !linux

package main

import (
	"errors"
	"time"
)

var errNeedsLinux = errors.New("what a process spends is read on Linux only: leave --pid out")

// process reads what another process has spent; it cannot on this system.
type process struct{ ids processIDs }

func (p process) cpu() (cpuTime, error) { return cpuTime{}, errNeedsLinux }

func (p process) resident() (int64, error) { return 0, errNeedsLinux }

func machineCPU() (time.Duration, error) { return 0, errNeedsLinux }
