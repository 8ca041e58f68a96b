//go:build !amd64 && !arm64

package line

// Fetch does nothing where there is no instruction for it.
func Fetch(at uintptr) {}
