package storetest

import "sessd/store"

// lockCases are of the locks of sessions.
func lockCases() []testCase {
	t, u, p := []byte("t"), []byte("u"), []byte("p")
	lock := func(f *fixture, id string, token []byte, ms int64) error {
		return f.sessions().LockSession(background, f.op, []byte(id), token, ms)
	}
	unlock := func(f *fixture, id string, token []byte) bool {
		f.Helper()
		unlocked, err := f.sessions().UnlockSession(background, f.op, []byte(id), token)
		f.ok(err)
		return unlocked
	}
	return []testCase{
		{"a locked session is changed with the token alone, and read by all", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			f.want("not there", lock(f, "b", t, 10), store.ErrNoSession)
			f.ok(lock(f, "a", t, 10))
			f.pass(4)
			locked := &store.LockedError{For: 6, ID: []byte("a")}
			f.want("lock", lock(f, "a", u, 10), locked)
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "2")}, locked)
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "2"), Token: u}, locked)
			f.want("incr", f.incr("a", store.IncrOptions{Field: []byte("x"), Delta: 1}), locked)
			f.want("append", f.appendField("a", store.AppendOptions{Field: []byte("x")}), locked)
			f.want("take", f.takeFields("a", nil, "x"), "error: session is locked for 6 ms")
			_, err := f.sessions().ClearSession(background, f.op, []byte("a"), nil)
			f.want("clear", err, locked)
			f.want("load", f.load("a", store.LoadOptions{}), "x=1")
			f.want("META", f.meta("a").LockedUntil, int64(start+10))
			f.want("revision", f.saveAs("a", store.SaveOptions{Fields: words("x", "3"), Token: t}), int64(1))
			f.ok(lock(f, "a", t, 20)) // anew
			f.want("META", f.meta("a").LockedUntil, int64(start+24))
			f.want("unlock with another token", unlock(f, "a", u), false)
			f.want("unlock", unlock(f, "a", t), true)
			f.want("unlock again", unlock(f, "a", t), false)
			f.want("revision", f.save("a", "x", "4"), int64(2))
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "5"), Token: t}, store.ErrNotLocked)
		}},
		{"a lock ends with its time, or with the session", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: p})
			f.ok(lock(f, "a", t, 10))
			f.pass(9)
			f.want("locked", lock(f, "a", u, 5), &store.LockedError{For: 1, ID: []byte("a")})
			f.pass(1)
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "1"), Token: t}, store.ErrNotLocked)
			f.ok(lock(f, "a", u, 5))
			f.want("destroyed", f.destroy("a"), 1)
			f.create("a", store.CreateOptions{})
			f.ok(lock(f, "a", t, 5))
			f.ok(f.keys().Flush(background, f.op, false))
			f.create("a", store.CreateOptions{})
			f.save("a", "x", "1")
		}},
		{"a lock follows rotations and renames", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.ok(lock(f, "a", t, 10))
			f.rotate("a", "b", 5)
			f.want("new id", lock(f, "b", u, 5), &store.LockedError{For: 10, ID: []byte("b")})
			f.want("old id", lock(f, "a", u, 5), &store.LockedError{For: 10, ID: []byte("b")})
			_, _, err := ability[store.Transferrer](f).TransferKey(background, f.op, []byte("b"), store.TransferOptions{Key: []byte("c")})
			f.ok(err)
			f.want("another key", lock(f, "c", u, 5), &store.LockedError{For: 10, ID: []byte("c")})
			_, _, err = ability[store.Transferrer](f).TransferKey(background, f.op, []byte("c"), store.TransferOptions{Key: []byte("d"), Copies: true})
			f.ok(err)
			f.save("d", "x", "1")
			f.create("b", store.CreateOptions{})
			f.save("b", "x", "1")
		}},
		{"a load locks, and a save unlocks, in one step", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			r := f.observe(store.LockEvents)
			f.want("load", f.load("a", store.LoadOptions{Token: t, LockFor: 10}), "x=1")
			f.want("locked", f.load("a", store.LoadOptions{Token: u, LockFor: 10}), "error: session is locked for 10 ms")
			f.want("again", f.load("a", store.LoadOptions{Token: t, LockFor: 20}), "x=1")
			f.want("not there", f.load("b", store.LoadOptions{Token: t, LockFor: 20}), "error: no such session")
			f.saveAs("a", store.SaveOptions{Fields: words("x", "2"), Token: t, Unlock: true})
			f.want("load", f.load("a", store.LoadOptions{Token: u, LockFor: 10}), "x=2")
			f.want("unlock", unlock(f, "a", u), true)
			f.want("events", r.take(), "| unlocked a, | unlocked a")
		}},
	}
}
