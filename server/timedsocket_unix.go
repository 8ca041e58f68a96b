//go:build unix

package server

import "syscall"

const canSendNow = true

// sendNow writes as much to a socket as the kernel takes without a wait. An error is for the next write to find.
func sendNow(fd uintptr, data []byte) int {
	n, err := syscall.Write(int(fd), data)
	if err != nil {
		return 0
	}
	return n
}
