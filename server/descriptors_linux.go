package server

import "golang.org/x/sys/unix"

// spareDescriptors is how many descriptors are kept for what is no client: listeners, loops, files, logs.
const spareDescriptors = 32

// raiseDescriptors makes room for so many clients, by raising the limit on descriptors if need be, and returns for how many
// there is room.
func raiseDescriptors(clients int) (room int, err error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return clients, nil // unknown: accept tells
	}
	need := uint64(clients) + spareDescriptors
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
	return int(max(limit.Cur, spareDescriptors)) - spareDescriptors, err
}
