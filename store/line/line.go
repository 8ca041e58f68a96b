// Package line fetches memory into the processor's cache, by lines, before it is read. An engine that knows what many operations will
// read thus waits for all of it at once.
package line

// Bytes is the size of what a processor fetches at once.
const Bytes = 64

// FetchAll asks for the lines of size bytes at an address, which may begin anywhere in a line. With 0 bytes it does nothing.
func FetchAll(at uintptr, size int) {
	if size <= 0 {
		return
	}
	last := at + uintptr(size) - 1
	for ; at < last; at += Bytes {
		Fetch(at)
	}
	Fetch(last)
}
