package storetest

import (
	"fmt"

	"sessd/store"
)

func reportCases() []testCase {
	return []testCase{
		{"sessions are counted by what happened to them", func(f *fixture) {
			for i := range 6 {
				f.create(fmt.Sprint("id", i), store.CreateOptions{IdleTimeout: 100, Principal: []byte("p")})
			}
			f.sessions().CreateSession(background, f.op, []byte("id0"), store.CreateOptions{})
			f.save("id0", "x", "1")
			f.save("id0", "x", "2")
			_, err := f.sessions().ClearSession(background, f.op, []byte("id0"), nil)
			f.ok(err)
			f.load("id0", store.LoadOptions{})
			f.load("id0", store.LoadOptions{NoTouch: true})
			f.rotate("id1", "new", 50)
			f.wantSaveError("id0", store.SaveOptions{Bound: true}, &store.RevisionError{Revision: 3})
			f.wantSaveError("none", store.SaveOptions{}, store.ErrNoSession)
			f.load("none", store.LoadOptions{})
			f.destroy("id2", "none", "id2")
			f.set("id3", "over a session")
			n, err := f.keys().Delete(background, f.op, words("id4"))
			f.want("deleted", fmt.Sprint(n, err), "1 <nil>")
			f.pass(100)
			f.want("size", f.size(), 1)

			r := f.report()
			f.want("created", r.Created, uint64(6))
			f.want("saved", r.Saved, uint64(3))
			f.want("loaded", r.Loaded, uint64(2))
			f.want("rotated", r.Rotated, uint64(1))
			f.want("refused", r.Refused, uint64(2))
			f.want("conflicts", r.Conflicts, uint64(1))
			f.want("removed", r.Removed, [3]uint64{store.Destroyed: 3, store.Expired: 3})
			f.want("keys", r.Keys, [3]uint64{store.Destroyed: 3, store.Expired: 3})
		}},
		{"strings are counted by why they went, and reads by whether they found", func(f *fixture) {
			f.set("a", "1")
			f.set("a", "2")
			f.set("b", "1")
			f.setAs("c", "1", store.SetOptions{ExpireAt: start + 10})
			f.setAs("d", "1", store.SetOptions{ExpireAt: start})
			before := f.report()
			f.get("a")
			f.get("none")
			f.get("a", "none", "b")
			after := f.report()
			f.want("hits", after.KeyHits-before.KeyHits, uint64(3))
			f.want("misses", after.KeyMisses-before.KeyMisses, uint64(2))
			f.setAs("b", "", store.SetOptions{ExpireAt: start})
			f.pass(10)
			f.want("size", f.size(), 1)
			f.ok(f.keys().Flush(background, f.op, true))
			r := f.report()
			f.want("keys", r.Keys, [3]uint64{store.Destroyed: 2, store.Expired: 1})
			f.want("sessions", r.Removed, [3]uint64{})
		}},
		{"keyspaces are counted by what is in them", func(f *fixture) {
			f.want("keyspaces", len(f.report().Keyspaces), f.engine.Keyspaces())
			f.op.Keyspace = 1
			f.create("a", store.CreateOptions{Principal: []byte("p")})
			f.create("b", store.CreateOptions{Principal: []byte("p"), AbsoluteTimeout: 10})
			f.create("c", store.CreateOptions{Principal: []byte("q"), IdleTimeout: 10})
			f.create("d", store.CreateOptions{})
			f.set("e", "text")
			f.setAs("f", "text", store.SetOptions{ExpireAt: start + 10})
			f.rotate("a", "a2", 100)
			r := f.report()
			f.want("keyspace 0", r.Keyspaces[0], store.KeyspaceReport{})
			f.want("keyspace 1", entriesOnly(r.Keyspaces[1]), store.KeyspaceReport{
				Keys: 6, Expires: 3, Sessions: 4, Anonymous: 1, Principals: 2, Types: [store.MaxTypes]int{store.TypeSession: 4, store.TypeString: 2},
			})
			_, err := f.keys().Persist(background, f.op, []byte("f"))
			f.ok(err)
			f.destroy("c")
			r = f.report()
			f.want("keyspace 1", entriesOnly(r.Keyspaces[1]), store.KeyspaceReport{
				Keys: 5, Expires: 1, Sessions: 3, Anonymous: 1, Principals: 1, Types: [store.MaxTypes]int{store.TypeSession: 3, store.TypeString: 2},
			})
		}},
	}
}

// entriesOnly leaves out what engines are free in.
func entriesOnly(r store.KeyspaceReport) store.KeyspaceReport {
	r.Aliases, r.AliasBytes, r.AverageTTL = 0, 0, 0
	return r
}
