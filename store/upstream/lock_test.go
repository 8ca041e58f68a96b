//go:build unix

package upstream

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

func lock(e *Engine, id, token string, ms int64) error {
	return e.LockSession(background, now(), []byte(id), []byte(token), ms)
}

func isLocked(err error) bool {
	var locked *store.LockedError
	return errors.As(err, &locked)
}

// TestLocksHoldForAll engines, through rotations, and until they are ended or their time is over.
func TestLocksHoldForAll(t *testing.T) {
	s := redistest.Serve(t)
	a, b := connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)
	linked(t, a, b)
	create(t, a, "s", "x", "0")
	want(t, "at hand for both", value(a, "s", "x")+value(b, "s", "x"), "00")
	if err := lock(a, "s", "t|\x00", 60_000); err != nil {
		t.Fatal(err)
	}
	if err := lock(b, "s", "u", 10); !isLocked(err) {
		t.Errorf("a lock of another: %v", err)
	}
	for _, e := range []*Engine{a, b} {
		if err := save(e, "s", "x", "1"); !isLocked(err) {
			t.Errorf("a save without the token: %v", err)
		}
	}
	if err := b.RotateSession(background, now(), []byte("s"), []byte("r"), store.RotateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := save(a, "r", "x", "1"); !isLocked(err) {
		t.Errorf("a save without the token after a rotation: %v", err)
	}
	want(t, "a read", value(a, "r", "x"), "0")
	if _, err := b.SaveSession(background, now(), []byte("r"), store.SaveOptions{Fields: words("x", "2"), Token: []byte("t|\x00"), Unlock: true}); err != nil {
		t.Errorf("a save that ends the lock: %v", err)
	}
	if _, err := a.SaveSession(background, now(), []byte("r"), store.SaveOptions{Fields: words("x", "3"), Token: []byte("t|\x00")}); err != store.ErrNotLocked {
		t.Errorf("a save with a token that has ended: %v", err)
	}
	if err := save(a, "r", "x", "4"); err != nil {
		t.Errorf("a save after the end of the lock: %v", err)
	}
	var bag bagMap
	if err := a.LoadSession(background, now(), []byte("r"), store.LoadOptions{Token: []byte("v"), LockFor: 50}, &bag); err != nil || bag.fields["x"] != "4" {
		t.Errorf("a read that locks: %v, %v", bag.fields, err)
	}
	redistest.Until(t, "the lock ends by itself", func() bool { return save(b, "r", "x", "5") == nil })
	if unlocked, err := a.UnlockSession(background, now(), []byte("r"), []byte("v")); unlocked || err != nil {
		t.Errorf("the end of a lock that is over: %v, %v", unlocked, err)
	}
}

// TestLocksExclude: of many that add to a number by a read that locks and a save that unlocks, no update is lost.
func TestLocksExclude(t *testing.T) {
	s := redistest.Serve(t)
	engines := []*Engine{connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)}
	linked(t, engines...)
	create(t, engines[0], "s", "n", "0")
	const clients, times = 6, 15
	var all sync.WaitGroup
	for client := range clients {
		e, token := engines[client%2], fmt.Append(nil, "token ", client)
		all.Go(func() {
			for range times {
				var bag bagMap
				err := e.LoadSession(background, now(), []byte("s"), store.LoadOptions{Token: token, LockFor: 60_000}, &bag)
				for ; isLocked(err); err = e.LoadSession(background, now(), []byte("s"), store.LoadOptions{Token: token, LockFor: 60_000}, &bag) {
					time.Sleep(time.Millisecond)
				}
				if err != nil {
					t.Error(err)
					return
				}
				var n int
				fmt.Sscan(bag.fields["n"], &n)
				if _, err := e.SaveSession(background, now(), []byte("s"), store.SaveOptions{Fields: words("n", fmt.Sprint(n+1)), Token: token, Unlock: true}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	want(t, "sum", value(engines[0], "s", "n"), fmt.Sprint(clients*times))
}
