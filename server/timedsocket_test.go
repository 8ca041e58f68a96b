package server

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// TestTimedSocketNeverWaitsForEver: a write ends though nobody set a deadline and the peer reads nothing, and one that
// somebody aborted ends at once.
func TestTimedSocketNeverWaitsForEver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	silent, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	s := newTimedSocket(nc.(*net.TCPConn), 10*time.Millisecond)
	fill := func() error {
		for data := make([]byte, 1<<20); ; {
			if _, err := s.Write(data); err != nil {
				return err
			}
		}
	}
	if err := fill(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("without a deadline: %v", err)
	}
	s.timeout = time.Hour
	s.SetDeadline(past)
	if err := fill(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("aborted: %v", err)
	}
}
