package memory_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"sessd/store"
	"sessd/store/memory"
)

// kept counts which of the first half and of the second half of the keys are still there.
func kept(t *testing.T, e *memory.Engine, op store.Op, name string, n int) (first, second int) {
	t.Helper()
	for i := range n {
		found, err := e.Exists(context.Background(), op, [][]byte{fmt.Appendf(nil, "%s%d", name, i)})
		must(t, err)
		if i < n/2 {
			first += found
		} else {
			second += found
		}
	}
	return first, second
}

// lowered waits until the background has brought the memory down to its limit.
func lowered(t *testing.T, e *memory.Engine) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if r := e.Report(store.Op{}); r.UsedBytes <= r.MaxBytes {
			return
		}
	}
	t.Fatal("the memory is above its limit")
}

func TestEvictionByPolicy(t *testing.T) {
	const n = 4000
	ctx := context.Background()
	// In each case entries with names from 0 to n-1 exist, of which the first half is to go first.
	cases := []struct {
		policy store.Policy
		fill   func(t *testing.T, e *memory.Engine, op *store.Op, i int)
		use    func(t *testing.T, e *memory.Engine, op *store.Op)
	}{
		{store.AllKeysLRU, aged, nil},
		{store.VolatileLRU, func(t *testing.T, e *memory.Engine, op *store.Op, i int) {
			c := store.CreateOptions{IdleTimeout: 1 << 40}
			if i >= n/2 {
				c.IdleTimeout = 0
			}
			op.Now++
			must(t, e.CreateSession(ctx, *op, fmt.Appendf(nil, "k%d", i), c))
		}, nil},
		{store.VolatileTTL, func(t *testing.T, e *memory.Engine, op *store.Op, i int) {
			_, err := e.SetString(ctx, *op, fmt.Appendf(nil, "k%d", i), make([]byte, 50), store.SetOptions{ExpireAt: op.Now + 100_000 + int64(i)*1000})
			must(t, err)
		}, nil},
		{store.AllKeysLFU, aged, func(t *testing.T, e *memory.Engine, op *store.Op) {
			for range 200 {
				for i := n / 2; i < n; i += 2 {
					_, err := e.TouchSession(ctx, *op, fmt.Appendf(nil, "k%d", i), 0)
					must(t, err)
				}
			}
		}},
		{store.AnonymousFirst, func(t *testing.T, e *memory.Engine, op *store.Op, i int) {
			c := store.CreateOptions{}
			if i >= n/2 {
				c.Principal = []byte("user")
			}
			must(t, e.CreateSession(ctx, *op, fmt.Appendf(nil, "k%d", i), c))
		}, nil},
	}
	for _, c := range cases {
		t.Run(c.policy.String(), func(t *testing.T) {
			e := newEngine(t, memory.Options{Shards: 4})
			op := store.Op{Now: farAhead}
			for i := range n {
				c.fill(t, e, &op, i)
			}
			l := store.Limits{MaxMemory: e.Report(store.Op{}).UsedBytes, Policy: c.policy}
			e.SetLimits(l)
			if c.use != nil {
				c.use(t, e, &op)
			}
			l.MaxMemory = l.MaxMemory * 3 / 4
			e.SetLimits(l)
			_, err := e.SetString(ctx, op, []byte("new"), []byte("x"), store.SetOptions{ExpireAt: store.Never})
			must(t, err)
			lowered(t, e)
			first, second := kept(t, e, op, "k", n)
			t.Logf("%d of the first half are left, %d of the second", first, second)
			r := e.Report(store.Op{})
			if r.UsedBytes > r.MaxBytes || r.Keys[store.Evicted] == 0 || r.Keys[store.Destroyed] != 0 {
				t.Errorf("%+v", r)
			}
			if second < n/2*9/10 || first > n/2*3/4 {
				t.Errorf("%d of the first half are left, %d of the second", first, second)
			}
			if c.policy == store.AnonymousFirst && second != n/2 {
				t.Errorf("%d sessions with a principal were evicted before the others", n/2-second)
			}
		})
	}
}

// aged makes sessions each a minute younger than the one before.
func aged(t *testing.T, e *memory.Engine, op *store.Op, i int) {
	t.Helper()
	op.Now += 60_000
	must(t, e.CreateSession(context.Background(), *op, fmt.Appendf(nil, "k%d", i), store.CreateOptions{}))
}

func TestStrangersGoBeforeTheRestAndThenTheRest(t *testing.T) {
	e := newEngine(t, memory.Options{Shards: 4})
	ctx, op := context.Background(), store.Op{Now: farAhead}
	e.SetLimits(store.Limits{MaxMemory: 400 << 10, Policy: store.AnonymousFirst})
	must(t, e.CreateSession(ctx, op, []byte("stranger"), store.CreateOptions{}))
	for i := range 5000 {
		must(t, e.CreateSession(ctx, op, key(i), store.CreateOptions{Principal: key(i)}))
		if n, _ := e.Exists(ctx, op, [][]byte{[]byte("stranger")}); n == 1 && e.Report(store.Op{}).Removed[store.Evicted] > 0 {
			t.Fatal("another session was evicted before the stranger")
		}
	}
	if r := e.Report(store.Op{}); r.Removed[store.Evicted] < 1000 || r.Keyspaces[0].Sessions < 1000 || r.UsedBytes > r.MaxBytes {
		t.Errorf("%+v", r)
	}
}

