package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// execute runs a command line as main does.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		text, _ := io.ReadAll(r)
		read <- string(text)
	}()
	var out strings.Builder
	code = start(context.Background(), args, &out, w)
	w.Close()
	defer r.Close()
	return code, out.String(), <-read
}

func TestWorkloadsEndToEnd(t *testing.T) {
	for _, args := range []string{
		"--workload ping",
		"--workload get",
		"--workload set --pipeline 7",
		"--workload sess.get --resp3",
		"--workload session",
		"--workload session --pipeline 16 --threads 2",
		"--workload session --dialect hash --distribution zipf",
		"--workload session --dialect blob --rate 20000",
		"--workload publish --subscribers 3",
		"--workload churn",
		"--workload churn --dialect blob --threads 3",
		"--workload memory --requests 0",
		"--workload memory --dialect hash --requests 0 --rate 50000",
	} {
		stub, address := newStub(t, nil)
		list := append([]string{
			"--server", address, "--connections=5", "--sessions=600", "--requests=600", "--warmup=5ms", "--settle=0s", "--json",
		}, strings.Fields(args)...)
		code, stdout, stderr := execute(t, list...)
		if code != exitOK || stderr != "" {
			t.Errorf("%s: code %d, stderr %q, stdout %s", args, code, stderr, stdout)
			continue
		}
		var r result
		if err := json.Unmarshal([]byte(stdout), &r); err != nil {
			t.Fatalf("%s: %v in %s", args, err, stdout)
		}
		if r.Operations != 600 || r.Failures != 0 || r.PerSecond <= 0 {
			t.Errorf("%s: %d operations, %d failures, %f/s", args, r.Operations, r.Failures, r.PerSecond)
		}
		if left := stub.size(); left != 0 && !strings.Contains(args, "churn") {
			t.Errorf("%s: left %d entries on the server", args, left)
		}
	}
}

func TestExpireEndToEnd(t *testing.T) {
	stub, address := newStub(t, nil)
	code, stdout, stderr := execute(t, "--server", address, "--workload=expire", "--sessions=200", "--connections=4",
		"--duration=500ms", "--rate=200", "--resp3", "--json")
	var r result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != exitOK {
		t.Fatalf("code %d, %v, stderr %q", code, err, stderr)
	}
	if e := r.Expiry; e == nil || e.Sessions != 200 || e.GoneAfter < 0 || e.FreeAfter < 0 || e.Quiet == nil {
		t.Errorf("%s", stdout)
	}
	if r.Operations != 120 {
		t.Errorf("%d loads from 0.1 s before the deadline to 0.5 s after it, want 120", r.Operations)
	}
	if stub.count("PEXPIREAT") != 200 || stub.size() != 0 {
		t.Errorf("%d deadlines set, %d sessions left", stub.count("PEXPIREAT"), stub.size())
	}
}

func TestKeepLeavesTheSessions(t *testing.T) {
	stub, address := newStub(t, nil)
	code, _, stderr := execute(t, "--server", address, "--workload=memory", "--sessions=300", "--connections=2", "--keep")
	if code != exitOK || stub.size() != 300 {
		t.Errorf("code %d, stderr %q, %d sessions on the server", code, stderr, stub.size())
	}
}

// TestJSONShape holds the names that programs read: a change here is a change for them.
func TestJSONShape(t *testing.T) {
	_, address := newStub(t, nil)
	_, stdout, stderr := execute(t, "--server", address, "--connections=2", "--sessions=100", "--requests=2000",
		"--warmup=0s", "--rate=100000", "--seed=5", "--json", fmt.Sprintf("--pid=%d", os.Getpid()))
	var shape map[string]any
	if err := json.Unmarshal([]byte(stdout), &shape); err != nil {
		t.Fatalf("%v, stdout %q, stderr %q", err, stdout, stderr)
	}
	for path, want := range map[string]any{
		"workload": "session", "dialect": "sess", "server": address, "connections": 2.0, "threads": 1.0,
		"pipeline": 1.0, "rate": 100000.0, "sessions": 100.0, "distribution": "uniform", "seed": 5.0,
		"operations": 2000.0, "failures": 0.0, "seconds": nil, "operations_per_second": nil,
		"latency_us.p50": nil, "latency_us.p90": nil, "latency_us.p99": nil, "latency_us.p99.9": nil,
		"latency_us.mean": nil, "latency_us.max": nil, "service_us.p50": nil,
		"server_cpu.us_per_operation": nil, "server_cpu.cores": nil, "client_cpu.us_per_operation": nil,
	} {
		outer, inner, nested := strings.Cut(path, ".")
		got := shape[outer]
		if nested {
			object, _ := got.(map[string]any)
			got = object[inner]
		}
		if got == nil || want != nil && got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	parts, _ := shape["by_operation"].([]any)
	if len(parts) < 2 {
		t.Errorf("by_operation is %v", shape["by_operation"])
	}
}

func TestAFailureMakesTheExitCodeOne(t *testing.T) {
	_, address := newStub(t, func(request []string) string {
		if request[0] == "SESS.SAVE" {
			return "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
		}
		return ""
	})
	code, stdout, _ := execute(t, "--server", address, "--connections=2", "--sessions=100", "--requests=500", "--warmup=0s")
	if code != exitFailed || !strings.Contains(stdout, "times save: wanted an integer, got OOM command not allowed") {
		t.Errorf("code %d, stdout %s", code, stdout)
	}
}

func TestALostSessionIsAFailure(t *testing.T) {
	_, address := newStub(t, func(request []string) string {
		if request[0] == "SESS.GET" {
			return "*-1\r\n"
		}
		return ""
	})
	code, stdout, _ := execute(t, "--server", address, "--connections=2", "--sessions=100", "--requests=500", "--warmup=0s")
	if code != exitFailed || !strings.Contains(stdout, "times load: wanted fields, got null") {
		t.Errorf("code %d, stdout %s", code, stdout)
	}
}

func TestNoServer(t *testing.T) {
	code, _, stderr := execute(t, "--server=unix:"+t.TempDir()+"/none", "--workload=ping")
	if code != exitFailed || !strings.Contains(stderr, "connection 1 of 50: dial unix") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
}

func TestRefusedPassword(t *testing.T) {
	_, address := newStub(t, func(request []string) string {
		if request[0] == "AUTH" {
			return "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
		}
		return ""
	})
	code, _, stderr := execute(t, "--server", address, "--workload=ping", "--user=me", "--password=no")
	if code != exitFailed || !strings.Contains(stderr, "AUTH: WRONGPASS") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
}

func TestInterruptedRunStillReportsAndCleans(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stub, address := newStub(t, func(request []string) string {
		if request[0] == "SESS.SAVE" {
			cancel(errInterrupted)
		}
		return ""
	})
	var out strings.Builder
	args := []string{"--server", address, "--connections=2", "--sessions=100", "--duration=1h", "--warmup=0s"}
	code := start(ctx, args, &out, os.Stderr)
	if code != exitFailed || !strings.Contains(out.String(), "throughput") {
		t.Errorf("code %d, report %s", code, out.String())
	}
	if stub.size() != 0 {
		t.Errorf("left %d entries on the server", stub.size())
	}
}
