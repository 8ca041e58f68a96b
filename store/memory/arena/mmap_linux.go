//go:build linux && !race

package arena

import (
	"syscall"
	"unsafe"
)

// MapMemory returns n bytes of zeros outside the Go heap. They take no physical memory until they are written. The system
// refuses when there are too many mappings or addresses.
func mapMemory(n int) ([]byte, error) {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	// Huge pages would stay resident where only a part of them is in use. Where there are none this fails, rightly.
	_ = syscall.Madvise(b, syscall.MADV_NOHUGEPAGE)
	return b, nil
}

// UnmapMemory gives back what mapMemory returned. The system refuses when that would leave too many mappings.
func unmapMemory(b []byte) error { return syscall.Munmap(b) }

// discard tells the system that the whole pages within n bytes from p on need not keep their contents. It is advice: an
// error leaves the pages resident and harms nothing else.
func discard(p unsafe.Pointer, n int) {
	const page = 4096
	skip := int(-uintptr(p) & (page - 1))
	if n = (n - skip) &^ (page - 1); n > 0 {
		_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Add(p, skip)), n), syscall.MADV_DONTNEED)
	}
}
