package server

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// rawSocket is the socket that carries a stream, as the kernel knows it. The zero value stands for a stream that no
// socket carries.
type rawSocket struct{ raw syscall.RawConn }

// rawSocketOf looks through encryption for the socket.
func rawSocketOf(nc net.Conn) rawSocket {
	if wrapped, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = wrapped.NetConn()
	}
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return rawSocket{raw}
		}
	}
	return rawSocket{}
}

// known reports whether there is a socket.
func (u rawSocket) known() bool { return u.raw != nil }

// waitForEnd waits until the peer says nothing more, whatever it has said that is still to be read, or until the read
// deadline. Only on Linux can it tell; elsewhere it waits for the deadline.
func (u rawSocket) waitForEnd() (ended bool) {
	err := u.raw.Read(func(fd uintptr) bool { // called anew whenever something has come
		ended = peerClosed(int(fd))
		return ended
	})
	return ended || err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// unacked returns how many bytes the kernel holds that the peer's has not acknowledged; 0 where that cannot be told.
func (u rawSocket) unacked() (bytes int) {
	if u.known() {
		u.raw.Control(func(fd uintptr) { bytes = unacked(int(fd)) })
	}
	return bytes
}
