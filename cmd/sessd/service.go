package main

import (
	"context"
	"time"

	"sessd/cmd/sessd/systemd"
	"sessd/server"
)

// progressEvery is how often the service manager is told how far loading is.
const progressEvery = time.Second

// takeSockets takes the sockets that the service manager passed on.
func (o *options) takeSockets() (err error) {
	if o.sockets, err = systemd.Inherited(); err != nil {
		return err
	}
	o.server.Sockets = server.Sockets{Plain: o.sockets.Port, TLS: o.sockets.TLSPort, Unix: o.sockets.UnixSocket}
	return nil
}

// tellManager tells the service manager of the stop, and until ctx ends, that every event loop runs commands.
func (d *daemon) tellManager(ctx context.Context) {
	go func() {
		select {
		case <-d.server.Stopping():
			d.manager.Stopping()
		case <-ctx.Done():
		}
	}()
	go func() {
		err := d.manager.Watch(ctx, d.check, func(err error) {
			d.log.Error("a check failed: the service manager ends a process that does not pass another in time", "error", err)
		})
		if err != nil {
			d.log.Warn("the service manager's watchdog hears nothing", "error", err)
		}
	}()
}

// check runs a command through every event loop. It asks for the size of the keyspace, which takes every lock of it; an
// upstream that is away is no fault of this process.
func (d *daemon) check(ctx context.Context) error {
	user, err := d.users.Service("watchdog", "+dbsize", "+ping")
	if err != nil {
		return err
	}
	if d.remote != nil {
		return d.server.Probe(ctx, user, "PING")
	}
	return d.server.Probe(ctx, user, "DBSIZE")
}

// tellProgress tells the service manager how far loading is, until loaded is closed.
func (d *daemon) tellProgress(loaded <-chan struct{}) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for before := int64(-1); ; {
		if done, all := d.options.durability.keeper.Progress(); done != before {
			d.manager.Loading(done, all)
			before = done
		}
		select {
		case <-loaded:
			return
		case <-ticker.C:
		}
	}
}
