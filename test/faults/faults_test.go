// Package faults takes from the running daemon what it stands on, descriptors, peers and networks, and asks it to go on.
package faults

import (
	"net"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

// patience is how long something may take that has to happen.
const patience = time.Minute

// settled waits until the daemon holds no more descriptors and goroutines than before, and checks that its memory did not
// grow by more than some bytes.
func settled(t *testing.T, d *sessdtest.Daemon, asking *servertest.Conn, before sessdtest.Figures, growth int64) {
	t.Helper()
	if sessdtest.RaceDetector() {
		growth *= 4 // what it notes of memory that was used once stays
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		now := d.Figures(asking)
		if now.Descriptors <= before.Descriptors && now.Goroutines <= before.Goroutines && now.Clients == before.Clients {
			if now.Resident > before.Resident+growth {
				t.Errorf("it takes %v; before %v", now, before)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatalf("it still takes %v; before %v", now, before)
		}
	}
}

// silent returns a connection that has not said anything yet.
func silent(t *testing.T, addr string) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
