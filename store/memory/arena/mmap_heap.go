//go:build !linux || race

package arena

import "unsafe"

// MapMemory returns n bytes of zeros. Under the race detector they lie in the Go heap so that it sees every access.
func mapMemory(n int) ([]byte, error) { return make([]byte, n), nil }

// UnmapMemory leaves it to the collector.
func unmapMemory([]byte) error { return nil }

// discard keeps the pages: the Go heap cannot give back a part of a slice.
func discard(unsafe.Pointer, int) {}
