package storetest

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"sessd/store"
)

// uses are the operations that count as use of the session a.
func uses() map[string]func(f *fixture) error {
	a := []byte("a")
	return map[string]func(f *fixture) error{
		"load": func(f *fixture) error {
			return f.sessions().LoadSession(background, f.op, a, store.LoadOptions{}, new(bagText))
		},
		"load of fields": func(f *fixture) error {
			return f.sessions().LoadSession(background, f.op, a, store.LoadOptions{Fields: words("none")}, new(bagText))
		},
		"save": func(f *fixture) error {
			_, err := f.sessions().SaveSession(background, f.op, a, store.SaveOptions{Fields: words("x", "1")})
			return err
		},
		"clear": func(f *fixture) error {
			_, err := f.sessions().ClearSession(background, f.op, a, nil)
			return err
		},
		"touch": func(f *fixture) error {
			_, err := f.sessions().TouchSession(background, f.op, a, 0)
			return err
		},
	}
}

// nonuses are operations that do not count as use of the session a.
func nonuses() map[string]func(f *fixture) error {
	a := []byte("a")
	return map[string]func(f *fixture) error{
		"load without touch": func(f *fixture) error {
			return f.sessions().LoadSession(background, f.op, a, store.LoadOptions{NoTouch: true}, new(bagText))
		},
		"refused save": func(f *fixture) error {
			_, err := f.sessions().SaveSession(background, f.op, a, store.SaveOptions{Bound: true, Revision: 7, IdleTimeout: 1})
			f.want("refused save", err, error(&store.RevisionError{}))
			return nil
		},
		"refused create": func(f *fixture) error {
			f.want("refused create", f.sessions().CreateSession(background, f.op, a, store.CreateOptions{}), store.ErrSessionExists)
			return nil
		},
		"meta": func(f *fixture) error {
			_, err := f.sessions().SessionMeta(background, f.op, a)
			return err
		},
		"list": func(f *fixture) error {
			_, err := f.sessions().PrincipalSessions(background, f.op, []byte("p"))
			return err
		},
	}
}

func timeoutCases() []testCase {
	return []testCase{
		{"a session is gone from the millisecond of its idle timeout on", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100, Fields: words("x", "1")})
			f.want("meta", f.meta("a"), store.Meta{
				CreatedAt: start, AccessedAt: start, ExpiresAt: start + 100, IdleTimeout: 100, RenewAt: store.Never, Fields: 1,
			})
			f.pass(99)
			f.want("one before", f.global("a"), "x=1")
			f.pass(1)
			f.want("load", f.load("a", store.LoadOptions{}), "error: no such session")
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "2")}, store.ErrNoSession)
			f.want("destroyed", f.destroy("a"), 0)
			f.create("a", store.CreateOptions{})
			f.want("the next one", f.global("a"), "")
		}},
		{"use renews the idle timeout", func(f *fixture) {
			for name, use := range uses() {
				f.create("a", store.CreateOptions{IdleTimeout: 100})
				f.pass(60)
				f.ok(use(f))
				f.want("accessed at after "+name, f.meta("a").AccessedAt, f.op.Now)
				f.want("expires at after "+name, f.meta("a").ExpiresAt, f.op.Now+100)
				f.pass(99)
				f.want("later after "+name, f.destroy("a"), 1)
			}
		}},
		{"nothing else renews the idle timeout", func(f *fixture) {
			for name, nonuse := range nonuses() {
				f.create("a", store.CreateOptions{IdleTimeout: 100, Principal: []byte("p")})
				before := f.meta("a")
				f.pass(60)
				f.ok(nonuse(f))
				f.want("after "+name, f.meta("a"), before)
				f.pass(40)
				f.want("later after "+name, f.destroy("a"), 0)
			}
		}},
		{"the absolute timeout ends a session whatever happens", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100, AbsoluteTimeout: 150})
			f.want("expires at", f.meta("a").ExpiresAt, int64(start+100))
			f.pass(60)
			f.load("a", store.LoadOptions{})
			f.want("expires at", f.meta("a").ExpiresAt, int64(start+150))
			f.pass(50)
			f.saveAs("a", store.SaveOptions{IdleTimeout: 1000, Fields: words("x", "1")})
			f.want("expires at", f.meta("a").ExpiresAt, int64(start+150))
			f.want("idle timeout", f.meta("a").IdleTimeout, int64(1000))
			f.pass(39)
			f.want("one before", f.load("a", store.LoadOptions{}), "x=1")
			f.pass(1)
			f.want("then", f.load("a", store.LoadOptions{}), "error: no such session")
		}},
		{"a session without timeouts never expires", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.want("expires at", f.meta("a").ExpiresAt, store.Never)
			f.pass(1 << 50)
			f.want("later", f.load("a", store.LoadOptions{}), "")
		}},
		{"a save or a touch may set the idle timeout from now on", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100})
			f.pass(10)
			f.saveAs("a", store.SaveOptions{IdleTimeout: 20, Fields: words("x", "1")})
			f.want("expires at after a save", f.meta("a").ExpiresAt, int64(start+30))
			touched, err := f.sessions().TouchSession(background, f.op, []byte("a"), 500)
			f.want("touch", fmt.Sprint(touched, err), "true <nil>")
			f.want("expires at after a touch", f.meta("a").ExpiresAt, int64(start+510))
			f.pass(10)
			f.load("a", store.LoadOptions{})
			f.want("it stays", f.meta("a").ExpiresAt, int64(start+520))
		}},
		{"the greatest timeouts neither overflow nor end a session", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: math.MaxInt64, AbsoluteTimeout: math.MaxInt64, Fields: words("x", "1")})
			m := f.meta("a")
			f.want("meta", []int64{m.IdleTimeout, m.AbsoluteTimeout, m.ExpiresAt}, []int64{math.MaxInt64, math.MaxInt64, math.MaxInt64})
			f.pass(1000)
			f.saveAs("a", store.SaveOptions{IdleTimeout: math.MaxInt64 - 1})
			_, err := f.sessions().TouchSession(background, f.op, []byte("a"), math.MaxInt64)
			f.ok(err)
			f.rotate("a", "b", math.MaxInt64)
			f.op.Now = math.MaxInt64 - 1
			f.want("at the end of time", f.load("b", store.LoadOptions{}), "x=1")
			f.want("at the end of time, alias", f.load("a", store.LoadOptions{}), "error: no such session")
		}},
		{"time may go backwards between operations", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 1000, AbsoluteTimeout: 1500, Fields: words("x", "1")})
			f.create("b", store.CreateOptions{AbsoluteTimeout: 100})
			f.pass(500)
			f.want("forward", f.load("a", store.LoadOptions{}), "x=1")
			f.pass(-900)
			f.want("back", f.load("a", store.LoadOptions{}), "x=1")
			f.save("a", "x", "2")
			f.create("c", store.CreateOptions{IdleTimeout: 10})
			f.rotate("c", "d", 5)
			f.pass(-start)
			f.want("at zero", f.load("a", store.LoadOptions{}), "x=2")
			f.op.Now = start + 1500
			f.want("at the absolute timeout", f.load("a", store.LoadOptions{}), "error: no such session")
			f.want("size", f.size(), 0)
		}},
	}
}

