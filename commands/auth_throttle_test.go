package commands

import (
	"fmt"
	"testing"
	"time"
)

func TestGuessesAreAnsweredLaterAndLater(t *testing.T) {
	var g authThrottle
	now := int64(1_000_000)
	for i, want := range []time.Duration{0, 0, 100, 200, 400, 800, 1600, 3000, 3000, 3000} {
		if n, wait := g.failed("10.0.0.1", now); n != i+1 || wait != want*time.Millisecond {
			t.Errorf("guess %d: counted %d, waits %v, want %vms", i+1, n, wait, int(want))
		}
	}
	if _, wait := g.failed("10.0.0.2", now); wait != 0 {
		t.Errorf("another peer waits %v", wait)
	}
	if n, wait := g.failed("10.0.0.1", now+forgetAfter+1); n != 1 || wait != 0 {
		t.Errorf("after a quiet minute: counted %d, waits %v", n, wait)
	}
}

func TestGuessersAreBounded(t *testing.T) {
	var g authThrottle
	for i := range 3 * maxGuessers {
		g.failed(fmt.Sprint("peer-", i), int64(i))
	}
	if len(g.byPeer) > maxGuessers {
		t.Errorf("%d peers are remembered, want at most %d", len(g.byPeer), maxGuessers)
	}
}
