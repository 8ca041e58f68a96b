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
	machine        time.Duration
}

// startMeter reads the clocks. The server's comes last, next to the load that it is to measure.
func (r *run) startMeter() (*meter, error) {
	m := &meter{run: r}
	var err error
	if m.client, err = ownCPU(); err != nil {
		return nil, err
	}
	if len(r.options.pids) != 0 {
		if m.server, err = r.server.cpu(); err != nil {
			return nil, err
		}
		if m.machine, err = machineCPU(); err != nil {
			return nil, err
		}
	}
	m.began = time.Now()
	return m, nil
}

// without does work, and leaves what it takes out of the measurement.
func (m *meter) without(work func() error) error {
	before, err := m.run.startMeter()
	if err == nil {
		err = work()
	}
	if err != nil {
		return err
	}
	after, err := m.run.startMeter()
	if err != nil {
		return err
	}
	m.began = m.began.Add(after.began.Sub(before.began))
	m.machine += after.machine - before.machine
	m.server = m.server.plus(after.server.minus(before.server))
	m.client = m.client.plus(after.client.minus(before.client))
	return nil
}

// stop puts what was spent on that many operations since the start into the report.
func (m *meter) stop(res *result, operations int64) error {
	elapsed := time.Since(m.began)
	now, err := ownCPU()
	if err != nil {
		return err
	}
	client := now.minus(m.client)
	res.ClientCPU = newCPU(client, elapsed, operations)
	if len(m.run.options.pids) == 0 {
		return nil
	}
	if now, err = m.run.server.cpu(); err != nil {
		return err
	}
	server := now.minus(m.server)
	res.ServerCPU = newCPU(server, elapsed, operations)
	machine, err := machineCPU()
	// The three are not read at one moment, so what remains for others may come out a little below nothing.
	others := max(0, machine-m.machine-server.total-client.total)
	res.OtherCores = others.Seconds() / elapsed.Seconds()
	return err
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
