package storetest

import (
	"bytes"
	"fmt"
	"strings"

	"sessd/store"
)

func sessionCases() []testCase {
	return []testCase{
		{"a session that was created can be loaded", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1", "y", "2")})
			f.want("global bag", f.load("a", store.LoadOptions{}), "x=1 y=2")
			f.want("other id", f.load("b", store.LoadOptions{}), "error: no such session")
		}},
		{"a session may begin without fields", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.want("global bag", f.load("a", store.LoadOptions{}), "")
		}},
		{"creating a live id is an error and changes nothing", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100, Fields: words("x", "1")})
			err := f.sessions().CreateSession(background, f.op, []byte("a"), store.CreateOptions{Fields: words("x", "2")})
			f.want("error", err, store.ErrSessionExists)
			f.want("global bag", f.global("a"), "x=1")
			f.want("idle timeout", f.meta("a").IdleTimeout, int64(100))
		}},
		{"an id is free again when its session is destroyed", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: []byte("p"), Fields: words("x", "1")})
			f.save("a", "y", "2")
			f.want("destroyed", f.destroy("a"), 1)
			f.create("a", store.CreateOptions{})
			f.want("global bag", f.global("a"), "")
			f.want("revision", f.meta("a").Revision, int64(0))
			f.want("of p", f.of("p"), "")
		}},
		{"of equal names the last counts, in create and in save", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1", "x", "2")})
			f.want("created", f.global("a"), "x=2")
			f.save("a", "x", "3", "y", "4", "x", "5", "y", "6")
			f.want("saved", f.global("a"), "x=5 y=6")
			f.want("fields", f.meta("a").Fields, 2)
		}},
		{"fields are shown in the order in which they are asked for", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1", "y", "2")})
			f.want("fields", f.load("a", store.LoadOptions{Fields: words("y", "z", "x", "y")}), "y=2 z- x=1 y=2")
			f.want("no fields", f.load("a", store.LoadOptions{Fields: words()}), "")
			f.want("of a component that is not there", f.load("a", store.LoadOptions{Component: []byte("c"), Fields: words("x")}), "x-")
		}},
		{"empty names and values are names and values", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("", "", "x", "")})
			f.want("global bag", f.global("a"), "= x=")
			f.saveAs("a", store.SaveOptions{Unset: words("")})
			f.want("without the empty name", f.load("a", store.LoadOptions{Fields: words("", "x")}), "- x=")
		}},
		{"ids, names and values are any bytes", func(f *fixture) {
			id := string([]byte{0, '\r', '\n', 0xff}) + strings.Repeat("i", store.MaxSessionID-4)
			name, value := "\x00\xfe=\r\n", string(bytes.Repeat([]byte{0, 255, '\n'}, 1000))
			f.create(id, store.CreateOptions{Fields: words(name, value)})
			f.saveAs(id, store.SaveOptions{Component: []byte(name), Fields: words(value, name)})
			f.want("global bag", f.global(id), name+"="+value)
			f.want("component", f.load(id, store.LoadOptions{Component: []byte(name)}), value+"="+name)
			f.want("id one byte shorter", f.global(id[:len(id)-1]), "error: no such session")
		}},
		{"the engine keeps copies", func(f *fixture) {
			id, principal, fields := []byte("a"), []byte("p"), words("x", "1")
			f.ok(f.sessions().CreateSession(background, f.op, id, store.CreateOptions{Principal: principal, Fields: fields}))
			save := store.SaveOptions{Component: []byte("c"), Fields: words("y", "2")}
			_, err := f.sessions().SaveSession(background, f.op, id, save)
			f.ok(err)
			for _, b := range [][]byte{id, principal, fields[0], fields[1], save.Component, save.Fields[0], save.Fields[1]} {
				b[0] = '!'
			}
			f.want("global bag", f.global("a"), "x=1")
			f.want("component", f.load("a", store.LoadOptions{Component: []byte("c")}), "y=2")
			m := f.meta("a")
			m.Principal[0], m.Components[0][0] = '?', '?'
			f.want("of p", f.of("p"), "a")
			f.want("components", f.meta("a").Components, words("c"))
		}},
		{"a save carries the dirty fields and leaves the others", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1", "y", "2", "z", "3")})
			f.saveAs("a", store.SaveOptions{Unset: words("x", "none"), Fields: words("y", "longer than before", "v", "4")})
			f.want("global bag", f.global("a"), "v=4 y=longer than before z=3")
			f.save("a", "y", "")
			f.want("global bag", f.global("a"), "v=4 y= z=3")
		}},
		{"unset is applied before fields", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			f.saveAs("a", store.SaveOptions{Unset: words("x", "x", "y"), Fields: words("x", "2")})
			f.want("global bag", f.global("a"), "x=2")
		}},
		{"a save, a clear or a touch of nothing is refused and makes nothing", func(f *fixture) {
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "1")}, store.ErrNoSession)
			f.wantSaveError("a", store.SaveOptions{Bound: true}, store.ErrNoSession)
			_, err := f.sessions().ClearSession(background, f.op, []byte("a"), nil)
			f.want("clear", err, store.ErrNoSession)
			touched, err := f.sessions().TouchSession(background, f.op, []byte("a"), 10)
			f.want("touch", fmt.Sprint(touched, err), "false <nil>")
			_, err = f.sessions().SessionMeta(background, f.op, []byte("a"))
			f.want("meta", err, store.ErrNoSession)
			f.want("destroyed", f.destroy("a"), 0)
			f.want("load", f.load("a", store.LoadOptions{}), "error: no such session")
		}},
		{"saves and clears of any component make the revision grow by one, nothing else does", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			f.want("at creation", f.meta("a").Revision, int64(0))
			f.want("save", f.save("a", "x", "1"), int64(1))
			f.want("save of a component", f.saveAs("a", store.SaveOptions{Component: []byte("c"), Fields: words("x", "1")}), int64(2))
			f.want("save that only unsets", f.saveAs("a", store.SaveOptions{Unset: words("none")}), int64(3))
			n, err := f.sessions().ClearSession(background, f.op, []byte("a"), []byte("c"))
			f.want("clear", fmt.Sprint(n, err), "4 <nil>")
			n, err = f.sessions().ClearSession(background, f.op, []byte("a"), []byte("c"))
			f.want("clear of nothing", fmt.Sprint(n, err), "5 <nil>")
			f.load("a", store.LoadOptions{})
			_, err = f.sessions().TouchSession(background, f.op, []byte("a"), 1000)
			f.ok(err)
			f.rotate("a", "b", 0)
			f.want("in the end", f.meta("b").Revision, int64(5))
			var b bagText
			f.ok(f.sessions().LoadSession(background, f.op, []byte("b"), store.LoadOptions{}, &b))
			f.want("shown with a bag", b.revision, int64(5))
		}},
		{"a save that is bound to another revision saves nothing and says the revision", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100})
			f.pass(10)
			f.want("bound to 0", f.saveAs("a", store.SaveOptions{Bound: true, Fields: words("x", "1")}), int64(1))
			f.pass(10)
			for _, revision := range []int64{0, 2, -1} {
				s := store.SaveOptions{Bound: true, Revision: revision, IdleTimeout: 7, Unset: words("x"), Fields: words("x", "2")}
				f.wantSaveError("a", s, &store.RevisionError{Revision: 1})
			}
			f.want("global bag", f.global("a"), "x=1")
			m := f.meta("a")
			f.want("times", []int64{m.IdleTimeout, m.AccessedAt}, []int64{100, start + 10})
			f.want("bound to 1", f.saveAs("a", store.SaveOptions{Bound: true, Revision: 1}), int64(2))
		}},
		{"components are bags of their own", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "global")})
			f.saveAs("a", store.SaveOptions{Component: []byte("c"), Fields: words("x", "c")})
			f.saveAs("a", store.SaveOptions{Component: []byte("b"), Fields: words("x", "b", "y", "b")})
			f.want("global bag", f.load("a", store.LoadOptions{}), "x=global")
			f.want("empty name is the global bag", f.load("a", store.LoadOptions{Component: []byte{}}), "x=global")
			f.want("b", f.load("a", store.LoadOptions{Component: []byte("b")}), "x=b y=b")
			f.want("c", f.load("a", store.LoadOptions{Component: []byte("c")}), "x=c")
			f.want("d", f.load("a", store.LoadOptions{Component: []byte("d")}), "")
			m := f.meta("a")
			f.want("components", m.Components, words("b", "c"))
			f.want("fields", m.Fields, 4)
		}},
		{"a component appears with its first field and goes with its last", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.saveAs("a", store.SaveOptions{Component: []byte("c"), Unset: words("x")})
			f.want("nothing set", f.meta("a").Components, [][]byte(nil))
			f.saveAs("a", store.SaveOptions{Component: []byte("c"), Fields: words("x", "1", "y", "2")})
			f.saveAs("a", store.SaveOptions{Component: []byte("c"), Unset: words("x")})
			f.want("one left", f.meta("a").Components, words("c"))
			f.saveAs("a", store.SaveOptions{Component: []byte("c"), Unset: words("y")})
			f.want("none left", f.meta("a").Components, [][]byte(nil))
			f.want("fields", f.meta("a").Fields, 0)
		}},
		{"clear empties one bag", func(f *fixture) {
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			f.saveAs("a", store.SaveOptions{Component: []byte("c"), Fields: words("x", "2")})
			_, err := f.sessions().ClearSession(background, f.op, []byte("a"), nil)
			f.ok(err)
			f.want("global bag", f.global("a"), "")
			f.want("c", f.load("a", store.LoadOptions{Component: []byte("c")}), "x=2")
			_, err = f.sessions().ClearSession(background, f.op, []byte("a"), []byte("c"))
			f.ok(err)
			f.want("c", f.load("a", store.LoadOptions{Component: []byte("c")}), "")
			f.want("fields", f.meta("a").Fields, 0)
		}},
		{"a bag takes many fields and loses them again", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			var pairs, names []string
			for i := range 1000 {
				names = append(names, fmt.Sprint("name", i))
				pairs = append(pairs, names[i], fmt.Sprint("value", i))
			}
			f.save("a", pairs...)
			f.want("fields", f.meta("a").Fields, 1000)
			f.saveAs("a", store.SaveOptions{Unset: words(names[:999]...)})
			f.want("global bag", f.global("a"), "name999=value999")
			f.save("a", pairs[:4]...)
			f.want("global bag", f.global("a"), "name0=value0 name1=value1 name999=value999")
		}},
		{"destroy ends each session once and counts those there were", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.create("b", store.CreateOptions{})
			f.create("c", store.CreateOptions{})
			f.want("destroyed", f.destroy("a", "none", "b", "a"), 2)
			f.want("again", f.destroy("a", "b"), 0)
			f.want("of none", f.destroy(), 0)
			f.wantSaveError("a", store.SaveOptions{Fields: words("x", "1")}, store.ErrNoSession)
			f.want("other", f.load("c", store.LoadOptions{}), "")
		}},
		{"keyspaces are apart", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: []byte("p"), Fields: words("x", "0")})
			f.op.Keyspace = 1
			f.want("in the other", f.load("a", store.LoadOptions{}), "error: no such session")
			f.create("a", store.CreateOptions{Fields: words("x", "1")})
			f.want("of p", f.of("p"), "")
			f.want("destroyed", f.destroy("a"), 1)
			f.op.Keyspace = 0
			f.want("in the one", f.load("a", store.LoadOptions{}), "x=0")
		}},
	}
}

