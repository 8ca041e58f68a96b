//go:build unix

package upstream

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// TestClocksDiffer: the upstream's clock decides, whatever this side's says or is set to.
func TestClocksDiffer(t *testing.T) {
	const hour = int64(3_600_000)
	s := redistest.Serve(t)
	var shift atomic.Int64
	clock := store.NewClock(func() time.Time { return time.Now().Add(time.Duration(shift.Load()) * time.Millisecond) })
	for _, by := range []int64{-10 * 60_000, 10 * 60_000} {
		shift.Store(shift.Load() + by)
		e := connect(t, "redis://"+s.Address, func(o *Options) { o.Clock = clock })
		op := func() store.Op { return store.Op{Now: clock.Now()} }
		id := fmt.Sprint("shifted by ", by)
		c := store.CreateOptions{IdleTimeout: hour, Principal: []byte("p"), Fields: words("x", "1")}
		if err := e.CreateSession(background, op(), []byte(id), c); err != nil {
			t.Fatal(err)
		}
		there := func(when string) {
			t.Helper()
			at := op()
			if fields, err := loadAt(e, at, id); err != nil || fields["x"] != "1" {
				t.Errorf("%s, %s: %v, %v", id, when, fields, err)
			}
			if listed, err := e.PrincipalSessions(background, at, []byte("p")); err != nil || len(listed) == 0 || string(listed[len(listed)-1]) != id {
				t.Errorf("%s, %s: listed %q, %v", id, when, listed, err)
			}
			if is, err := e.Exists(background, at, [][]byte{[]byte(id)}); is != 1 || err != nil {
				t.Errorf("%s, %s: exists %d, %v", id, when, is, err)
			}
		}
		there("at once")
		shift.Store(shift.Load() + 3*hour)
		there("set ahead")
		e.ClockSet()
		redistest.Until(t, "the upstream's time is known again", func() bool {
			at := op()
			left, found, err := e.Expiry(background, at, []byte(id))
			return err == nil && found && left-at.Now > hour-60_000 && left-at.Now <= hour
		})
		there("told of it")
		want(t, "in the index", indexed(t, e, "p"), 1)
		before := op()
		shift.Store(shift.Load() - 6*hour)
		if at := op(); at.Now < before.Now || at.Now > before.Now+60_000 {
			t.Errorf("the clock went from %d to %d", before.Now, at.Now)
		}
		there("set back")
		if n, err := e.DestroyPrincipal(background, op(), []byte("p"), nil); n != 1 || err != nil {
			t.Errorf("ended: %d, %v", n, err)
		}
	}
}

// TestTimeSpans: an answer that was long under way moves the offset no further than it proves, so never away from what is true.
func TestTimeSpans(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address)
	known := e.health.offset.Load()
	s.Stop()
	time.AfterFunc(400*time.Millisecond, s.Continue)
	if err := e.askTime(); err != nil {
		t.Fatal(err)
	}
	if now := e.health.offset.Load(); max(now, -now) > max(known, -known)+20 { // both clocks are one
		t.Errorf("the offset went from %d to %d", known, now)
	}
}

// TestShift: a session that moves to a server whose clock is ahead lives as long there.
func TestShift(t *testing.T) {
	parts := []string{"@state", "4 9 1000 6000 1 9 0", "@times", "500 5000 9000 0 0 700", "@handle", "h", "@ends", "2000 2::x", ":x", "1"}
	hash := make(map[string]string)
	for i := 0; i < len(parts); i += 2 {
		hash[parts[i]] = parts[i+1]
	}
	r, _ := readRecord(hash, 0)
	r.shift(7000)
	r.writeMeta()
	want(t, "metadata", r.meta, "4 9 8000 13000 1 9 0 7500 5000 16000 0 0 7700 h 0 ")
	want(t, "ends", formatEnds(r.ends), "9000 2::x")
}

// TestExpireSetsTheIdleTimeout exactly, however long the request takes and whatever the upstream's clock is.
func TestExpireSetsTheIdleTimeout(t *testing.T) {
	s := redistest.Serve(t)
	clock := store.NewClock(func() time.Time { return time.Now().Add(-time.Hour) })
	e := connect(t, "redis://"+s.Address, func(o *Options) { o.Clock = clock })
	op := store.Op{Now: clock.Now()}
	if err := e.CreateSession(background, op, []byte("s"), store.CreateOptions{IdleTimeout: 1000, Fields: words("x", "1")}); err != nil {
		t.Fatal(err)
	}
	for _, left := range []int64{100_000, 2_000_000} {
		op.Now = clock.Now() - 20 // it was read so long ago
		if is, err := e.Expire(background, op, []byte("s"), store.ExpireOptions{At: op.Now + left}); !is || err != nil {
			t.Fatal(is, err)
		}
		m, err := e.SessionMeta(background, op, []byte("s"))
		want(t, "the idle timeout", fmt.Sprint(m.IdleTimeout, err), fmt.Sprint(left, " <nil>"))
	}
	if is, err := e.Expire(background, op, []byte("s"), store.ExpireOptions{At: op.Now}); !is || err != nil {
		t.Fatal(is, err)
	}
	want(t, "one that is over", value(e, "s", "x"), noSession)
}
