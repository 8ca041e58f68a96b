package server

import (
	"os"

	"golang.org/x/sys/unix"
)

// Descriptors that are kept from clients, beside those that are open before any comes.
const (
	loopDescriptors  = 3 // of an event loop: epoll, the waker, io_uring
	spareDescriptors = 8 // for files that are read now and then, and for connections that are about to be refused
)

// reserve returns how many descriptors the server keeps for what is no client, once it listens. These are those that
// are open, its loops', copies of listeners that are waited for, and those of refused streams.
func (s *Server) reserve(loops int) int {
	n := openDescriptors() + loops*loopDescriptors + len(s.listeners) + spareDescriptors
	if s.options.Streams || s.options.TLS.Port != PortOff {
		n += refusalsAtOnce
	}
	return n
}

// openDescriptors returns how many descriptors the process has, those included that its parent left it.
func openDescriptors() int {
	const usual = 16 // where that cannot be read
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return usual
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return usual
	}
	return len(names) - 1 // without that of dir
}

// raiseDescriptors makes room for so many clients beside the reserved descriptors, by raising the limit if need be. It
// returns for how many there is room, which is negative where even the reserved ones do not fit.
func raiseDescriptors(clients, reserved int) (room int, err error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return clients, nil // unknown: accept tells
	}
	need := uint64(clients) + uint64(reserved)
	if limit.Cur >= need {
		return clients, nil
	}
	err = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: need, Max: max(limit.Max, need)})
	if err == nil {
		return clients, nil
	}
	if limit.Max > limit.Cur && unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit.Max, Max: limit.Max}) == nil {
		limit.Cur = limit.Max
	}
	return int(limit.Cur) - reserved, err
}
