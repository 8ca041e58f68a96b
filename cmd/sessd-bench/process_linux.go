package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the unit of the times in /proc/PID/stat: USER_HZ, which is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// process reads what another process has spent, or several together.
type process struct{ ids processIDs }

// cpu returns the CPU time so far.
func (p process) cpu() (sum cpuTime, err error) {
	for _, id := range p.ids {
		t, err := cpuOf(id)
		if err != nil {
			return sum, err
		}
		sum = sum.plus(t)
	}
	return sum, nil
}

// cpuOf returns the CPU time of one process so far.
func cpuOf(pid int) (t cpuTime, err error) {
	var now unix.Timespec
	// The id of a process's clock, as clock_getcpuclockid(3) makes it: CPUCLOCK_SCHED is 2.
	if err := unix.ClockGettime(int32(^pid<<3|2), &now); err != nil {
		return t, fmt.Errorf("CPU clock of process %d: %w", pid, err)
	}
	t.total = time.Duration(now.Nano())
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return t, err
	}
	// The name in parentheses may hold anything, so counting starts after the last parenthesis. utime and stime are the
	// 14th and 15th field, the 12th and 13th after the name.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return t, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	for i, d := range []*time.Duration{&t.user, &t.system} {
		ticks, err := strconv.ParseInt(string(fields[11+i]), 10, 64)
		if err != nil {
			return t, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
		*d = time.Duration(ticks) * tick
	}
	return t, nil
}

// machineCPU is the CPU time that everything on this machine has used since it started, from /proc/stat. It is all but
// idle and waiting for disks, and includes what the hypervisor gave to others.
func machineCPU() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	var busy int64
	for _, i := range []int{1, 2, 3, 6, 7, 8} { // user, nice, system, irq, softirq, steal
		ticks, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		busy += ticks
	}
	return time.Duration(busy) * tick, nil
}

// resident returns the resident memory in bytes.
func (p process) resident() (sum int64, err error) {
	for _, id := range p.ids {
		n, err := residentOf(id)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// residentOf returns the resident memory of one process, as /proc/PID/smaps_rollup counts it: page by page. Where
// that may not be read, VmRSS of /proc/PID/status, which may be late by some pages per thread.
func residentOf(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	prefix := []byte("Rss:")
	if err != nil {
		prefix = []byte("VmRSS:")
		if text, err = os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err != nil {
			return 0, err
		}
	}
	for line := range bytes.Lines(text) {
		if value, ok := bytes.CutPrefix(line, prefix); ok {
			fields := bytes.Fields(value)
			kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", prefix, pid)
}
