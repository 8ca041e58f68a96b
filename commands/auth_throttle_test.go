package commands

import (
	"fmt"
	"testing"
	"time"
)

func TestGuessesWaitLongerAndLonger(t *testing.T) {
	var g authThrottle
	now := int64(1_000_000)
	for i, want := range []time.Duration{0, 0, 100, 200, 400, 800, 1600, 3000, 3000} {
		wait, ok := g.begin("10.0.0.1", now)
		if !ok || wait != want*time.Millisecond {
			t.Errorf("guess %d waits %v, %v, want %vms", i+1, wait, ok, int(want))
		}
		if wait > 0 {
			g.end("10.0.0.1")
		}
		if n, wait := g.failed("10.0.0.1", now); n != i+1 || wait != 0 {
			t.Errorf("guess %d: counted %d, and its refusal waits %v", i+1, n, wait)
		}
	}
	if wait, ok := g.begin("10.0.0.2", now); wait != 0 || !ok {
		t.Errorf("another peer waits %v", wait)
	}
	if wait, ok := g.begin("10.0.0.1", now+forgetAfter+1); wait != 0 || !ok {
		t.Errorf("after a quiet minute one waits %v", wait)
	}
}

// TestGuessesUnderWayAreBounded, also those of peers that have hung up.
func TestGuessesUnderWayAreBounded(t *testing.T) {
	var g authThrottle
	for range freeFailures {
		g.failed("a", 1)
	}
	for range maxUnderWay {
		if wait, ok := g.begin("a", 1); wait == 0 || !ok {
			t.Fatalf("waits %v, %v", wait, ok)
		}
	}
	if _, ok := g.begin("a", 1); ok {
		t.Error("one more is taken")
	}
	if _, ok := g.begin("a", 1+2*forgetAfter); ok {
		t.Error("one more is taken later, while the others wait")
	}
	g.end("a")
	if _, ok := g.begin("a", 1); !ok {
		t.Error("none is taken though one has ended")
	}
}

// TestGoodPeerIsCheckedAtOnce, and its wrong passwords are bounded all the same.
func TestGoodPeerIsCheckedAtOnce(t *testing.T) {
	var g authThrottle
	g.succeeded("a", 1000)
	waits := 0
	for range maxPenalties + freeFailures {
		if wait, ok := g.begin("a", 1000); wait != 0 || !ok {
			t.Fatalf("a good peer waits %v, %v", wait, ok)
		}
		if _, wait := g.failed("a", 1000); wait > 0 {
			waits++
		}
	}
	if waits != maxPenalties {
		t.Errorf("%d refusals wait, want %d", waits, maxPenalties)
	}
	if wait, _ := g.begin("a", 1000); wait == 0 {
		t.Error("guessing goes on at once")
	}
}

func TestPeersAreBounded(t *testing.T) {
	var g authThrottle
	for i := range 3 * maxPeers {
		g.failed(fmt.Sprint("peer-", i), int64(i))
	}
	if len(g.byPeer) > maxPeers {
		t.Errorf("%d peers are remembered, want at most %d", len(g.byPeer), maxPeers)
	}
}

func TestPeerIsAnAddressOrANetwork(t *testing.T) {
	for addr, want := range map[string]string{
		"10.0.0.1:5": "10.0.0.1", "[2001:db8:1:2:3::4]:5": "2001:db8:1:2::/64", "[::1]:5": "::/64", "/run/s:0": "/run/s", "[::ffff:10.0.0.1]:5": "::ffff:10.0.0.1",
	} {
		if got := (&Client{Addr: addr}).peer(); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
}
