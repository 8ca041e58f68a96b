package server

import (
	"log/slog"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// syscallIO is the kernel itself. Go's scheduler is not told of calls that do not wait.
type syscallIO struct{}

func (syscallIO) receive(fd int, buf []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)),
		unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

func (syscallIO) send(fd int, data []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}

func (k syscallIO) sendAll(all []outgoing) { sendEach(k, all) }

func (syscallIO) close() {}

// uringIO is the kernel with a ring, over which it takes many sends in one call.
type uringIO struct {
	syscallIO
	ring *ring // nil: it has failed
	log  *slog.Logger
}

func (k *uringIO) sendAll(all []outgoing) {
	for len(all) > 0 {
		some := all[:min(len(all), ringSize)]
		all = all[len(some):]
		if k.ring == nil || len(some) == 1 {
			k.syscallIO.sendAll(some)
			continue
		}
		if err := k.ring.send(some); err != nil {
			k.log.Warn("io_uring has failed; replies are sent one by one from now on", "error", err)
			k.close()
		}
		for i := range some {
			if o := &some[i]; o.errno == notSent {
				o.n, o.errno = k.send(o.fd, o.data)
			}
		}
	}
}

func (k *uringIO) close() {
	if k.ring != nil {
		k.ring.close()
		k.ring = nil
	}
}

// newKernel returns the kernel for one more loop.
func (s *Server) newKernel() socketIO {
	if s.options.kernel != nil {
		return s.options.kernel
	}
	if !s.options.IOUring {
		return syscallIO{}
	}
	r, err := newRing()
	if err != nil {
		s.ringless.Do(func() { s.log.Info("replies are sent one by one: there is no io_uring for them", "error", err) })
		return syscallIO{}
	}
	return &uringIO{ring: r, log: s.log}
}
