package sessdtest

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
)

// Figures are what a daemon takes of its machine.
type Figures struct {
	Descriptors int
	Goroutines  int
	Threads     int
	Resident    int64         // bytes
	Used        int64         // bytes of all entries
	Clients     int           // the one that asked included
	CPU         time.Duration // since the daemon began
}

// String is a line for people.
func (f Figures) String() string {
	return fmt.Sprintf("%d descriptors, %d goroutines, %d threads, %d KiB resident, %d bytes of entries", f.Descriptors, f.Goroutines, f.Threads, f.Resident>>10, f.Used)
}

// Figures asks the system, and the daemon over a connection.
func (p *Process) Figures(c *servertest.Conn) Figures {
	p.t.Helper()
	info := c.Do("INFO")
	field := func(name string) int64 {
		_, rest, _ := strings.Cut(info, "\r\n"+name+":")
		text, _, _ := strings.Cut(rest, "\r\n")
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			p.t.Fatalf("INFO has no %s: %v", name, err)
		}
		return n
	}
	f := Figures{Goroutines: int(field("go_goroutines")), Resident: field("used_memory_rss"), Used: field("used_memory"), Clients: int(field("connected_clients"))}
	f.Descriptors = entries(p.t, fmt.Sprintf("/proc/%d/fd", p.ID()))
	f.Threads = entries(p.t, fmt.Sprintf("/proc/%d/task", p.ID()))
	f.CPU = p.CPU()
	return f
}

// CPU returns the time that the process has spent on processors.
func (p *Process) CPU() time.Duration {
	p.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.ID()))
	if err != nil {
		p.t.Fatal(err)
	}
	// The name, in brackets, may hold anything; user and system time are the 12th and 13th word after it, in 1/100 s.
	words := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	user, _ := strconv.Atoi(string(words[11]))
	system, _ := strconv.Atoi(string(words[12]))
	return time.Duration(user+system) * 10 * time.Millisecond
}

// entries counts what a folder holds.
func entries(t testing.TB, dir string) int {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// quietSeconds is how many seconds a daemon has to be quiet in one.
const quietSeconds = 6

// Quietest returns the least processor time of a second out of some, which end with one that takes no more than enough. On a busy
// machine the daemon may still do what was asked of it before; what it does for nothing takes time in every second.
func (d *Daemon) Quietest(enough time.Duration) (least time.Duration) {
	for i := range quietSeconds {
		before := d.CPU()
		time.Sleep(time.Second)
		if spent := d.CPU() - before; i == 0 || spent < least {
			least = spent
		}
		if least <= enough {
			break
		}
	}
	return least
}
