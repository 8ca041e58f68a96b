//go:build unix

package upstream

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// login creates a session of a principal that may have so many.
func login(e *Engine, id, principal string, most int, evict bool) error {
	return e.CreateSession(background, now(), []byte(id), store.CreateOptions{
		IdleTimeout: 600_000, AbsoluteTimeout: 3_600_000, Principal: []byte(principal), PrincipalLimit: store.PrincipalLimit{Max: most, Evict: evict},
	})
}

func full(err error) bool {
	var limit *store.LimitError
	return errors.As(err, &limit) && limit.Of == "principal"
}

// indexed returns how many keys the index of a principal has.
func indexed(t *testing.T, e *Engine, principal string) int {
	t.Helper()
	n := 0
	err := e.eachBound(background, []byte(principal), "", func(some []bound) (bool, error) {
		n += len(some)
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sessionsOf returns the ids of a principal's sessions.
func sessionsOf(t *testing.T, e *Engine, principal string) []string {
	t.Helper()
	ids, err := e.PrincipalSessions(background, now(), []byte(principal))
	if err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	return all
}

// TestRefusedLooksAtFew: a limit that refuses looks at no more sessions than it allows, however many the principal has.
func TestRefusedLooksAtFew(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address)
	for i := range 300 {
		if err := login(e, fmt.Sprint(i), "many", 0, false); err != nil {
			t.Fatal(err)
		}
	}
	s.Do("CONFIG", "RESETSTAT")
	if err := login(e, "more", "many", 5, false); !full(err) {
		t.Errorf("one more: %v", err)
	}
	_, rest, _ := strings.Cut(s.Do("INFO", "commandstats"), "cmdstat_hmget:calls=")
	calls, _, _ := strings.Cut(rest, ",")
	if n, err := strconv.Atoi(calls); err != nil || n > 10 {
		t.Errorf("it looked at %q sessions, %v", calls, err)
	}
}

// TestPrincipalLimitsInCluster holds limits of sessions per principal to what they promise where the index lies apart.
func TestPrincipalLimitsInCluster(t *testing.T) {
	c := redistest.StartCluster(t, 3)
	url := "redis-cluster://" + c.Addresses
	lone := func(o *Options) { o.Replicas, o.Timeout = 0, 5*time.Second }
	engines := []*Engine{connect(t, url, lone), connect(t, url, lone)}
	e := engines[0]
	linked(t, engines...)
	t.Run("a limit that refuses is never exceeded", func(t *testing.T) {
		var all sync.WaitGroup
		var made atomic.Int64
		for client := range 8 {
			all.Go(func() {
				for i := range 8 {
					switch err := login(engines[client%2], fmt.Sprint("refuse", client, "-", i), "refuse", 3, false); {
					case err == nil:
						made.Add(1)
					case !full(err):
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		want(t, "made", made.Load(), 3)
		ids := sessionsOf(t, e, "refuse")
		want(t, "live", len(ids), 3)
		if _, err := destroy(engines[1], ids[0]); err != nil {
			t.Fatal(err)
		}
		if err := login(e, "one more", "refuse", 3, false); err != nil {
			t.Errorf("one more where one has ended: %v", err)
		}
		if err := login(e, "one more", "refuse", 3, false); err != store.ErrSessionExists {
			t.Errorf("an id that is taken: %v", err)
		}
	})
	t.Run("a limit that evicts is enforced behind the new session", func(t *testing.T) {
		var all sync.WaitGroup
		for client := range 8 {
			all.Go(func() {
				for i := range 8 {
					if err := login(engines[client%2], fmt.Sprint("evict", client, "-", i), "evict", 3, true); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		want(t, "live", len(sessionsOf(t, e, "evict")), 3)
		want(t, "in the index", indexed(t, e, "evict"), 3)
		if err := login(e, "the last", "evict", 1, true); err != nil {
			t.Error(err)
		}
		want(t, "live", fmt.Sprint(sessionsOf(t, e, "evict")), "[the last]")
		want(t, "taken, evicting", login(e, "the last", "evict", 1, true), store.ErrSessionExists)
		want(t, "live", fmt.Sprint(sessionsOf(t, e, "evict")), "[the last]")
	})
	t.Run("rotations take no place, whichever slot they go to", func(t *testing.T) {
		var all sync.WaitGroup
		var made atomic.Int64
		done := make(chan struct{})
		tags := []string{"~abcdef", "", "~ghijkl"}
		for i, tag := range tags {
			if err := login(e, fmt.Sprint("turning", i, "-0", tag), "turning", 3, false); err != nil {
				t.Fatal(err)
			}
		}
		for i, tag := range tags {
			id := func(n int) []byte { return fmt.Append(nil, "turning", i, "-", n, tag) }
			all.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-done:
						return
					default:
					}
					if err := e.RotateSession(background, now(), id(n), id(n+1), store.RotateOptions{}); err != nil {
						t.Errorf("rotation %d: %v", n, err)
						return
					}
				}
			})
		}
		for i := range 12 {
			switch err := login(engines[1], fmt.Sprint("beside", i), "turning", 4, false); {
			case err == nil:
				made.Add(1)
			case !full(err):
				t.Error(err)
			}
		}
		close(done)
		all.Wait()
		want(t, "made beside", made.Load(), 1)
		want(t, "live", len(sessionsOf(t, e, "turning")), 4)
		want(t, "in the index", indexed(t, e, "turning"), 4)
	})
	t.Run("what somebody left behind holds a place for a minute", func(t *testing.T) {
		left := e.names.key([]byte("left"))
		if _, err := e.bindRun(background, now(), []byte("half"), "bind", left, "0", "0", "0"); err != nil {
			t.Fatal(err)
		}
		if err := login(e, "second", "half", 1, false); !full(err) {
			t.Errorf("beside one that may be being made: %v", err)
		}
		long := decimal((time.Now().UnixMilli() - boundLately - 1000) * 1000)
		if err := e.client.Do(background, e.client.B().Arbitrary("ZADD").Keys(indexKey([]byte("half"))).Args(long, left).Build()).Error(); err != nil {
			t.Fatal(err)
		}
		if err := login(e, "second", "half", 1, false); err != nil {
			t.Errorf("beside one that was left: %v", err)
		}
		want(t, "in the index", indexed(t, e, "half"), 1)
		args := []string{"0", "0", "0", "half", "1", "0", "0", "0", "0", "0", "", "1", metaFields[2], "h"}
		if a, err := e.run(background, 0, createScript, 0, []string{left}, args...); err != nil || a.word != "late" {
			t.Errorf("one that comes late: %q, %v", a.word, err)
		}
	})
	t.Run("use heals an index, which ends with its sessions", func(t *testing.T) {
		if err := login(e, "lost", "healed", 1, false); err != nil {
			t.Fatal(err)
		}
		index := indexKey([]byte("healed"))
		if ms, err := e.client.Do(background, e.client.B().Pttl().Key(index).Build()).AsInt64(); err != nil || ms < 3_600_000 || ms > 7_300_000 {
			t.Errorf("the index ends after %d ms, %v", ms, err)
		}
		e.client.Do(background, e.client.B().Del().Key(index).Build())
		if is, err := engines[1].TouchSession(background, now(), []byte("lost"), 0); !is || err != nil {
			t.Fatal(is, err)
		}
		want(t, "listed", fmt.Sprint(sessionsOf(t, e, "healed")), "[lost]")
		for i := range 12 { // keys without sessions leave by and by
			long := decimal(int64(1000 + i))
			e.client.Do(background, e.client.B().Arbitrary("ZADD").Keys(index).Args(long, e.names.key(fmt.Append(nil, "gone", i))).Build())
		}
		redistest.Until(t, "they leave", func() bool {
			if err := login(e, fmt.Sprint("new", time.Now().UnixNano()), "healed", 2, true); err != nil {
				t.Fatal(err)
			}
			return indexed(t, e, "healed") == 2
		})
	})
}
