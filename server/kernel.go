package server

import "syscall"

// kernel is the two calls that move the bytes of a socket that an event loop drives. Neither waits. Tests stand in for it,
// to take and give few bytes at once and to fail anywhere.
type kernel interface {
	receive(fd int, buf []byte) (n int, errno syscall.Errno)
	send(fd int, data []byte) (n int, errno syscall.Errno)
}
