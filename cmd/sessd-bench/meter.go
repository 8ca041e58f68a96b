package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// meter holds what server and client had spent when a measurement began.
type meter struct {
	run            *run
	began          time.Time
	server, client cpuTime
}

func (r *run) startMeter() (*meter, error) {
	m := &meter{run: r}
	var err error
	if m.client, err = ownCPU(); err != nil {
		return nil, err
	}
	if r.options.pid != 0 {
		if m.server, err = r.server.cpu(); err != nil {
			return nil, err
		}
	}
	m.began = time.Now()
	return m, nil
}

// stop puts what was spent on that many operations since the start into the report.
func (m *meter) stop(res *result, operations int64) error {
	elapsed := time.Since(m.began)
	if m.run.options.pid != 0 {
		now, err := m.run.server.cpu()
		if err != nil {
			return err
		}
		res.ServerCPU = newCPU(now.minus(m.server), elapsed, operations)
	}
	now, err := ownCPU()
	if err != nil {
		return err
	}
	res.ClientCPU = newCPU(now.minus(m.client), elapsed, operations)
	return nil
}

// ownCPU is what this process has spent, from getrusage.
func ownCPU() (cpuTime, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return cpuTime{}, err
	}
	user, system := time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano())
	return cpuTime{user + system, user, system}, nil
}