// runBackground tests what happens without operations, in fake time.
func runBackground(t *testing.T, open func(t *testing.T) store.Engine) {
	const session = `what has expired is removed and its memory counted as free without an operation on it`
	t.Run(session, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFixture(t, open)
			var clock store.Clock
			f.op.Now = clock.Now()
			before := f.report().UsedBytes
			for i := range 1000 {
				f.create(fmt.Sprint("idle", i), store.CreateOptions{IdleTimeout: 1000 + int64(i), Principal: []byte("p"), Fields: words("x", "1")})
			}
			f.create("stays", store.CreateOptions{IdleTimeout: 1000})
			f.create("rotated", store.CreateOptions{IdleTimeout: 1000})
			f.rotate("rotated", "moved", 500)
			f.create("forever", store.CreateOptions{})
			f.create("sooner", store.CreateOptions{IdleTimeout: 1e9})
			f.saveAs("sooner", store.SaveOptions{IdleTimeout: 1000})

			time.Sleep(900 * time.Millisecond)
			f.op.Now = clock.Now()
			f.want("touched", f.load("stays", store.LoadOptions{}), "")
			f.want("keys before", f.report().Keyspaces[0].Keys, 1004)

			time.Sleep(2 * time.Second)
			r := f.report()
			f.want("keys", r.Keyspaces[0].Keys, 1)
			f.want("sessions", r.Keyspaces[0].Sessions, 1)
			f.want("expiring", r.Keyspaces[0].Expires, 0)
			f.want("principals", r.Keyspaces[0].Principals, 0)
			f.want("expired", r.Removed[store.Expired], uint64(1003))
			f.want("destroyed", r.Removed[store.Destroyed], uint64(0))
			f.op.Now = clock.Now()
			f.want("destroyed", f.destroy("forever"), 1)
			f.wantFreed(before)
		})
	})
	t.Run("what is used does not expire in the background", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFixture(t, open)
			var clock store.Clock
			f.op.Now = clock.Now()
			f.create("a", store.CreateOptions{IdleTimeout: 1000, AbsoluteTimeout: 60_000, Fields: words("x", "1")})
			for range 66 {
				time.Sleep(900 * time.Millisecond)
				f.op.Now = clock.Now()
				f.want("used", f.load("a", store.LoadOptions{}), "x=1")
			}
			time.Sleep(700 * time.Millisecond)
			f.op.Now = clock.Now()
			f.want("after the absolute timeout", f.load("a", store.LoadOptions{}), "error: no such session")
		})
	})
}
