//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stallClient is a connection that asks one request at a time. Its reads and writes block a thread: Go's scheduler has no part
// in what is measured.
type stallClient struct {
	conn   *os.File
	reader *bufio.Reader
}

func newStallClient(address string) (*stallClient, error) {
	network, name := splitAddress(address)
	conn, err := net.DialTimeout(network, name, dialTimeout)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	file, err := blockingFile(conn)
	if err != nil {
		return nil, err
	}
	return &stallClient{file, bufio.NewReaderSize(file, 1<<16)}, nil
}

// blockingFile returns another descriptor of a connection, which blocks.
func blockingFile(conn net.Conn) (file *os.File, err error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	controlled := raw.Control(func(fd uintptr) {
		var other int
		if other, err = unix.Dup(int(fd)); err == nil {
			err = unix.SetNonblock(other, false)
			file = os.NewFile(uintptr(other), "connection")
		}
	})
	return file, errors.Join(controlled, err)
}

// ask sends requests that are encoded, and passes over as many replies.
func (c *stallClient) ask(requests []byte, replies int) error {
	if replies == 1 {
		if _, err := c.conn.Write(requests); err != nil {
			return err
		}
		return c.skip()
	}
	sent := make(chan error, 1)
	go func() {
		_, err := c.conn.Write(requests)
		sent <- err
	}()
	for range replies {
		if err := c.skip(); err != nil {
			return err
		}
	}
	return <-sent
}

// skip passes over a reply.
func (c *stallClient) skip() error {
	for left := 1; left > 0; left-- {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		kind, text := line[0], strings.TrimSpace(string(line[1:]))
		switch kind {
		case '-':
			return fmt.Errorf("the server answered: %s", text)
		case '$', '*':
			n, err := strconv.Atoi(text)
			switch {
			case err != nil:
				return err
			case kind == '*':
				left += max(n, 0)
			case n >= 0:
				if _, err := c.reader.Discard(n + 2); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// askQuietly sends a request, and returns how long it takes. Its thread takes only what others leave of the processors, so that
// nobody waits for who reads the reply. With busy, another thread is busy meanwhile.
func (c *stallClient) askQuietly(request []byte, busy bool) (took time.Duration, err error) {
	began := time.Now()
	var all sync.WaitGroup
	spin := func() {
		for time.Since(began) < busyFor {
		}
	}
	if busy {
		all.Go(spin)
	}
	all.Go(func() {
		runtime.LockOSThread() // and ends the thread
		lowerPriority()
		if busy {
			spin()
		}
		err = c.ask(request, 1)
		took = time.Since(began)
	})
	all.Wait()
	return took, err
}
