package storetest

import (
	"fmt"

	"sessd/store"
)

func rotationCases() []testCase {
	tryRotate := func(f *fixture, id, newid string) error {
		return f.sessions().RotateSession(background, f.op, []byte(id), []byte(newid), store.RotateOptions{Grace: 1000})
	}
	return []testCase{
		{"a rotation moves all a session has", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100, AbsoluteTimeout: 1000, Principal: []byte("p"), Fields: words("x", "1")})
			f.saveAs("a", store.SaveOptions{Component: []byte("c"), Fields: words("y", "2")})
			f.pass(10)
			before := f.meta("a")
			f.rotate("a", "b", 0)
			f.want("meta", f.meta("b"), before)
			f.want("global bag", f.global("b"), "x=1")
			f.want("component", f.load("b", store.LoadOptions{Component: []byte("c"), NoTouch: true}), "y=2")
			f.want("the old id", f.load("a", store.LoadOptions{}), "error: no such session")
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "2")}, store.ErrNoSession)
			f.pass(90)
			f.want("it does not count as use", f.load("b", store.LoadOptions{}), "error: no such session")
		}},
		{"an old id without grace is free", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.rotate("a", "b", 0)
			f.create("a", store.CreateOptions{Fields: words("x", "new")})
			f.want("old id", f.global("a"), "x=new")
			f.want("new id", f.global("b"), "")
		}},
		{"a rotation onto a live id, or onto itself, is an error and changes nothing", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "a")})
			f.create("b", store.CreateOptions{Fields: words("x", "b")})
			f.want("onto a live id", tryRotate(f, "a", "b"), store.ErrSessionExists)
			f.want("onto itself", tryRotate(f, "a", "a"), store.ErrSessionExists)
			f.want("from nothing onto a live id", tryRotate(f, "c", "b"), store.ErrNoSession)
			f.want("from nothing", tryRotate(f, "c", "c"), store.ErrNoSession)
			f.want("a", f.global("a"), "x=a")
			f.want("b", f.global("b"), "x=b")
		}},
		{"for the grace period the old id leads to the session", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 10000, Fields: words("x", "1")})
			f.rotate("a", "b", 100)
			f.pass(99)
			f.want("load", f.load("a", store.LoadOptions{}), "x=1")
			f.want("save", f.save("a", "x", "2"), int64(1))
			f.want("seen under the new id", f.global("b"), "x=2")
			f.want("meta", f.meta("a"), f.meta("b"))
			f.want("accessed at", f.meta("b").AccessedAt, int64(start+99))
			touched, err := f.sessions().TouchSession(background, f.op, []byte("a"), 500)
			f.want("touch", fmt.Sprint(touched, err), "true <nil>")
			f.want("idle timeout", f.meta("b").IdleTimeout, int64(500))
			_, err = f.sessions().ClearSession(background, f.op, []byte("a"), nil)
			f.ok(err)
			f.want("cleared", f.global("b"), "")
			f.want("of a principal", f.of(""), "")
			f.pass(1)
			f.want("when grace is over", f.load("a", store.LoadOptions{}), "error: no such session")
			f.want("the new id", f.load("b", store.LoadOptions{}), "")
		}},
		{"using the session through an alias does not lengthen the grace period", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.rotate("a", "b", 100)
			for range 9 {
				f.pass(10)
				f.want("load", f.load("a", store.LoadOptions{}), "")
			}
			f.pass(10)
			f.want("load", f.load("a", store.LoadOptions{}), "error: no such session")
		}},
		{"an alias cannot be rotated", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.rotate("a", "b", 100)
			f.want("error", tryRotate(f, "a", "c"), store.ErrNoSession)
			f.want("onto a live id", tryRotate(f, "a", "b"), store.ErrNoSession)
			f.want("b", f.global("b"), "")
		}},
		{"an alias follows its session through later rotations", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			f.rotate("a", "b", 1000)
			f.rotate("b", "c", 100)
			f.rotate("c", "d", 0)
			f.rotate("d", "e", 10)
			for _, id := range []string{"a", "b", "d", "e"} {
				f.want("under "+id, f.global(id), "x=1")
			}
			f.want("under the id without grace", f.global("c"), "error: no such session")
			f.pass(10)
			f.want("under d", f.global("d"), "error: no such session")
			f.pass(90)
			f.want("under b", f.global("b"), "error: no such session")
			f.want("under a", f.global("a"), "x=1")
			f.save("a", "x", "2")
			f.want("under e", f.global("e"), "x=2")
		}},
		{"the id of an alias is taken while it leads to a live session", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 50})
			f.rotate("a", "b", 100)
			create := func() error { return f.sessions().CreateSession(background, f.op, []byte("a"), store.CreateOptions{}) }
			f.want("create", create(), store.ErrSessionExists)
			f.create("c", store.CreateOptions{})
			f.want("rotate onto it", tryRotate(f, "c", "a"), store.ErrSessionExists)
			f.want("rotate back", tryRotate(f, "b", "a"), store.ErrSessionExists)
			f.pass(50)
			f.want("create when the session has expired", create(), error(nil))
			f.want("the new session", f.meta("a").CreatedAt, int64(start+50))
			f.pass(60)
			f.want("when grace would be over", f.global("a"), "")
		}},
		{"a rotation may go back to an id whose grace is over", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			f.rotate("a", "b", 10)
			f.pass(10)
			f.rotate("b", "a", 10)
			f.want("under a", f.global("a"), "x=1")
			f.want("under b", f.global("b"), "x=1")
			f.rotate("a", "c", 0)
			f.want("under a", f.global("a"), "error: no such session")
			f.want("under b", f.global("b"), "x=1")
		}},
		{"a session destroyed through an alias is destroyed, and its aliases lead nowhere", func(f *fixture) {
			for _, through := range []string{"a", "b", "c"} {
				f.create("a", store.CreateOptions{})
				f.rotate("a", "b", 1000)
				f.rotate("b", "c", 1000)
				f.want("destroyed", f.destroy(through, "a", "b", "c"), 1)
				for _, id := range []string{"a", "b", "c"} {
					f.want("under "+id, f.load(id, store.LoadOptions{}), "error: no such session")
				}
			}
		}},
		{"an alias of a destroyed session does not lead to its successor", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "old")})
			f.rotate("a", "b", 1000)
			f.destroy("b")
			f.create("b", store.CreateOptions{Fields: words("x", "new")})
			f.want("under a", f.global("a"), "error: no such session")
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "1")}, store.ErrNoSession)
			f.want("under b", f.global("b"), "x=new")
		}},
		{"an alias is not a key, but key operations go through it", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 500})
			f.rotate("a", "b", 100)
			f.want("size", f.size(), 1)
			f.want("scan", f.scan(store.ScanOptions{Count: 10}), "b")
			for range 20 {
				key, err := f.keys().RandomKey(background, f.op)
				f.want("random key", fmt.Sprintf("%s %v", key, err), "b <nil>")
			}
			f.want("type", f.kind("a"), "session")
			f.want("exists", f.exists("a", "b", "a"), 3)
			f.want("expiry", f.expiry("a"), "500")
			f.pass(10)
			n, err := f.keys().Touch(background, f.op, words("a"))
			f.want("touch", fmt.Sprint(n, err), "1 <nil>")
			f.want("expiry", f.expiry("b"), "510")
			changed, err := f.keys().Expire(background, f.op, []byte("a"), store.ExpireOptions{At: start + 1000})
			f.want("expire", fmt.Sprint(changed, err), "true <nil>")
			f.want("expiry", f.expiry("b"), "1000")
			changed, err = f.keys().Persist(background, f.op, []byte("a"))
			f.want("persist", fmt.Sprint(changed, err), "true <nil>")
			f.want("expiry", f.expiry("b"), "never")
			_, found, err := f.keys().KeyBytes(background, f.op, []byte("a"))
			f.want("bytes", fmt.Sprint(found, err), "true <nil>")
			n, err = f.keys().Delete(background, f.op, words("a", "b"))
			f.want("delete", fmt.Sprint(n, err), "1 <nil>")
			f.want("under b", f.kind("b"), "none")
		}},
		{"a string stored under an alias takes its place, and the session stays", func(f *fixture) {
			for i, stores := range []func(){
				func() { f.set("a", "text") },
				func() {
					stored, err := f.strings().SetStrings(background, f.op, words("a", "text"), false)
					f.want("stored", fmt.Sprint(stored, err), "true <nil>")
				},
			} {
				id, newid := "a", fmt.Sprint("new", i)
				f.create(id, store.CreateOptions{Fields: words("x", "1")})
				f.rotate(id, newid, 100)
				f.want("get", f.get(id), "error: wrong type of entry")
				f.want("get several", f.get(id, id), "- -")
				f.want("only when absent", f.setAs(id, "text", store.SetOptions{ExpireAt: store.Never, IfAbsent: true}), false)
				stored, err := f.strings().SetStrings(background, f.op, words(id, "text"), true)
				f.want("several, only when absent", fmt.Sprint(stored, err), "false <nil>")
				stores()
				f.want("get", f.get(id), "text")
				f.want("load", f.global(id), "error: wrong type of entry")
				f.want("the session", f.global(newid), "x=1")
				f.pass(100)
				f.want("when grace would be over", f.get(id), "text")
				_, err = f.keys().Delete(background, f.op, words(id))
				f.ok(err)
			}
		}},
		{"other string operations under an alias find a session", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.rotate("a", "b", 100)
			f.wantWrongTypeForStrings("a")
		}},
		{"a grace period ends after MaxGrace", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.rotate("a", "b", 1<<63-1)
			f.pass(store.MaxGrace - 1)
			f.want("under a", f.global("a"), "")
			f.pass(1)
			f.want("under a later", f.global("a"), "error: no such session")
		}},
		{"of many old ids the latest lead to the session", func(f *fixture) {
			f.create("0", store.CreateOptions{})
			for i := range 3 * store.MaxAliases {
				f.rotate(fmt.Sprint(i), fmt.Sprint(i+1), 1000)
			}
			for i := range 3*store.MaxAliases + 1 {
				want := ""
				if i < 2*store.MaxAliases {
					want = "error: no such session"
				}
				f.want(fmt.Sprint("under ", i), f.global(fmt.Sprint(i)), want)
			}
		}},
		{"an old id whose grace is over makes room for one more", func(f *fixture) {
			f.create("0", store.CreateOptions{})
			for i := range store.MaxAliases {
				f.rotate(fmt.Sprint(i), fmt.Sprint(i+1), 1000-int64(i%2)*900)
			}
			f.pass(100)
			f.rotate(fmt.Sprint(store.MaxAliases), "last", 1000)
			f.want("under 0", f.global("0"), "")
			f.want("under 1", f.global("1"), "error: no such session")
		}},
	}
}
