package main

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// poller waits for connections with epoll. It and the reads and writes below enter the kernel without telling the Go
// scheduler, which halves what a request costs the client. So a worker owns its thread, and there is one P more than
// there are workers.
type poller struct {
	fd      int
	events  []unix.EpollEvent
	precise bool // the kernel has epoll_pwait2, with timeouts in nanoseconds
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &poller{fd: fd, events: make([]unix.EpollEvent, 256), precise: true}, nil
}

// sharpenTimeouts is called on the thread that will wait. By default the kernel lets a timeout end up to 50 µs
// late, and a request at a fixed rate would be as late. Where a sandbox forbids the change, the report shows it
// as the difference between latency and service.
func sharpenTimeouts() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) }

func (p *poller) close() { unix.Close(p.fd) }

// add watches fd for input; events about it are reported as index.
func (p *poller) add(fd, index int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(index)}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &event)
}

// watchOutput switches on or off whether room for output is reported too.
func (p *poller) watchOutput(fd, index int, on bool) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(index)}
	if on {
		event.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &event)
}

// wait returns how many connections are ready; ready tells which.
func (p *poller) wait(timeout time.Duration) (int, error) {
	var n uintptr
	var errno unix.Errno
	if p.precise {
		limit := unix.NsecToTimespec(int64(timeout))
		n, _, errno = unix.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd),
			uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(unsafe.Pointer(&limit)), 0, 0)
		if errno == unix.ENOSYS {
			p.precise = false
		}
	}
	if !p.precise {
		// Rounded down: a wait of less than a millisecond becomes polling, which is late for nothing.
		n, _, errno = unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd),
			uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), uintptr(timeout.Milliseconds()), 0, 0)
	}
	if errno == unix.EINTR {
		return 0, nil
	}
	if errno != 0 {
		return 0, fmt.Errorf("epoll: %w", errno)
	}
	return int(n), nil
}

// ready tells about the i-th connection of the last wait. An error or hang-up counts as input: the read that
// follows says what it is.
func (p *poller) ready(i int) (index int, input, output bool) {
	e := &p.events[i]
	return int(e.Fd), e.Events&^unix.EPOLLOUT != 0, e.Events&unix.EPOLLOUT != 0
}

// readSocket reads what a non-blocking socket has; it returns EAGAIN when that is nothing.
func readSocket(fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// writeSocket writes as much as a non-blocking socket takes.
func writeSocket(fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// lowerPriority makes the calling thread give way to all others.
func lowerPriority() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, 19) }
