package main

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"
)

func TestOwnProcess(t *testing.T) {
	p := process{processIDs{os.Getpid()}}
	before, err := p.cpu()
	if err != nil {
		t.Fatal(err)
	}
	rusage, err := ownCPU()
	if err != nil {
		t.Fatal(err)
	}
	for x, spent := uint64(1), time.Duration(0); spent < 60*time.Millisecond; x = mix64(x) {
		now, err := p.cpu()
		if err != nil {
			t.Fatal(err)
		}
		spent = now.minus(before).total
	}
	after, err := ownCPU()
	if err != nil {
		t.Fatal(err)
	}
	// Both clocks count the same time; getrusage was read inside the interval of the other, and may lag by some ticks.
	if spent := after.minus(rusage).total; spent < 20*time.Millisecond {
		t.Errorf("60 ms on the CPU clock of the process, %v by getrusage", spent)
	}
	if resident, err := p.resident(); err != nil || resident < 1<<20 {
		t.Errorf("resident %d, %v", resident, err)
	}
}

func TestNoSuchProcess(t *testing.T) {
	_, address := newStub(t, nil)
	code, _, stderr := execute(t, "--server", address, "--workload=ping", "--connections=1", "--pid=2147483647")
	if code != exitFailed || stderr == "" {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
}

func TestIdleEndToEnd(t *testing.T) {
	stub, address := newStub(t, nil)
	code, stdout, stderr := execute(t, "--server", address, "--workload=idle", "--connections=40", "--duration=10ms",
		"--settle=0s", "--json", fmt.Sprintf("--pid=%d", os.Getpid()))
	var r result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != exitOK {
		t.Fatalf("code %d, %v, stderr %q", code, err, stderr)
	}
	if r.Memory == nil || r.Memory.Number != 40 || r.Memory.Before < 1<<20 || r.ServerCPU == nil {
		t.Errorf("%s", stdout)
	}
	if got := stub.count("PING"); got != 80 {
		t.Errorf("%d PINGs, want one at the start and one at the end of each connection", got)
	}
}
