package server

import (
	"slices"
	"syscall"
	"time"

	"sessd/server/netio"
)

// Receive and Send are what stands in for the two calls of a kernel.
type (
	Receive func(fd int, buf []byte) (int, syscall.Errno)
	Send    func(fd int, data []byte) (int, syscall.Errno)
)

type double struct {
	receiver Receive
	sender   Send
}

func (d double) Receive(fd int, buf []byte) (int, syscall.Errno) { return d.receiver(fd, buf) }
func (d double) Send(fd int, data []byte) (int, syscall.Errno)   { return d.sender(fd, data) }
func (d double) SendAll(all []netio.Outgoing)                    { netio.SendEach(d, all) }
func (d double) Close()                                          {}

// SetKernel makes event loops move bytes by other means. The real ones are handed to whoever makes them.
func SetKernel(o *Options, with func(Receive, Send) (Receive, Send)) {
	r, s := with(netio.Syscalls{}.Receive, netio.Syscalls{}.Send)
	o.io = double{r, s}
}

// Balance makes loops give sockets away by figures of the test: the load that it says each has, in thousandths, and how many
// processors it says are idle.
func Balance(o *Options, window time.Duration, load func(loop int) int64, idle func() float64) {
	o.balance = &balance{
		window: window,
		load:   func(l *loop, _ int64) int64 { return load(slices.Index(l.server.loops, l)) },
		idle:   func(*loop) float64 { return idle() },
	}
}

// Moved returns how many sockets went from one loop to another.
func (s *Server) Moved() int64 { return s.balance.moved.Load() }

// Sockets returns how many each loop has.
func (s *Server) Sockets() (counts []int64) {
	for _, l := range s.loops {
		counts = append(counts, l.count.Load())
	}
	return counts
}
