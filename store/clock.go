package store

import "time"

// Clock is the one place where time is taken. The zero Clock is ready for use, by any number of goroutines.
type Clock struct{}

// Now returns the time in milliseconds since the Unix epoch.
func (*Clock) Now() int64 { return time.Now().UnixMilli() }
