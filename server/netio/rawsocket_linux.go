package netio

import "golang.org/x/sys/unix"

// peerClosed reports whether the peer of a socket says nothing more.
func peerClosed(fd int) bool {
	ask := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	n, err := unix.Poll(ask, 0)
	return err == nil && n > 0 // an error and a reset are told without being asked for
}

// Unacked returns how many bytes that were sent the peer's kernel has not acknowledged. They take memory here: the kernel
// would let megabytes wait for each client.
func Unacked(fd int) int {
	n, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ)
	if err != nil {
		return 0
	}
	return n
}
