package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sessd/server"
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
				d.log.Close(logPatience)
				os.Exit(exitError)
			}
		}
	}()
	return ctx
}

// reloadOnHangup reads users and certificates again at each SIGHUP.
func (d *daemon) reloadOnHangup() {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			d.reload()
		}
	}()
}

// reload reads again the files that a start reads, for the connections to come. A file that is wrong changes nothing.
func (d *daemon) reload() {
	o := d.options
	if !o.hasUserFiles() && o.server.TLS.Port == server.PortOff {
		d.log.Info("nothing to read again: there are neither users nor certificates from files")
		return
	}
	if o.hasUserFiles() {
		if err := o.loadUsers(d.users); err != nil {
			d.log.Error("users not read again: those before stay in force", "error", err)
		} else {
			d.log.Info("users read again", "users", d.users.Count())
		}
	}
	if o.server.TLS.Port != server.PortOff {
		if err := d.server.ReloadCertificates(); err != nil {
			d.log.Error("certificates not read again: those before stay in force", "error", err)
		} else {
			d.log.Info("certificates read again")
		}
	}
}
