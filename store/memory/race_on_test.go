//go:build race

package memory

// Raced is on with the race detector.
const Raced = true
