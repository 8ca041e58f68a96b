package memory

import (
	"testing"
	"testing/synctest"
	"time"

	"sessd/store"
)

// TestWaker holds what the background waits for to the millisecond.
func TestWaker(t *testing.T) {
	const least, most = 100 * time.Millisecond, 10 * time.Second
	type set struct{ after, to time.Duration } // when the waker is set, and to which time after the beginning
	for _, test := range []struct {
		name string
		sets []set
		due  bool
		want time.Duration
	}{
		{"never", nil, false, most},
		{"before", []set{{0, 5 * time.Second}}, true, 5 * time.Second},
		{"meanwhile", []set{{time.Second, 5 * time.Second}}, true, 5 * time.Second},
		{"earlier and earlier", []set{{0, 9 * time.Second}, {time.Second, 5 * time.Second}, {2 * time.Second, 3 * time.Second}}, true, 3 * time.Second},
		{"not later", []set{{0, 3 * time.Second}, {time.Second, 5 * time.Second}}, true, 3 * time.Second},
		{"long ago", []set{{time.Second, -time.Second}}, true, time.Second},
		{"at once", []set{{0, 0}}, true, least},
		{"too soon", []set{{50 * time.Millisecond, 0}}, true, least},
		{"beyond the most", []set{{0, time.Minute}}, false, most},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var a waker
				a.init()
				clock, began := new(store.Clock), time.Now()
				for _, s := range test.sets {
					time.AfterFunc(s.after, func() { a.set(began.Add(s.to).UnixMilli()) })
				}
				synctest.Wait()
				due := a.wait(clock, least, most, nil)
				if took := time.Since(began); due != test.due || took != test.want {
					t.Errorf("returned %v after %v, want %v after %v", due, took, test.due, test.want)
				}
			})
		})
	}
}

func TestWakerEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a waker
		a.init()
		stop, began := make(chan struct{}), time.Now()
		time.AfterFunc(time.Second, func() { close(stop) })
		if a.wait(new(store.Clock), time.Millisecond, time.Hour, stop) || time.Since(began) != time.Second {
			t.Errorf("the wait ended after %v", time.Since(began))
		}
	})
}
