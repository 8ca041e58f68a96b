package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// dialTimeout bounds connecting and the commands that open a connection.
const dialTimeout = 5 * time.Second

// pending is an operation whose replies are not complete.
type pending struct {
	op       operation
	replies  uint8 // how many of its replies have come
	intended int64 // when the request was due, in ns of the worker's clock
	sent     int64 // when it was written
}

// conn is one connection to the server. It is handed a batch of operations, writes it, and takes the next
// one when all of its replies have come.
type conn struct {
	fd       int
	index    int // among the connections of its worker
	source   source
	scanner  scanner
	out      []byte // requests; what is before written has been written
	written  int
	blocked  bool // the socket took only a part of out
	batch    []pending
	answered int // operations at the head of batch that are complete
}

// splitAddress returns the network of an address: unix for unix:PATH or an absolute path, else tcp.
func splitAddress(address string) (network, name string) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return "unix", path
	}
	if strings.HasPrefix(address, "/") {
		return "unix", address
	}
	return "tcp", address
}

// dial connects, says HELLO and AUTH as the options ask, and takes the descriptor out of Go's own poller.
func dial(o *options) (int, error) {
	network, name := splitAddress(o.address)
	nc, err := net.DialTimeout(network, name, dialTimeout)
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	if err := greet(nc, o); err != nil {
		return 0, err
	}
	return detach(nc)
}

// greet sends the commands that open a connection and checks their replies.
func greet(nc net.Conn, o *options) error {
	var commands [][]string
	switch {
	case o.password != "" && o.user != "":
		commands = append(commands, []string{"AUTH", o.user, o.password})
	case o.password != "":
		commands = append(commands, []string{"AUTH", o.password})
	}
	// After AUTH: a server with a password refuses HELLO without one.
	if o.resp3 {
		commands = append(commands, []string{"HELLO", "3"})
	}
	for _, words := range commands {
		if r, err := ask(nc, words...); err != nil {
			return err
		} else if r.isError() {
			return fmt.Errorf("%s: %s", words[0], r.text)
		}
	}
	return nil
}

// ask sends one command on a connection without pending replies and waits for its reply.
func ask(nc net.Conn, words ...string) (reply, error) {
	if err := nc.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return reply{}, err
	}
	if _, err := nc.Write([]byte(command(len(words), words...))); err != nil {
		return reply{}, err
	}
	var s scanner
	buf := make([]byte, 4096)
	for {
		n, err := nc.Read(buf)
		if err != nil {
			return reply{}, err
		}
		if _, complete, err := s.next(buf[:n]); err != nil || complete {
			return s.result(), err
		}
	}
}

// detach returns a descriptor of the connection that Go's poller does not watch: it would be woken for every
// reply, beside the worker's own.
func detach(nc net.Conn) (int, error) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return 0, fmt.Errorf("a connection of type %T has no descriptor", nc)
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return 0, err
	}
	var fd int
	var dupErr error
	// The duplicate survives the close of the original, and with that Go's poller forgets the socket.
	if err := raw.Control(func(original uintptr) {
		fd, dupErr = unix.FcntlInt(original, unix.F_DUPFD_CLOEXEC, 0)
	}); err != nil {
		return 0, err
	}
	return fd, dupErr
}

var errClosed = errors.New("the server closed the connection")

// flush writes what is left of out. It reports false when the socket takes no more for now.
func (c *conn) flush() (bool, error) {
	for c.written < len(c.out) {
		n, err := writeSocket(c.fd, c.out[c.written:])
		switch err {
		case nil:
			c.written += n
		case unix.EAGAIN:
			// The server does not read as fast as it is written to. Its replies must be read meanwhile, or
			// both sides would wait for each other.
			return false, nil
		case unix.EINTR:
		default:
			return false, fmt.Errorf("write: %w", err)
		}
	}
	return true, nil
}
