//go:build amd64 || arm64

package arena

import "unsafe"

// prefetch asks the processor for the line at p, and does not wait for it. Any address is right.
//
//go:noescape
func prefetch(p unsafe.Pointer)
