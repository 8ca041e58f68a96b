package server

import "golang.org/x/sys/unix"

// hungUp says whether the peer of a socket says nothing more.
func hungUp(fd int) bool {
	ask := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	n, err := unix.Poll(ask, 0)
	return err == nil && n > 0 // an error and a reset are told without being asked for
}
