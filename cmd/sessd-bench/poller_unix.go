//go:build unix && !linux

package main

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// poller waits for connections with poll(2), which every Unix has.
type poller struct {
	fds   []unix.PollFd
	index []int
	hits  []int
}

func newPoller() (*poller, error) { return &poller{}, nil }

// sharpenTimeouts has nothing to do where timeouts are in milliseconds.
func sharpenTimeouts() {}

func (p *poller) close() {}

// add watches fd for input; events about it are reported as index.
func (p *poller) add(fd, index int) error {
	p.fds = append(p.fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	p.index = append(p.index, index)
	return nil
}

// watchOutput switches on or off whether room for output is reported too.
func (p *poller) watchOutput(fd, _ int, on bool) error {
	for i := range p.fds {
		if p.fds[i].Fd == int32(fd) {
			p.fds[i].Events = unix.POLLIN
			if on {
				p.fds[i].Events |= unix.POLLOUT
			}
		}
	}
	return nil
}

// wait returns how many connections are ready; ready tells which. A timeout below a millisecond polls.
func (p *poller) wait(timeout time.Duration) (int, error) {
	_, err := unix.Poll(p.fds, int(timeout.Milliseconds()))
	if err != nil && !errors.Is(err, unix.EINTR) {
		return 0, fmt.Errorf("poll: %w", err)
	}
	p.hits = p.hits[:0]
	for i := range p.fds {
		if err == nil && p.fds[i].Revents != 0 {
			p.hits = append(p.hits, i)
		}
	}
	return len(p.hits), nil
}

// ready tells about the i-th connection of the last wait. An error or hang-up counts as input: the read that
// follows says what it is.
func (p *poller) ready(i int) (index int, input, output bool) {
	hit := p.hits[i]
	events := p.fds[hit].Revents
	return p.index[hit], events&^unix.POLLOUT != 0, events&unix.POLLOUT != 0
}

// readSocket reads what a non-blocking socket has; it returns EAGAIN when that is nothing.
func readSocket(fd int, p []byte) (int, error) { return unix.Read(fd, p) }

// writeSocket writes as much as a non-blocking socket takes.
func writeSocket(fd int, p []byte) (int, error) { return unix.Write(fd, p) }

// lowerPriority does nothing: here a priority is one of the whole process.
func lowerPriority() {}
