package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"sessd/commands"
)

// errHangs is why a probe failed.
var errHangs = errors.New("no answer")

// probeAddr is the address of the clients that probe.
var probeAddr = &net.UnixAddr{Net: "unix", Name: "probe"}

// Probe sends a request through every event loop, from a client of its own. It returns an error about the loops that
// did not come to it before ctx ended. Any answer will do, an error too, and so will a call that waits, as in CLIENT
// PAUSE.
func (s *Server) Probe(ctx context.Context, user *commands.User, words ...string) error {
	request := fmt.Appendf(nil, "*%d\r\n", len(words))
	for _, word := range words {
		request = fmt.Appendf(request, "$%d\r\n%s\r\n", len(word), word)
	}
	if len(s.loops) == 0 {
		return s.probeStream(ctx, user, request)
	}
	failed := make([]error, len(s.loops))
	var all sync.WaitGroup
	for i, l := range s.loops {
		all.Go(func() {
			if err := l.probe(ctx, user, request); err != nil && s.stopped.Err() == nil {
				failed[i] = fmt.Errorf("event loop %d: %w", i, err)
			}
		})
	}
	all.Wait()
	return errors.Join(failed...)
}

// probeStream is Probe where every connection is a stream.
func (s *Server) probeStream(ctx context.Context, user *commands.User, request []byte) error {
	peer, nc := net.Pipe()
	defer peer.Close()
	c, st := s.newStreamConn(nc, user)
	if !s.addOwn(c) {
		return nil
	}
	go func() {
		defer st.close()
		s.serveAdded(c, st)
	}()
	defer c.kill(closedByPeer)
	return c.ask(ctx, peer, request)
}

// ask sends a request to the connection from its other end, and waits until ctx ends for the beginning of its answer. Halfway
// there it asks the owner whether the call waits.
func (c *conn) ask(ctx context.Context, peer deadlineConn, request []byte) error {
	answered := make(chan error, 1)
	var halfway <-chan time.Time
	if by, ok := ctx.Deadline(); ok {
		peer.SetDeadline(by)
		halfway = time.After(time.Until(by) / 2)
	}
	defer context.AfterFunc(ctx, func() { peer.SetDeadline(past) })()
	go func() {
		_, err := peer.Write(request)
		if err == nil {
			_, err = bufio.NewReader(peer).ReadBytes('\n')
		}
		answered <- err
	}()
	waits := make(chan bool, 1)
	for {
		select {
		case err := <-answered:
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return errHangs
			}
			return err
		case <-halfway:
			c.post(0, letter{task: func(_ *worker, c *conn) { waits <- c.later != nil }})
		case yes := <-waits:
			if yes {
				return nil
			}
		}
	}
}

// deadlineConn is an end of a connection.
type deadlineConn interface {
	io.ReadWriter
	SetDeadline(time.Time) error
}
