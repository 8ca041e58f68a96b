//go:build !linux

package persist

import "time"

// nap sleeps for a time, or longer.
func nap(d time.Duration) { time.Sleep(d) }
