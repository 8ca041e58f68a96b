package durability

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sessd/server/servertest"
)

// sharedID is a session that clients of the daemon that is tried save to together, in a keyspace that nothing else is in.
const (
	sharedID       = "shared"
	sharedKeyspace = 15
)

// revisions is what clients were told of the shared session: no two saves may have got the same revision, before and after
// any restart.
type revisions struct {
	mu   sync.Mutex
	told map[string]bool
	last int
}

// save saves once, and reports whether the daemon answered.
func (r *revisions) save(p *peer) (bool, error) {
	replies, err := p.exchange([][]string{{"SESS.SAVE", sharedID, "by", "any"}})
	if err != nil {
		return false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var revision int
	if _, err := fmt.Sscanf(replies[0], ":%d\r\n", &revision); err != nil || r.told[replies[0]] {
		return true, fmt.Errorf("a save of the shared session answers %q: %w", replies[0], errDiffer)
	}
	r.told[replies[0]] = true
	r.last = max(r.last, revision)
	return true, nil
}

// check fails the test where the revision has gone back.
func (r *revisions) check(t *testing.T, c *servertest.Conn) {
	t.Helper()
	var revision int
	if _, err := fmt.Sscanf(c.Do("SESS.GET", sharedID, "NOTOUCH", "WITHREV"), "*2\r\n:%d\r\n", &revision); err != nil || revision < r.last {
		t.Fatalf("the shared session is at revision %d (%v), and revision %d was answered", revision, err, r.last)
	}
}

// keyFile writes a file of keys, and returns its name.
func keyFile(t *testing.T, keys ...string) string {
	t.Helper()
	var b strings.Builder
	for _, key := range keys {
		b.WriteString(strings.Repeat(key, 64) + "\n")
	}
	name := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestKilledUnderLoad kills the daemon at random moments, while clients write and snapshots are made.
func TestKilledUnderLoad(t *testing.T) {
	for _, flags := range [][]string{
		{"--appendfsync", "everysec"},
		{"--appendfsync", "always"},
		{"--appendfsync", "no", "--io-threads", "1"},
		{"--appendfsync", "everysec", "--sync-destroy", "no", "--encryption-key-file", keyFile(t, "a")},
	} {
		t.Run(strings.Join(flags[:2], " ")+fmt.Sprint(len(flags)), func(t *testing.T) {
			t.Parallel()
			killUnderLoad(t, (rounds(t, 12)+3)/4, append(flags, "--auto-aof-rewrite-min-size", "200kb")...)
		})
	}
}

func killUnderLoad(t *testing.T, rounds int, flags ...string) {
	random, dir := random(t), filepath.Join(t.TempDir(), "data")
	crowd, shared := newCrowd(t, random, 12), revisions{told: make(map[string]bool)}
	for round := range rounds {
		d := start(t, dir, flags...)
		crowd.settle(t, d)
		c := d.Dial(t)
		c.Want("+OK\r\n", "SELECT", fmt.Sprint(sharedKeyspace))
		if round == 0 {
			c.Want(servertest.Bulk(sharedID), "SESS.CREATE", sharedID)
		}
		shared.check(t, c)
		var group sync.WaitGroup
		failures := make(chan error, len(crowd.clients)+2)
		for _, one := range crowd.clients {
			group.Go(func() {
				var err error
				for err == nil {
					err = one.work()
				}
				if errors.Is(err, errDiffer) {
					failures <- err
				}
			})
		}
		for range 2 {
			p, err := dial(d.Addr, sharedKeyspace)
			if err != nil {
				t.Fatal(err)
			}
			group.Go(func() {
				defer p.nc.Close()
				for {
					answered, err := shared.save(p)
					if err != nil {
						failures <- err
					}
					if err != nil || !answered {
						return
					}
				}
			})
		}
		if random.IntN(3) == 0 {
			c.Send(servertest.Request("BGSAVE"))
		}
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
		d.Kill()
		group.Wait()
		select {
		case err := <-failures:
			t.Fatalf("round %d: %v", round, err)
		default:
		}
	}
	d := start(t, dir, flags...)
	crowd.settle(t, d)
	c := d.Dial(t)
	c.Want("+OK\r\n", "SELECT", fmt.Sprint(sharedKeyspace))
	shared.check(t, c)
	t.Logf("%d kills; %d saves of the shared session answered, no revision twice", rounds, len(shared.told))
}