func principalCases() []testCase {
	return []testCase{
		{"the sessions of a principal are listed exactly", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: []byte("p")})
			f.create("b", store.CreateOptions{Principal: []byte("p"), IdleTimeout: 100})
			f.create("c", store.CreateOptions{Principal: []byte("q")})
			f.create("d", store.CreateOptions{Principal: []byte{}})
			f.want("of p", f.of("p"), "a b")
			f.want("of q", f.of("q"), "c")
			f.want("of r", f.of("r"), "")
			f.want("of nobody", f.of(""), "")
			f.want("principal", f.meta("a").Principal, []byte("p"))
			f.want("no principal", f.meta("d").Principal, []byte(nil))
			f.pass(100)
			f.want("of p when one has expired", f.of("p"), "a")
			f.destroy("a")
			f.want("of p when the other is destroyed", f.of("p"), "")
		}},
		{"a rotation moves a session and can bind it", func(f *fixture) {
			rotate := func(id, newid string, r store.RotateOptions) {
				f.ok(f.sessions().RotateSession(background, f.op, []byte(id), []byte(newid), r))
			}
			f.create("a", store.CreateOptions{Principal: []byte("p")})
			rotate("a", "b", store.RotateOptions{Principal: []byte("ignored")})
			f.want("of p", f.of("p"), "b")
			rotate("b", "c", store.RotateOptions{SetPrincipal: true, Principal: []byte("q"), Grace: 100})
			f.want("of p", f.of("p"), "")
			f.want("of q", f.of("q"), "c")
			rotate("c", "d", store.RotateOptions{SetPrincipal: true})
			f.want("of q", f.of("q"), "")
			f.want("principal", f.meta("d").Principal, []byte(nil))
		}},
		{"all sessions of a principal can be destroyed, but for one", func(f *fixture) {
			destroy := func(principal string, except []byte) int {
				n, err := f.sessions().DestroyPrincipal(background, f.op, []byte(principal), except)
				f.ok(err)
				return n
			}
			for _, id := range []string{"a", "b", "c"} {
				f.create(id, store.CreateOptions{Principal: []byte("p")})
			}
			f.create("other", store.CreateOptions{Principal: []byte("q")})
			f.create("nobody's", store.CreateOptions{})
			f.want("of nobody", destroy("", nil), 0)
			f.want("but b", destroy("p", []byte("b")), 2)
			f.want("of p", f.of("p"), "b")
			f.rotate("b", "b2", 100)
			f.want("but the session behind an alias", destroy("p", []byte("b")), 0)
			f.want("of p", f.of("p"), "b2")
			f.want("but one of somebody else", destroy("p", []byte("other")), 1)
			f.want("the old id", f.load("b", store.LoadOptions{}), "error: no such session")
			f.want("of q", f.of("q"), "other")
			f.want("but one that is not there", destroy("q", []byte("none")), 1)
			f.want("nobody's", f.load("nobody's", store.LoadOptions{}), "")
		}},
		{"a principal may have many sessions", func(f *fixture) {
			for i := range 500 {
				f.create(fmt.Sprint("id", i), store.CreateOptions{Principal: []byte("p")})
			}
			ids, err := f.sessions().PrincipalSessions(background, f.op, []byte("p"))
			f.want("listed", fmt.Sprint(len(ids), err), "500 <nil>")
			n, err := f.sessions().DestroyPrincipal(background, f.op, []byte("p"), nil)
			f.want("destroyed", fmt.Sprint(n, err), "500 <nil>")
			f.want("left", f.of("p"), "")
		}},
	}
}
