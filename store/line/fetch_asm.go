//go:build amd64 || arm64

package line

// Fetch asks the processor for the line at an address, and does not wait for it. Any address is right.
func Fetch(at uintptr)
