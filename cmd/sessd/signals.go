package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// stopSignal returns a context that the first SIGTERM or SIGINT ends. A SIGINT after that ends the process at once; a
// SIGTERM changes nothing, since supervisors send several.
func (d *daemon) stopSignal() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		d.log.Info("stopping: answering what was read; SIGINT ends at once", "signal", (<-signals).String())
		stop()
		for s := range signals {
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
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			d.Reload(nil) // which logs what is wrong
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
