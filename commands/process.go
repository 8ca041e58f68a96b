package commands

import (
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"time"
)

// process is what the operating system and the runtime tell of this process.
type process struct {
	user, system time.Duration // CPU time used
	resident     int64         // bytes in physical memory; 0 where the system does not tell
	heap         int64         // bytes of live and not yet collected objects
	mapped       int64         // bytes that the runtime holds, whatever for
	goroutines   int
}

func thisProcess() process {
	p := process{goroutines: runtime.NumGoroutine()}
	p.user, p.system = cpuTime()
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := bytes.Fields(statm); len(fields) > 1 {
			pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			p.resident = pages * int64(os.Getpagesize())
		}
	}
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}}
	metrics.Read(samples)
	p.heap, p.mapped = int64(samples[0].Value.Uint64()), int64(samples[1].Value.Uint64())
	return p
}
