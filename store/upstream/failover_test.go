//go:build unix

package upstream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// TestDestroyedStaysDestroyed though the replica that becomes the primary has never heard of it.
func TestDestroyedStaysDestroyed(t *testing.T) {
	s := redistest.StartSentinels(t, 1)
	url := "redis-sentinel://" + s.Addresses + "/" + redistest.MasterName
	e := connect(t, url, func(o *Options) { o.Timeout = 4 * time.Second }) // half of it passes wherever no replica answers
	linked(t, e)
	for _, id := range []string{"destroyed", "rotated", "kept"} {
		create(t, e, id, "x", "1")
	}
	redistest.Until(t, "a destroy that the replica has", func() bool { // it may take longer than the timeout where a machine is busy
		n, err := destroy(e, "kept")
		if !uncertain(err) {
			want(t, "destroyed while the replica follows", fmt.Sprint(n, err), "1 <nil>")
		}
		create(t, e, "kept", "x", "2")
		return !uncertain(err)
	})
	primary, replica := s.Servers[0], s.Servers[1]
	redistest.Until(t, "the replica has it all", func() bool {
		return offset(primary, "master_repl_offset") == offset(replica, "slave_repl_offset")
	})
	redistest.Until(t, "a lock that the replica has", func() bool {
		err := lock(e, "kept", "token", 600_000)
		if err != nil && !uncertain(err) {
			t.Fatalf("a lock while the replica follows: %v", err)
		}
		return err == nil
	})
	replica.Stop()
	if err := lock(e, "rotated", "token", 600_000); !uncertain(err) {
		t.Errorf("a lock that no replica has: %v", err)
	}
	if _, err := destroy(e, "destroyed"); !uncertain(err) {
		t.Errorf("a destroy that no replica has: %v", err)
	}
	if _, err := destroy(e, "destroyed"); !uncertain(err) {
		t.Errorf("the same again: %v", err)
	}
	if err := e.RotateSession(background, now(), []byte("rotated"), []byte("new"), store.RotateOptions{}); !uncertain(err) {
		t.Errorf("a rotation that no replica has: %v", err)
	}
	want(t, "destroyed", value(e, "destroyed", "x"), noSession)
	begun := time.Now()
	primary.Kill()
	replica.Continue()
	s.Hasty()
	redistest.Until(t, "the replica is the primary", func() bool {
		var b bagMap
		return e.LoadSession(background, now(), []byte("kept"), store.LoadOptions{Fresh: true}, &b) == nil && b.fields["x"] == "2"
	})
	t.Logf("without service for %v", time.Since(begun).Round(time.Millisecond))
	for _, id := range []string{"destroyed", "rotated"} {
		_, err := served(t, func() (map[string]string, error) { return load(e, id) })
		want(t, id+" after the failover", err, store.ErrNoSession)
		_, err = served(t, func() (any, error) { return nil, save(e, id, "x", "3") })
		want(t, "a save to "+id+" after the failover", err, store.ErrNoSession)
	}
	redistest.Until(t, "they are destroyed upstream again", func() bool {
		all := replica.Do("KEYS", "sess:*")
		return !strings.Contains(all, "destroyed") && !strings.Contains(all, "rotated")
	})
	redistest.Until(t, "the lock holds after the failover", func() bool { // connections to the former primary end first
		err := lock(e, "kept", "another", 1000)
		if !isLocked(err) && !uncertain(err) && !unavailable(err) {
			t.Fatalf("a lock of another after the failover: %v", err)
		}
		return isLocked(err)
	})
	_, err := served(t, func() (int64, error) {
		return e.SaveSession(background, now(), []byte("kept"), store.SaveOptions{Fields: words("x", "4"), Token: []byte("token")})
	})
	want(t, "a save after the failover", err, nil)
	redistest.Until(t, "it is read", func() bool { return value(e, "kept", "x") == "4" })
}

// served repeats an operation until its error is none of an upstream that does not answer.
func served[T any](t *testing.T, do func() (T, error)) (result T, err error) {
	t.Helper()
	redistest.Until(t, "the upstream answers", func() bool {
		result, err = do()
		return !uncertain(err) && !unavailable(err)
	})
	return result, err
}

// offset returns a figure of INFO replication.
func offset(s *redistest.Server, name string) string {
	_, rest, _ := strings.Cut(s.Do("INFO", "replication"), name+":")
	n, _, _ := strings.Cut(rest, "\r\n")
	return strings.TrimSpace(strings.SplitN(n, "\n", 2)[0])
}

