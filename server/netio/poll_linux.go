package netio

import (
	"errors"
	"math"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Poll watches descriptors for one loop. It asks the kernel without telling Go's scheduler, which is cheap and right for
// calls that do not wait. How it waits depends on whether the runtime has a processor to spare.
//
// If it has, a wait sleeps in the kernel for a moment with its processor in hand, and only then gives that away. So a
// busy loop never meets the scheduler. If it has not, a wait parks the goroutine and lets Go's own poller watch the
// epoll descriptor. The two do not mix: Go's poller would be woken for every event of the busy loop too.
type Poll struct {
	fd       int
	waker    int // an eventfd; what is written to it ends a wait
	events   [256]unix.EpollEvent
	file     *os.File // fd as Go's poller sees it; nil: a wait holds its processor
	raw      syscall.RawConn
	deadline time.Time // at which waits end, as told to Go's poller
	ready    func(uintptr) bool
	found    int // by ready
}

// holdTime is for how many milliseconds a wait may hold its processor. It is longer than the tick of most kernels,
// which is 4 ms or 1. A timer that is the next to fire makes the kernel set its clock anew, at a microsecond and more
// for each wait. Who stops the world does not wait for it, because a signal ends the wait.
const holdTime = 5

// gatherTime is for how long Gather sleeps: less than clients with many pipelines take to send the next ones.
const gatherTime = 30 * time.Microsecond

// NewPoll returns a poll whose waits hold their processor, or not.
func NewPoll(holds bool) (*Poll, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	p := &Poll{fd: fd}
	if p.waker, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("eventfd", err)
	}
	if !holds {
		err = p.register()
	}
	if err == nil {
		err = p.Add(p.waker)
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// register lets Go's poller watch the epoll descriptor.
func (p *Poll) register() (err error) {
	if err := unix.SetNonblock(p.fd, true); err != nil { // what makes os.NewFile hand it to the poller
		return os.NewSyscallError("fcntl", err)
	}
	p.file = os.NewFile(uintptr(p.fd), "epoll")
	p.ready = func(uintptr) bool {
		p.found = p.look(0)
		return p.found > 0
	}
	p.raw, err = p.file.SyscallConn()
	return err
}

// Add watches a descriptor: for input, for the end of its peer, and each only when it is new.
func (p *Poll) Add(fd int) error { return p.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN) }

// Remove ends that.
func (p *Poll) Remove(fd int) error { return p.control(unix.EPOLL_CTL_DEL, fd, 0) }

// AwaitRoom also watches a descriptor for room to write, or no longer.
func (p *Poll) AwaitRoom(fd int, on bool) error {
	if on {
		return p.control(unix.EPOLL_CTL_MOD, fd, unix.EPOLLIN|unix.EPOLLOUT)
	}
	return p.control(unix.EPOLL_CTL_MOD, fd, unix.EPOLLIN)
}

func (p *Poll) control(op, fd int, events uint32) error {
	e := unix.EpollEvent{Events: events | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(fd)}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, op, fd, &e))
}

// Wait returns what has happened, and sleeps until something does when there is nothing and sleep says so. It sleeps at
// most until the deadline; the zero time is none.
func (p *Poll) Wait(sleep bool, deadline time.Time) ([]unix.EpollEvent, error) {
	if !sleep {
		return p.events[:p.look(0)], nil
	}
	if p.file == nil {
		return p.events[:p.hold(deadline)], nil
	}
	if !deadline.Equal(p.deadline) {
		if err := p.file.SetReadDeadline(deadline); err != nil {
			return nil, err
		}
		p.deadline = deadline
	}
	p.found = 0
	if err := p.raw.Read(p.ready); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, err
	}
	return p.events[:p.found], nil
}

// Gather returns what has happened. Where that is nothing it sleeps for gatherTime, whatever happens meanwhile, as network
// cards do before they interrupt. Each sleep that an event ends costs both who sends it and who sleeps microseconds. A poll
// whose waits park does not sleep.
func (p *Poll) Gather() []unix.EpollEvent {
	n := p.look(0)
	if n == 0 && p.file == nil {
		// A thread may by default be woken 50 µs late. The goroutine may have moved, so this thread is told each time.
		syscall.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, 1, 0)
		t := unix.NsecToTimespec(int64(gatherTime))
		syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
	}
	return p.events[:n]
}

// hold waits with the processor in hand, and if that takes long without.
func (p *Poll) hold(deadline time.Time) int {
	held, most := holdTime, -1 // no end
	if !deadline.IsZero() {
		most = int(min(max(1, time.Until(deadline).Milliseconds()), math.MaxInt32))
		held = min(held, most)
	}
	n := p.look(held)
	if n > 0 || held == most {
		return n
	}
	if most > 0 {
		most -= held
	}
	n, err := unix.EpollWait(p.fd, p.events[:], most)
	if err != nil { // a signal came
		return 0
	}
	return n
}

// look asks the kernel what has happened and waits at most so many milliseconds.
func (p *Poll) look(milliseconds int) int {
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)),
		uintptr(milliseconds), 0, 0)
	if errno != 0 { // a signal came, or nothing that the caller could mend
		return 0
	}
	return int(n)
}

// Wake ends a wait, from any goroutine.
func (p *Poll) Wake() {
	one := [8]byte{1}
	unix.Write(p.waker, one[:]) // it fails only when the counter is full, and then the wait ends anyway
}

// Close lets go of the descriptors, but not of those that are watched.
func (p *Poll) Close() {
	unix.Close(p.waker)
	if p.file == nil {
		unix.Close(p.fd)
	} else {
		p.file.Close()
	}
}
