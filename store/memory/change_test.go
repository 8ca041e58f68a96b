package memory

import (
	"context"
	"fmt"
	"testing"

	"sessd/store"
)

// A change is enough to make the entry anew, without the tables of the shard where it happened.
func TestChangesAreWhole(t *testing.T) {
	var empty shard
	entries := map[string]string{}
	e := New(Options{Shards: 1, Changes: func(c Change) {
		delete(entries, string(c.Former))
		switch {
		case c.Entry == nil:
			delete(entries, string(c.Key))
		case c.Type == store.TypeString:
			entries[string(c.Key)] = fmt.Sprintf("%s until %d", stringText(c.Entry), stringExpires(c.Entry))
		default:
			h, body := empty.readHead(c.Entry), readBody(c.Entry)
			text := fmt.Sprintf("revision %d, %d %+v, of %q:", h.revision, h.created, h.timeouts, body.principal)
			for range body.bags {
				b := empty.shapes.read(body.rest)
				text += fmt.Sprintf(" [%s", b.component)
				for i := range b.fields {
					f := b.next(i)
					text += fmt.Sprintf(" %s=%s", f.name, f.value)
				}
				text, body.rest = text+"]", b.rest
			}
			entries[string(c.Key)] = text
		}
	}})
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
	const head = "4398046511104 {idle:5 absolute:0 uninitialized:0}"
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