// TestClusterFailsOver and moves slots under load, and loses nothing that was acknowledged and replicated.
func TestClusterFailsOver(t *testing.T) {
	c := redistest.StartCluster(t, 3)
	url := "redis-cluster://" + c.Addresses
	brisk := func(o *Options) { o.Timeout = 5 * time.Second } // which one that is killed may take to be given up
	a, b := connect(t, url, brisk), connect(t, url, brisk)
	linked(t, a, b)
	const sessions = 30
	id := func(i int) string { return fmt.Sprintf("session-%d", i) }
	for i := range sessions {
		create(t, a, id(i), "x", "0")
	}
	for i := range sessions {
		want(t, "read by the other", value(b, id(i), "x"), "0")
	}
	var moving []string // slots of the first primary that have sessions
	for i := range sessions {
		if slot := c.Servers[0].Do("CLUSTER", "KEYSLOT", a.names.key([]byte(id(i)))); len(slot) < 4 || len(slot) == 4 && slot < "5461" {
			moving = append(moving, slot)
		}
	}
	if len(moving) < 3 {
		t.Fatalf("%d slots to move", len(moving))
	}
	saved := saveUntil(t, a, sessions, id)
	moveSlots(t, c, 0, 1, moving)
	for i, last := range saved() {
		redistest.Until(t, "the last save while slots moved is read", func() bool { return value(b, id(i), "x") == last })
	}
	for i := range sessions {
		if err := save(a, id(i), "x", "1"); err != nil {
			t.Errorf("a save after slots moved: %v", err)
		}
	}
	for i := range sessions {
		redistest.Until(t, "the change is seen after slots moved", func() bool { return value(b, id(i), "x") == "1" })
	}
	begun := time.Now()
	c.Servers[2].Kill()
	c.Hasty()
	for i := range sessions {
		redistest.Until(t, "the replica takes over", func() bool { return save(a, id(i), "x", "2") == nil })
	}
	c.Calm()
	t.Logf("without service for %v", time.Since(begun).Round(time.Millisecond))
	for i := range sessions {
		redistest.Until(t, "the change is seen after the failover", func() bool { return value(b, id(i), "x") == "2" })
	}
	var n int
	var err error
	redistest.Until(t, "the sessions can be destroyed", func() bool {
		n, err = a.DestroyPrincipal(background, now(), []byte("p"), []byte(id(7)))
		return !unavailable(err)
	})
	if !(err == nil && n == sessions-1) && !uncertain(err) {
		t.Errorf("all but one destroyed: %d, %v", n, err)
	}
	for i := range sessions {
		redistest.Until(t, "they are gone everywhere", func() bool { return (value(b, id(i), "x") == "2") == (i == 7) })
	}
}

// saveUntil saves sessions in turn until the function that it returns is called. That returns the value of each that was saved last.
func saveUntil(t *testing.T, e *Engine, sessions int, id func(int) string) (stop func() []string) {
	last, done, ended := make([]string, sessions), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		longest, since := time.Duration(0), time.Now()
		for n := 0; ; n++ {
			i, next := n%sessions, fmt.Sprint("saved ", n)
			select {
			case <-done:
				if n >= 3*sessions {
					t.Logf("%d saves while slots moved, without service for %v at most", n, longest.Round(time.Millisecond))
					return
				}
			default:
			}
			for err := save(e, id(i), "x", next); err != nil; err = save(e, id(i), "x", next) {
				if !uncertain(err) && !unavailable(err) {
					t.Errorf("a save while slots move: %v", err)
					return
				}
			}
			last[i] = next
			longest, since = max(longest, time.Since(since)), time.Now()
		}
	}()
	return func() []string {
		close(done)
		<-ended
		return last
	}
}

// moveSlots moves slots with their keys from one server of a cluster to another.
func moveSlots(t *testing.T, c *redistest.Cluster, from, to int, slots []string) {
	t.Helper()
	source, target := c.Servers[from], c.Servers[to]
	sourceID, targetID := source.Do("CLUSTER", "MYID"), target.Do("CLUSTER", "MYID")
	host, port, _ := strings.Cut(target.Address, ":")
	for _, slot := range slots {
		target.Do("CLUSTER", "SETSLOT", slot, "IMPORTING", sourceID)
		source.Do("CLUSTER", "SETSLOT", slot, "MIGRATING", targetID)
		for {
			keys := strings.Fields(source.Do("CLUSTER", "GETKEYSINSLOT", slot, "100"))
			if len(keys) == 0 {
				break
			}
			source.Do(append([]string{"MIGRATE", host, port, "", "0", "5000", "KEYS"}, keys...)...)
		}
		for _, s := range c.Servers[:3] {
			s.Do("CLUSTER", "SETSLOT", slot, "NODE", targetID)
		}
	}
}
