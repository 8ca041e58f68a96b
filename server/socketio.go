package server

import "syscall"

// socketIO is the calls that move the bytes of the sockets that an event loop drives. None of them waits. Tests stand in for
// it, to take and give few bytes at once and to fail anywhere.
type socketIO interface {
	receive(fd int, buf []byte) (n int, errno syscall.Errno)
	send(fd int, data []byte) (n int, errno syscall.Errno)
	sendAll(all []outgoing) // what was taken of each may be less than there is
	close()
}

// outgoing is something to send, and what became of it.
type outgoing struct {
	fd    int
	data  []byte // empty: nothing is sent
	n     int
	errno syscall.Errno
}

// sendEach is sendAll where it is nothing but many sends.
func sendEach(k socketIO, all []outgoing) {
	for i := range all {
		if o := &all[i]; len(o.data) > 0 {
			o.n, o.errno = k.send(o.fd, o.data)
		}
	}
}
