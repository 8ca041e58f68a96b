package server

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// underlying is the socket that carries a stream, as the kernel knows it. The zero value stands for a stream that no
// socket carries.
type underlying struct{ raw syscall.RawConn }

// underlyingOf looks through encryption for the socket.
func underlyingOf(nc net.Conn) underlying {
	if wrapped, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = wrapped.NetConn()
	}
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return underlying{raw}
		}
	}
	return underlying{}
}

// known says whether there is a socket.
func (u underlying) known() bool { return u.raw != nil }

// waitForEnd waits until the peer says nothing more, whatever it has said that is still to be read, or until the read
// deadline. Only on Linux can it tell; elsewhere it waits for the deadline.
func (u underlying) waitForEnd() (ended bool) {
	err := u.raw.Read(func(fd uintptr) bool { // called anew whenever something has come
		ended = hungUp(int(fd))
		return ended
	})
	return ended || err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// untaken returns how many bytes the kernel holds that the peer's has not acknowledged; 0 where that cannot be told.
func (u underlying) untaken() (bytes int) {
	if u.known() {
		u.raw.Control(func(fd uintptr) { bytes = untaken(int(fd)) })
	}
	return bytes
}
