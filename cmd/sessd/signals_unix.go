//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// reopenOnUser1 opens the files of log and audit again at each SIGUSR1, after somebody has moved it away.
func (d *daemon) reopenOnUser1() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for range signals {
			d.reopenLogs()
		}
	}()
}
