package netio

import (
	"log/slog"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Syscalls is the kernel itself. Go's scheduler is not told of calls that do not wait.
type Syscalls struct{}

// Receive is part of IO.
func (Syscalls) Receive(fd int, buf []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)),
		unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

// Send is part of IO.
func (Syscalls) Send(fd int, data []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}

// SendAll is part of IO.
func (k Syscalls) SendAll(all []Outgoing) { SendEach(k, all) }

// Close is part of IO.
func (Syscalls) Close() {}

// uring is the kernel with a ring, over which it takes many sends in one call.
type uring struct {
	Syscalls
	ring *ring // nil: it has failed
	log  *slog.Logger
}

func (k *uring) SendAll(all []Outgoing) {
	for len(all) > 0 {
		some := all[:min(len(all), ringSize)]
		all = all[len(some):]
		if k.ring == nil || len(some) == 1 {
			k.Syscalls.SendAll(some)
			continue
		}
		if err := k.ring.send(some); err != nil {
			k.log.Warn("io_uring has failed; replies are sent one by one from now on", "error", err)
			k.Close()
		}
		for i := range some {
			if o := &some[i]; o.Errno == notSent {
				o.N, o.Errno = k.Send(o.FD, o.Data)
			}
		}
	}
}

func (k *uring) Close() {
	if k.ring != nil {
		k.ring.close()
		k.ring = nil
	}
}

// NewUring returns the kernel with an io_uring, or an error where the system has none, or does not let this process have
// one. log is told when it fails later; single sends go on then.
func NewUring(log *slog.Logger) (IO, error) {
	r, err := newRing()
	if err != nil {
		return nil, err
	}
	return &uring{ring: r, log: log}, nil
}
