package server

import "golang.org/x/sys/unix"

// hungUp says whether the peer of a socket says nothing more.
func hungUp(fd int) bool {
	ask := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	n, err := unix.Poll(ask, 0)
	return err == nil && n > 0 // an error and a reset are told without being asked for
}

// untaken returns how many bytes that were sent the peer's kernel has not acknowledged. They take memory here: the kernel
// would let megabytes wait for each client.
func untaken(fd int) int {
	n, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ)
	if err != nil {
		return 0
	}
	return n
}
