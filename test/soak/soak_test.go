// Package soak lets clients by the thousand come and go, checks every reply that they get, and compares what the daemon
// takes of its machine before and after.
package soak

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

const (
	// patience is how long a reply may take before it counts as lost.
	patience = time.Minute
	// atOnce is how many clients are there at any time.
	atOnce = 200
)

// length returns how long the soak takes, without its beginning and end: the variable SESSD_SOAK says it, such as 3m.
func length(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SESSD_SOAK")
	if text == "" {
		return 2 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("SESSD_SOAK: %v", err)
	}
	return d
}

// crowd is the clients that come and go at a daemon.
type crowd struct {
	t        *testing.T
	daemon   *sessdtest.Encrypted
	shared   ledger
	stopping atomic.Bool // the daemon was told to: connections may be closed and refused from now on

	clients, abandoned, replies atomic.Int64
}

// run keeps all places taken until it is told to end: as one client goes, another comes.
func (c *crowd) run(end <-chan struct{}) {
	var group sync.WaitGroup
	for place := range atOnce {
		group.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				if err := c.one(place); err != nil {
					if !c.stopping.Load() || errors.Is(err, errWrong) {
						c.t.Error(err)
					}
					return
				}
			}
		})
	}
	group.Wait()
}

// one is a client's whole life. Every eighth comes over TLS, and every tenth goes in the middle of its requests.
func (c *crowd) one(place int) error {
	number := c.clients.Add(1)
	dial := func() (net.Conn, error) { return net.Dial("tcp", c.daemon.Addr) }
	if place%8 == 0 {
		dial = func() (net.Conn, error) { return c.daemon.DialTLS(c.daemon.TLSAddr) }
	}
	nc, err := dial()
	if err != nil {
		return err
	}
	defer nc.Close()
	one := &client{name: fmt.Sprint("client", number), random: rand.New(rand.NewPCG(uint64(number), 0)), nc: nc, shared: &c.shared, heard: &c.replies}
	if err := one.live(); err != nil {
		return err
	}
	if number%10 == 0 {
		c.abandoned.Add(1)
		one.abandon()
	}
	return nil
}

// runFor runs the crowd for a time, and returns what the daemon takes once all have gone: more descriptors and goroutines than
// before only if it keeps them.
func (c *crowd) runFor(d time.Duration, asking *servertest.Conn, before sessdtest.Figures) sessdtest.Figures {
	c.t.Helper()
	end := make(chan struct{})
	time.AfterFunc(d, func() { close(end) })
	c.run(end)
	for late := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		f := c.daemon.Figures(asking)
		switch over := time.Now().After(late); {
		case f.Clients == 1 && (over || f.Descriptors <= before.Descriptors && f.Goroutines <= before.Goroutines):
			return f
		case over:
			c.t.Fatalf("all clients have gone, and the daemon still has %d", f.Clients-1)
		}
	}
}

func TestSoak(t *testing.T) {
	most := length(t)
	c := &crowd{t: t, daemon: sessdtest.StartEncrypted(t)}
	asking := c.daemon.Dial(t)
	asking.Want(bulk(sharedID), "SESS.CREATE", sharedID)

	anything := sessdtest.Figures{Descriptors: math.MaxInt, Goroutines: math.MaxInt}
	warm := c.runFor(min(most/4, 20*time.Second), asking, anything)
	t.Logf("after %d clients: %v", c.clients.Load(), warm)
	cold := c.runFor(most, asking, warm)
	t.Logf("after %d clients: %v", c.clients.Load(), cold)
	asking.Want(":1\r\n", "DBSIZE") // the shared session
	if t.Failed() {
		return
	}
	flat(t, warm, cold)

	ended := make(chan struct{})
	before := c.replies.Load()
	go func() {
		defer close(ended)
		c.run(nil)
	}()
	for late := time.Now().Add(patience); c.replies.Load() < before+10*atOnce && time.Now().Before(late); time.Sleep(time.Millisecond) {
	}
	c.stopping.Store(true)
	c.daemon.Signal(syscall.SIGTERM)
	<-ended
	if code, _ := c.daemon.Wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	t.Logf("soak of %v: %d clients, %d of which went in the middle, %d replies checked, %d saves of one session and none lost; CPU %v",
		most, c.clients.Load(), c.abandoned.Load(), c.replies.Load(), c.shared.check(t), cold.CPU)
}

// flat compares what the daemon takes with nobody there. Memory may grow with what the runtime keeps for the next crowd.
func flat(t *testing.T, warm, cold sessdtest.Figures) {
	t.Helper()
	const spareThreads, spareMemory = 16, 96 << 20
	if cold.Descriptors > warm.Descriptors || cold.Goroutines > warm.Goroutines || cold.Threads > warm.Threads+spareThreads {
		t.Errorf("descriptors, goroutines or threads have grown to %v; before %v", cold, warm)
	}
	if cold.Resident > warm.Resident*3/2+spareMemory || cold.Used > warm.Used*3/2+1<<20 {
		t.Errorf("memory has grown: %v; before %v", cold, warm)
	}
}
