package netio

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// RawSocket is the socket that carries a stream, as the kernel knows it. The zero value stands for a stream that no
// socket carries.
type RawSocket struct{ raw syscall.RawConn }

// RawSocketOf looks through encryption for the socket.
func RawSocketOf(nc net.Conn) RawSocket {
	if wrapped, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = wrapped.NetConn()
	}
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return RawSocket{raw}
		}
	}
	return RawSocket{}
}

// Known reports whether there is a socket.
func (u RawSocket) Known() bool { return u.raw != nil }

// WaitForEnd waits until the peer says nothing more, whatever it has said that is still to be read, or until the read
// deadline. Only on Linux can it tell; elsewhere it waits for the deadline.
func (u RawSocket) WaitForEnd() (ended bool) {
	err := u.raw.Read(func(fd uintptr) bool { // called anew whenever something has come
		ended = peerClosed(int(fd))
		return ended
	})
	return ended || err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// Unacked returns how many bytes the kernel holds that the peer's has not acknowledged; 0 where that cannot be told.
func (u RawSocket) Unacked() (bytes int) {
	if u.Known() {
		u.raw.Control(func(fd uintptr) { bytes = Unacked(int(fd)) })
	}
	return bytes
}

// Descriptor returns the socket's number in this process; -1: there is no socket.
func (u RawSocket) Descriptor() (number int) {
	number = -1
	if u.Known() {
		u.raw.Control(func(fd uintptr) { number = int(fd) })
	}
	return number
}
