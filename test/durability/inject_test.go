package durability

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// traced starts the daemon over a folder with a fault that strace injects into its system calls.
func traced(t *testing.T, dir, inject string, flags ...string) *sessdtest.Daemon {
	t.Helper()
	if err := exec.Command("strace", "-o", "/dev/null", "true").Run(); err != nil {
		t.Skipf("NOT TESTED: faults of system calls, because strace does not run here: %v", err)
	}
	calls, _, _ := strings.Cut(inject, ":")
	prefix := []string{"strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", "inject=" + inject}
	d := sessdtest.StartUnder(t, prefix, append([]string{"--dir", dir}, flags...)...)
	loaded(t, d)
	return d
}

// TestKilledAtSystemCalls kills the daemon when one of its threads is about to write, sync or rename for the nth time.
func TestKilledAtSystemCalls(t *testing.T) {
	for _, call := range []string{"pwrite64", "fdatasync", "fsync", "renameat"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			random, dir := random(t), filepath.Join(t.TempDir(), "data")
			crowd := newCrowd(t, random, 6)
			var died atomic.Int64
			flags := []string{"--appendfsync", "always", "--auto-aof-rewrite-min-size", "20kb", "--auto-aof-rewrite-percentage", "1"}
			for range (rounds(t, 8) + 7) / 8 {
				nth := map[string]int{"pwrite64": 24 + random.IntN(40), "fdatasync": 7 + random.IntN(40), "fsync": 3, "renameat": 1 + random.IntN(2)}[call]
				d := traced(t, dir, fmt.Sprintf("%s:signal=KILL:when=%d", call, nth), flags...)
				crowd.settle(t, d)
				var group sync.WaitGroup
				failures := make(chan error, len(crowd.clients))
				for _, one := range crowd.clients {
					p, err := dial(d.Addr, 0)
					if err != nil { // killed already, by a write of the snapshot that a new log begins
						died.Add(1)
						break
					}
					group.Go(func() {
						defer p.nc.Close()
						var err error
						for batch := 0; err == nil && batch < 200; batch++ {
							err = one.work()
							if batch%10 == 9 { // so that it renames
								_, _ = p.exchange([][]string{{"BGSAVE"}})
							}
						}
						if err != nil {
							died.Add(1)
						}
						if errors.Is(err, errDiffer) {
							failures <- err
						}
					})
				}
				group.Wait()
				d.Kill() // if no thread has come so far
				select {
				case err := <-failures:
					t.Fatal(err)
				default:
				}
			}
			crowd.settle(t, start(t, dir, flags...))
			if died.Load() == 0 {
				t.Error("the daemon was never killed by a system call")
			}
		})
	}
}

// TestFsyncThatFails: writes are refused until a snapshot in new files makes good what may be lost, and nothing acknowledged is.
func TestFsyncThatFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := traced(t, dir, "fdatasync:error=EIO:when=2")
	p, err := dial(d.Addr, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer p.nc.Close()
	acknowledged := map[string]bool{}
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			key := fmt.Sprint("k", i)
			if replies, err := p.exchange([][]string{{"SET", key, key}}); err == nil && replies[0] == "+OK\r\n" {
				acknowledged[key] = true
			}
		}
	})
	d.WaitFor(`the log cannot be written.*doing"?[=:]"?fsync`)
	d.WaitFor(`the log is written again`)
	close(stop)
	writer.Wait()
	c := d.Dial(t)
	for late := time.Now().Add(patience); ; time.Sleep(time.Millisecond) { // the fsync of another thread may fail too
		if c.Do("SET", "after", "after") == "+OK\r\n" && strings.Contains(c.Do("INFO", "persistence"), "aof_last_write_status:ok") {
			break
		}
		if time.Now().After(late) {
			t.Fatal("writes are refused for good")
		}
	}
	acknowledged["after"] = true
	d.Kill()
	c = start(t, dir).Dial(t)
	for key := range acknowledged {
		c.Want(servertest.Bulk(key), "GET", key)
	}
}
