//go:build !linux

package server

import (
	"context"
	"net"
	"syscall"

	"sessd/commands"
)

// loop is an event loop, of which there are none on this system: every connection is a stream.
type loop struct{ bytes traffic }

// balance is for loops.
type balance struct{}

func newBalance() *balance { return nil }

func newLoops(*Server, int, bool) ([]*loop, error) { return nil, nil }

func (*loop) run() {}
func (*loop) end() {}

func (*loop) probe(context.Context, *commands.User, []byte) error { return nil }

func (*loop) busy(int64) float64 { return 0 }

func (s *Server) acceptor(l net.Listener) (func() error, error) {
	return func() error { return s.acceptStream(l) }, nil
}

// setListenerOptions leaves a listener as it is: Go sets what a connection needs when it accepts one.
func (*Server) setListenerOptions(string, string, syscall.RawConn) error { return nil }

func (*Server) updateKeepAlive() {}

// raiseDescriptors leaves the limit on descriptors as it is: Go has raised it as far as it may.
func raiseDescriptors(clients, _ int) (int, error) { return clients, nil }

// reserve is for raiseDescriptors, which needs nothing.
func (*Server) reserve(int) int { return 0 }
