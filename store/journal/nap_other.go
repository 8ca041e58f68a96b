//go:build !linux

package journal

import "time"

// Nap sleeps for a time, or longer.
func Nap(d time.Duration) { time.Sleep(d) }
