package netio

import "syscall"

// IO is the calls that move the bytes of sockets. None of them waits. Tests stand in for it, to take and give few bytes at
// once and to fail anywhere.
type IO interface {
	Receive(fd int, buf []byte) (n int, errno syscall.Errno)
	Send(fd int, data []byte) (n int, errno syscall.Errno)
	SendAll(all []Outgoing) // what was taken of each may be less than there is
	Close()
}

// Outgoing is something to send, and what became of it.
type Outgoing struct {
	FD    int
	Data  []byte // empty: nothing is sent
	N     int
	Errno syscall.Errno
}

// SendEach is SendAll where it is nothing but many sends.
func SendEach(k IO, all []Outgoing) {
	for i := range all {
		if o := &all[i]; len(o.Data) > 0 {
			o.N, o.Errno = k.Send(o.FD, o.Data)
		}
	}
}
