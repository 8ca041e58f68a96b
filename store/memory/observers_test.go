package memory

import (
	"context"
	"fmt"
	"testing"

	"sessd/store"
)

// observerFunc observes all changes.
type observerFunc func(c *store.Change, e store.Entry)

func (observerFunc) Wants() store.Events                      { return store.ChangeEvents }
func (f observerFunc) Changed(c *store.Change, e store.Entry) { f(c, e) }

// A change is enough to make the entry anew, without the tables of the shard where it happened.
func TestChangesAreWhole(t *testing.T) {
	var empty shard
	entries := map[string]string{}
	e := New(Options{Shards: 1})
	e.Observe(observerFunc(func(c *store.Change, left store.Entry) {
		delete(entries, string(c.Former))
		if left == nil {
			delete(entries, string(c.Key))
			return
		}
		switch entry := left.AppendTo(nil); c.Type {
		case store.TypeString:
			entries[string(c.Key)] = fmt.Sprintf("%s until %d", stringText(entry), stringExpires(entry))
		default:
			h, body := empty.readHead(entry), readBody(entry)
			text := fmt.Sprintf("revision %d, %d %+v, of %q:", h.revision, h.created, h.timeouts, body.principal)
			for range body.bags {
				b := empty.shapes.read(body.rest)
				text += fmt.Sprintf(" [%s", b.component)
				for i := range b.fields {
					name, value := b.next(i)
					text += fmt.Sprintf(" %s=%s", name, value)
				}
				text, body.rest = text+"]", b.rest
			}
			entries[string(c.Key)] = text
		}
	}))
	defer e.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, op := context.Background(), store.Op{Now: 1 << 42}
	fields := [][]byte{[]byte("x"), []byte("1"), []byte("y"), []byte("2")}
	for _, id := range []string{"a", "b", "c", "d"} {
		must(e.CreateSession(ctx, op, []byte(id), store.CreateOptions{IdleTimeout: 5, Principal: []byte("ann"), Fields: fields}))
	}
	_, err := e.SaveSession(ctx, op, []byte("b"), store.SaveOptions{Component: []byte("k"), Fields: fields})
	must(err)
	_, err = e.SaveSession(ctx, op, []byte("b"), store.SaveOptions{Fields: [][]byte{[]byte("y"), []byte("3")}})
	must(err)
	must(e.RotateSession(ctx, op, []byte("c"), []byte("e"), store.RotateOptions{SetPrincipal: true}))
	_, err = e.DestroySessions(ctx, op, [][]byte{[]byte("d")})
	must(err)
	_, err = e.SetString(ctx, op, []byte("s"), []byte("v"), store.SetOptions{ExpireAt: op.Now + 1})
	must(err)
	const head = "4398046511104 {idle:5 absolute:0 uninitialized:0 renew:0}"
	want := map[string]string{
		"a": "revision 0, " + head + `, of "ann": [ x=1 y=2]`,
		"b": "revision 2, " + head + `, of "ann": [ x=1 y=3] [k x=1 y=2]`,
		"e": "revision 0, " + head + `, of "": [ x=1 y=2]`,
		"s": "v until 4398046511105",
	}
	if fmt.Sprint(entries) != fmt.Sprint(want) {
		t.Errorf("made anew:\n%v\nwant:\n%v", entries, want)
	}
}

type noBag struct{}

func (noBag) Bag(int64, int)            {}
func (noBag) Field(_, _ []byte, _ bool) {}
func (noBag) Value([]byte, bool)        {}

// Observers allocate nothing on the ways of requests, unless they do so themselves.
func TestObserversAreFree(t *testing.T) {
	e := New(Options{Shards: 1})
	defer e.Close()
	ctx, op, id, key := context.Background(), store.Op{Now: 1 << 42}, []byte("id"), []byte("key")
	fields := [][]byte{[]byte("x"), []byte("1")}
	run := func(who string) {
		t.Helper()
		n := testing.AllocsPerRun(100, func() {
			_ = e.LoadSession(ctx, op, id, store.LoadOptions{}, noBag{})
			_, _ = e.SaveSession(ctx, op, id, store.SaveOptions{Fields: fields})
			_, _ = e.SetString(ctx, op, key, id, store.SetOptions{ExpireAt: store.Never})
			_ = e.GetString(ctx, op, key, noBag{})
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", who, n)
		}
	}
	if err := e.CreateSession(ctx, op, id, store.CreateOptions{Fields: fields}); err != nil {
		t.Fatal(err)
	}
	run("nobody listens")
	changes := 0
	stop := e.Observe(observerFunc(func(*store.Change, store.Entry) { changes++ }))
	run("somebody listens")
	stop()
	if changes < 200 {
		t.Errorf("%d changes", changes)
	}
}

type destroyedAll struct{ told []string }

func (d *destroyedAll) Wants() store.Events { return store.PrincipalEvents }
func (d *destroyedAll) Changed(c *store.Change, _ store.Entry) {
	d.told = append(d.told, fmt.Sprintf("%s %s but %s", c.Event, c.Key, c.Former))
}

// The end of a principal's many sessions is told in the step in which they end.
func TestTheEndOfManySessionsIsToldAtOnce(t *testing.T) {
	e := New(Options{})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 1 << 42}
	var d destroyedAll
	e.Observe(&d)
	for i := range 2 * fewSessions {
		if err := e.CreateSession(ctx, op, fmt.Append(nil, "id", i), store.CreateOptions{Principal: []byte("ann")}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := e.DestroyPrincipal(ctx, op, []byte("ann"), []byte("id7")); n != 2*fewSessions-1 || err != nil {
		t.Error(n, err)
	}
	if fmt.Sprint(d.told) != "[destroyed_all ann but id7]" {
		t.Errorf("%q", d.told)
	}
}

// A change names the client whose operation it is, also in a step of several; what time and room end is nobody's.
func TestChangesNameTheirClient(t *testing.T) {
	e := New(Options{Shards: 2, Keyspaces: 2})
	defer e.Close()
	var got []string
	e.Observe(observerFunc(func(c *store.Change, _ store.Entry) { got = append(got, fmt.Sprint(c.Event, " ", c.Client)) }))
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, now := context.Background(), int64(1<<42)
	by := func(client int64) store.Op { return store.Op{Now: now, Client: client} }
	a, b := []byte("a"), []byte("b")
	must(e.SetString(ctx, by(1), a, a, store.SetOptions{ExpireAt: now + 1}))
	must(e.SetStrings(ctx, by(2), [][]byte{a, a, b, b}, false))
	must(e.SetString(ctx, by(0), a, a, store.SetOptions{ExpireAt: store.Never}))
	tx, err := e.Begin(by(3), [][]byte{a, b}, 0)
	must(nil, err)
	op := by(3)
	op.Tx = tx
	must(e.Delete(ctx, op, [][]byte{a}))
	tx.End()
	must(e.Delete(ctx, by(4), [][]byte{b}))
	if want := "[set 1 expire 1 set 2 set 2 set 0 del 3 del 4]"; fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}
