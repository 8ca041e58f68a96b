package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// signals are those that came before somebody acts on them, or come then. Without them each ends the process.
type signals struct {
	stop, hangup, user1 chan os.Signal
}

// newSignals notes from now on which files are to be read or opened again.
func newSignals() signals {
	s := signals{make(chan os.Signal, 8), make(chan os.Signal, 1), make(chan os.Signal, 1)}
	signal.Notify(s.hangup, syscall.SIGHUP)
	notifyUser1(s.user1)
	return s
}

// catchStop notes from now on that the process is to stop.
func (s *signals) catchStop() { signal.Notify(s.stop, syscall.SIGTERM, syscall.SIGINT) }

// stopSignal returns a context that the first SIGTERM or SIGINT ends. A SIGINT after that ends the process at once; a
// SIGTERM changes nothing, since supervisors send several.
func (d *daemon) stopSignal() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		d.log.Info("stopping: answering what was read; SIGINT ends at once", "signal", (<-d.signals.stop).String())
		stop()
		for s := range d.signals.stop {
			if s == syscall.SIGINT {
				d.log.Warn("ended at once")
				d.options.audit.close()
				d.log.Close(logPatience)
				os.Exit(exitError)
			}
		}
	}()
	return ctx
}

// reloadOnHangup reads file, users and certificates again at each SIGHUP.
func (d *daemon) reloadOnHangup() {
	go func() {
		for range d.signals.hangup {
			d.Reload(nil) // which logs what is wrong
		}
	}()
}

// reopenOnUser1 opens the files of log and audit again at each SIGUSR1, after somebody has moved them away.
func (d *daemon) reopenOnUser1() {
	go func() {
		for range d.signals.user1 {
			d.reopenLogs()
		}
	}()
}

// reopenLogs opens the files of log and audit again.
func (d *daemon) reopenLogs() {
	audited, err := d.options.audit.reopen()
	switch {
	case err != nil:
		d.log.Error("audit file not opened again: lines go where they went before", "error", err)
	case audited:
		d.log.Info("audit file opened again")
	}
	if d.logFile == nil {
		if !audited {
			d.log.Info("no log file to open again: the log goes to standard error")
		}
		return
	}
	if err := d.logFile.Reopen(); err != nil {
		d.log.Error("log file not opened again: lines go where they went before", "error", err)
		return
	}
	d.log.Info("log file opened again")
}