// A group with few members in a large shard is evicted from in steps, and everything of it before the rest.
func TestARareGroupIsEvictedFirst(t *testing.T) {
	e := newEngine(t, memory.Options{Shards: 1})
	ctx, op := context.Background(), store.Op{Now: farAhead}
	const n, rare = 20_000, 10
	for i := range n {
		c := store.CreateOptions{Principal: []byte("user")}
		if i%(n/rare) == n/rare-1 {
			c.Principal = nil
		}
		must(t, e.CreateSession(ctx, op, key(i), c))
	}
	l := store.Limits{MaxMemory: e.Report(store.Op{}).UsedBytes, Policy: store.AnonymousFirst}
	e.SetLimits(l)
	for i := range rare {
		_, err := e.SetString(ctx, op, fmt.Append(nil, "s", i), make([]byte, 40), store.SetOptions{ExpireAt: store.Never})
		must(t, err)
	}
	anonymous := 0
	for i := range n {
		if m, err := e.SessionMeta(ctx, op, key(i)); err == nil && m.Principal == nil {
			anonymous++
		}
	}
	if r := e.Report(store.Op{}); r.Keyspaces[0].Sessions != n-rare+anonymous || anonymous > 3 {
		t.Errorf("%d of %d sessions are left, %d of them without a principal", r.Keyspaces[0].Sessions, n, anonymous)
	}
}

// A lower limit is reached without any operation, and meanwhile operations go on.
func TestALowerLimitIsReachedInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, memory.Options{Shards: 4})
		ctx, op := context.Background(), store.Op{Now: new(store.Clock).Now()}
		const n = 10_000
		for i := range n {
			must(t, e.CreateSession(ctx, op, key(i), store.CreateOptions{}))
		}
		used := e.Report(store.Op{}).UsedBytes
		e.SetLimits(store.Limits{MaxMemory: used / 2, Policy: store.AllKeysLRU})
		must(t, e.CreateSession(ctx, op, []byte("new"), store.CreateOptions{}))
		if r := e.Report(store.Op{}); r.UsedBytes > used || r.Removed[store.Evicted] > 10 {
			t.Errorf("at once: %+v", r)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if r := e.Report(store.Op{}); r.UsedBytes > used/2 || r.UsedBytes < used/3 {
			t.Errorf("%d bytes are used of %d", r.UsedBytes, r.MaxBytes)
		}
		e.SetLimits(store.Limits{MaxMemory: used / 4})
		if err := e.CreateSession(ctx, op, []byte("another"), store.CreateOptions{}); err != store.ErrNoMemory {
			t.Error(err)
		}
	})
}

// TestTheBackgroundEvictsWhatBecomesEvictable, though there was nothing when the limit was set.
func TestTheBackgroundEvictsWhatBecomesEvictable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, memory.Options{Shards: 4})
		ctx, op := context.Background(), store.Op{Now: new(store.Clock).Now()}
		_, err := e.SetString(ctx, op, []byte("k"), make([]byte, 1000), store.SetOptions{ExpireAt: store.Never})
		must(t, err)
		e.SetLimits(store.Limits{MaxMemory: 1, Policy: store.VolatileLRU})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if r := e.Report(op); r.Keyspaces[0].Keys != 1 {
			t.Fatalf("%+v", r)
		}
		_, err = e.Expire(ctx, op, []byte("k"), store.ExpireOptions{At: farAhead})
		must(t, err)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if r := e.Report(op); r.Keyspaces[0].Keys != 0 || r.Keys[store.Evicted] != 1 {
			t.Errorf("%+v", r)
		}
	})
}

func TestNothingIsEvictedWithoutAPolicy(t *testing.T) {
	e := newEngine(t, memory.Options{})
	ctx, op := context.Background(), store.Op{Now: farAhead}
	e.SetLimits(store.Limits{MaxMemory: 200 << 10})
	for i := 0; ; i++ {
		if err := e.CreateSession(ctx, op, key(i), store.CreateOptions{}); err == store.ErrNoMemory {
			break
		} else if err != nil || i > 10_000 {
			t.Fatal(i, err)
		}
	}
	if _, err := e.SetString(ctx, op, []byte("k"), make([]byte, 1000), store.SetOptions{ExpireAt: store.Never}); err != store.ErrNoMemory {
		t.Error(err)
	}
	if r := e.Report(store.Op{}); r.Keys != [3]uint64{} || r.UsedBytes > r.MaxBytes {
		t.Errorf("%+v", r)
	}
	e.SetLimits(store.Limits{MaxMemory: 200 << 10, Policy: store.VolatileLRU})
	if err := e.CreateSession(ctx, op, []byte("new"), store.CreateOptions{}); err != store.ErrNoMemory {
		t.Error("evicted what does not expire:", err)
	}
}
