package memory_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"sessd/store"
	"sessd/store/memory"
)

// Sessions with one deadline go in the background, and none before it.
func TestManySessionsExpireAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, memory.Options{Shards: 4})
		ctx, clock := context.Background(), new(store.Clock)
		const n, idle = 20_000, 60_000
		for i := range n {
			must(t, e.CreateSession(ctx, store.Op{Now: clock.Now()}, key(i), store.CreateOptions{IdleTimeout: idle, Principal: key(i % 100)}))
		}
		time.Sleep(idle*time.Millisecond - 10*time.Millisecond)
		synctest.Wait()
		if r := e.Report(store.Op{}); r.Keyspaces[0].Sessions != n || r.Removed[store.Expired] != 0 {
			t.Errorf("before: %+v", r)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r := e.Report(store.Op{})
		if r.Keyspaces[0] != (store.KeyspaceReport{}) || r.Removed[store.Expired] != n || r.UsedBytes != 0 || e.Held() != 0 {
			t.Errorf("after: %+v, %d bytes held", r, e.Held())
		}
	})
}

// An engine that has been asleep for long wakes for what expires before all else, and to give memory back.
func TestSleepEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, memory.Options{Shards: 4})
		ctx, clock := context.Background(), new(store.Clock)
		op := func() store.Op { return store.Op{Now: clock.Now()} }
		const n = 10_000
		for i := range n {
			must(t, e.CreateSession(ctx, op(), key(i), store.CreateOptions{IdleTimeout: 3_600_000}))
		}
		time.Sleep(30*time.Minute + 123*time.Millisecond)
		must(t, e.CreateSession(ctx, op(), key(n), store.CreateOptions{IdleTimeout: 700}))
		for _, want := range []int{n + 1, n} { // half a second later, and half a second after that
			time.Sleep(500 * time.Millisecond)
			synctest.Wait()
			if got := e.Report(store.Op{}).Keyspaces[0].Sessions; got != want {
				t.Errorf("%d sessions, want %d", got, want)
			}
		}
		time.Sleep(time.Minute)
		for i := range n {
			_, err := e.Delete(ctx, op(), [][]byte{key(i)})
			must(t, err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if idle := e.Idle(); idle > 1<<20 {
			t.Errorf("%d bytes that nobody uses are resident", idle)
		}
	})
}

// Sessions that are used stay while others of the same age go.
func TestUseKeepsASessionFromExpiring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, memory.Options{Shards: 2})
		ctx, clock := context.Background(), new(store.Clock)
		const n, minute = 2000, 60_000
		for i := range n {
			must(t, e.CreateSession(ctx, store.Op{Now: clock.Now()}, key(i), store.CreateOptions{IdleTimeout: minute, AbsoluteTimeout: 10 * minute}))
		}
		for m := range 11 {
			time.Sleep(30 * time.Second)
			for i := range n / 4 {
				_, err := e.TouchSession(ctx, store.Op{Now: clock.Now()}, key(4*i), 0)
				must(t, err)
			}
			time.Sleep(25 * time.Second)
			synctest.Wait()
			want := n / 4
			switch m {
			case 0: // before the first idle timeout
				want = n
			case 10: // after the absolute timeout
				want = 0
			}
			if got := e.Report(store.Op{}).Keyspaces[0].Sessions; got != want {
				t.Errorf("after %d s: %d sessions, want %d", 55*(m+1), got, want)
			}
		}
	})
}

func TestNewSessionsLiveShortlyUntilTheirFirstSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, memory.Options{})
		ctx, clock := context.Background(), new(store.Clock)
		op := func() store.Op { return store.Op{Now: clock.Now()} }
		begin := op().Now
		c := store.CreateOptions{IdleTimeout: 1_000_000, UninitializedTimeout: 10_000, Fields: [][]byte{[]byte("a"), []byte("1")}}
		for _, id := range []string{"bot", "reads", "saves", "clears", "logs in", "rotates"} {
			must(t, e.CreateSession(ctx, op(), []byte(id), c))
		}
		c.Principal = []byte("user")
		must(t, e.CreateSession(ctx, op(), []byte("has a user"), c))
		if m, _ := e.SessionMeta(ctx, op(), []byte("bot")); m.ExpiresAt != begin+10_000 {
			t.Errorf("expires %d ms after its creation", m.ExpiresAt-begin)
		}
		time.Sleep(9 * time.Second)
		must(t, e.LoadSession(ctx, op(), []byte("reads"), store.LoadOptions{}, new(nobody)))
		_, err := e.SaveSession(ctx, op(), []byte("saves"), store.SaveOptions{Fields: [][]byte{[]byte("a"), []byte("2")}})
		must(t, err)
		_, err = e.ClearSession(ctx, op(), []byte("clears"), nil)
		must(t, err)
		must(t, e.RotateSession(ctx, op(), []byte("logs in"), []byte("logged in"), store.RotateOptions{SetPrincipal: true, Principal: []byte("user")}))
		must(t, e.RotateSession(ctx, op(), []byte("rotates"), []byte("rotated"), store.RotateOptions{}))
		time.Sleep(2 * time.Second)
		for id, want := range map[string]int{"bot": 0, "reads": 0, "rotated": 0, "saves": 1, "clears": 1, "logged in": 1, "has a user": 1} {
			if got, _ := e.Exists(ctx, op(), [][]byte{[]byte(id)}); got != want {
				t.Errorf("%s: %d sessions, want %d", id, got, want)
			}
		}
		if m, _ := e.SessionMeta(ctx, op(), []byte("saves")); m.ExpiresAt != begin+1_009_000 {
			t.Errorf("expires %d ms after its creation", m.ExpiresAt-begin)
		}
	})
}

// keysToldOf counts what it is told of keys whose fields end.
type keysToldOf map[string]int

func (k keysToldOf) Wants() store.Events { return store.HashEvents | store.SessionEvents }

func (k keysToldOf) Changed(c *store.Change, _ store.Entry) {
	if c.Event == store.EventHExpired || c.Event == store.EventFieldExpired {
		k[string(c.Key)]++
	}
}

// TestFieldsEndInTheBackground, where each may move the entry that it was found in, and everybody is told of the right key.
func TestFieldsEndInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := memory.NewChecked(memory.LargeSoon(memory.Options{Shards: 1}))
		defer e.Close()
		ctx, op := context.Background(), store.Op{Now: new(store.Clock).Now()}
		told := keysToldOf{}
		defer e.Observe(told)()
		const n, fields = 50, 40
		for i := range n {
			for j := range fields {
				pair := [][]byte{fmt.Append(nil, "field", j), key(i)}
				_, err := e.SetFields(ctx, op, fmt.Append(nil, "hash", i), store.SetFieldsOptions{Pairs: pair, At: op.Now + int64(1000*(1+j/10))})
				must(t, err)
			}
			id := fmt.Append(nil, "session", i)
			must(t, e.CreateSession(ctx, op, id, store.CreateOptions{Fields: [][]byte{[]byte("stays"), key(i)}}))
			_, err := e.SaveSession(ctx, op, id, store.SaveOptions{More: []store.BagChange{{Fields: [][]byte{[]byte("goes"), key(i)}, TTL: 1000}}})
			must(t, err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		want := keysToldOf{}
		for i := range n {
			want[fmt.Sprint("hash", i)], want[fmt.Sprint("session", i)] = 4, 1
		}
		if !maps.Equal(told, want) {
			t.Errorf("ends of fields were told of %v, want %v", told, want)
		}
	})
}
