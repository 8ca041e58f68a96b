//go:build linux && !race

package memory

import (
	"fmt"
	"syscall"
	"unsafe"
)

// mapMemory returns n bytes of zeros outside the Go heap. They take no physical memory until they are written.
func mapMemory(n int) []byte {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		panic(fmt.Sprintf("memory: the system has no more memory: mmap of %d bytes: %v", n, err))
	}
	// Huge pages would stay resident where only a part of them is in use. Where there are none this fails, rightly.
	_ = syscall.Madvise(b, syscall.MADV_NOHUGEPAGE)
	return b
}

// unmapMemory gives back what mapMemory returned.
func unmapMemory(b []byte) {
	if err := syscall.Munmap(b); err != nil {
		panic("memory: munmap: " + err.Error())
	}
}

// discard tells the system that the whole pages within n bytes from p on need not keep their contents. It is advice: an
// error leaves the pages resident and harms nothing else.
func discard(p unsafe.Pointer, n int) {
	const page = 4096
	skip := int(-uintptr(p) & (page - 1))
	if n = (n - skip) &^ (page - 1); n > 0 {
		_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Add(p, skip)), n), syscall.MADV_DONTNEED)
	}
}
