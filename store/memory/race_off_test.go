//go:build !race

package memory_test

// raced is on with the race detector.
const raced = false
