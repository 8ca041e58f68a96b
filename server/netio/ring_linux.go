package netio

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ring is an io_uring, through which the kernel takes many sends in one call. Beside the price of the calls this saves that
// each reply wakes its client, which takes the processor before the next reply is sent.
//
// Its user is one goroutine at a time, which may move between threads.
type ring struct {
	fd                      int
	memory, entryMemory     []byte
	entries                 *[ringSize]ringEntry
	results                 *[2 * ringSize]ringResult
	tail, doneHead, doneEnd *uint32 // of the submissions and of the completions; shared with the kernel
}

// ringSize is how many sends a call takes at most: a power of two. The goroutine cannot be stopped meanwhile, which
// the garbage collector has to wait for.
const ringSize = 64

// notSent is the outcome of what the kernel was not given, and lost that of what it was given but has told nothing of.
const (
	notSent = unix.EINPROGRESS
	lost    = unix.EIO
)

// The kernel's interface, as in its header io_uring.h.
type (
	ringEntry struct {
		op        uint8
		_         uint8  // flags
		_         uint16 // priority
		fd        int32
		_         uint64 // offset
		addr      uint64
		len       uint32
		sendFlags uint32
		user      uint64
		_         [3]uint64
	}
	ringResult struct {
		user uint64
		n    int32
		_    uint32 // flags
	}
	ringParams struct {
		entries, results uint32
		flags            uint32
		thread, idle     uint32
		features         uint32
		workers          uint32
		unused           [3]uint32
		queue            struct {
			head, tail, mask, entries, flags, dropped, array, unused uint32
			addr                                                     uint64
		}
		done struct {
			head, tail, mask, entries, overflow, results, flags, unused uint32
			addr                                                        uint64
		}
	}
)

const (
	ringSubmitAll   = 1 << 7 // one that fails does not keep back those behind it
	ringCooperative = 1 << 8 // the thread is not interrupted
	ringOneMapping  = 1 << 0 // a feature: the two queues are in one mapping
	ringGetResults  = 1 << 0
	ringOpSend      = 26
	ringEntriesAt   = 0x10000000
)

// newRing returns a ring that has worked once, or an error where the system has none, or does not let this process have one.
func newRing() (*ring, error) {
	var p ringParams
	p.flags = ringSubmitAll | ringCooperative
	fd, _, errno := syscall.Syscall(unix.SYS_IO_URING_SETUP, ringSize, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("io_uring_setup", errno)
	}
	r := &ring{fd: int(fd)}
	err := r.mapMemory(&p)
	if err == nil {
		err = r.try()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// mapMemory maps what is shared with the kernel.
func (r *ring) mapMemory(p *ringParams) (err error) {
	if p.features&ringOneMapping == 0 || p.entries != ringSize || p.results != 2*ringSize {
		return fmt.Errorf("io_uring of an unknown form: features %#x, %d entries, %d results", p.features, p.entries, p.results)
	}
	size := max(p.queue.array+4*p.entries, p.done.results+uint32(unsafe.Sizeof(ringResult{}))*p.results)
	const shared, access = unix.MAP_SHARED | unix.MAP_POPULATE, unix.PROT_READ | unix.PROT_WRITE
	if r.memory, err = unix.Mmap(r.fd, 0, int(size), access, shared); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	if r.entryMemory, err = unix.Mmap(r.fd, ringEntriesAt, int(unsafe.Sizeof(*r.entries)), access, shared); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	at := func(offset uint32) unsafe.Pointer { return unsafe.Pointer(&r.memory[offset]) }
	r.tail, r.doneHead, r.doneEnd = (*uint32)(at(p.queue.tail)), (*uint32)(at(p.done.head)), (*uint32)(at(p.done.tail))
	r.results = (*[2 * ringSize]ringResult)(at(p.done.results))
	r.entries = (*[ringSize]ringEntry)(unsafe.Pointer(&r.entryMemory[0]))
	order := (*[ringSize]uint32)(at(p.queue.array))
	for i := range r.entries {
		order[i] = uint32(i)
		r.entries[i] = ringEntry{op: ringOpSend, sendFlags: unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL}
	}
	return nil
}

// try sends a byte to itself, one that is in no stack: those move.
func (r *ring) try() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	one := []Outgoing{{FD: pair[0], Data: r.memory[:1]}}
	if err := r.send(one); err != nil {
		return err
	}
	if one[0].N != 1 {
		return os.NewSyscallError("io_uring send", one[0].Errno)
	}
	return nil
}

// send sends at most ringSize things, and says in each what became of it.
func (r *ring) send(all []Outgoing) error {
	tail := *r.tail
	first := tail
	for i := range all {
		o := &all[i]
		if len(o.Data) == 0 {
			continue
		}
		o.N, o.Errno = 0, notSent
		e := &r.entries[tail%ringSize]
		e.fd, e.addr, e.len, e.user = int32(o.FD), uint64(uintptr(unsafe.Pointer(&o.Data[0]))), uint32(min(len(o.Data), 1<<30)), uint64(i)
		tail++
	}
	atomic.StoreUint32(r.tail, tail)
	var err error
	for given, taken := uint32(0), uint32(0); taken < tail-first && err == nil; {
		// What does not wait is done when the call returns. Were it otherwise, the next call would wait for it.
		var n, least, flags uintptr
		if given == tail-first {
			least, flags = uintptr(given-taken), ringGetResults
		}
		n, err = r.enter(tail-first-given, least, flags)
		given += uint32(n)
		taken += r.take(all)
		if err != nil && given > taken {
			for i := range all {
				if o := &all[i]; o.Errno == notSent {
					o.Errno = lost
				}
			}
		}
	}
	runtime.KeepAlive(all)
	return err
}

// enter gives the kernel so many entries, and waits for so many results.
func (r *ring) enter(entries uint32, least, flags uintptr) (given uintptr, err error) {
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(entries), least, flags, 0, 0)
		switch errno {
		case 0:
			return n, nil
		case unix.EINTR:
		default:
			return 0, os.NewSyscallError("io_uring_enter", errno)
		}
	}
}

// take notes the results that are there, and returns how many they were.
func (r *ring) take(all []Outgoing) uint32 {
	from, end := *r.doneHead, atomic.LoadUint32(r.doneEnd)
	for i := from; i != end; i++ {
		done := &r.results[i%(2*ringSize)]
		o := &all[done.user]
		if done.n < 0 {
			o.Errno = syscall.Errno(-done.n)
		} else {
			o.N, o.Errno = int(done.n), 0
		}
	}
	atomic.StoreUint32(r.doneHead, end)
	return end - from
}

func (r *ring) close() {
	unix.Close(r.fd)
	if r.memory != nil {
		unix.Munmap(r.memory)
	}
	if r.entryMemory != nil {
		unix.Munmap(r.entryMemory)
	}
}
