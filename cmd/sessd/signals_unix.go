//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyUser1 sends each SIGUSR1 to a channel.
func notifyUser1(to chan<- os.Signal) { signal.Notify(to, syscall.SIGUSR1) }
