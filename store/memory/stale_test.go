package memory_test

import (
	"bytes"
	"context"
	"testing"

	"sessd/store"
	"sessd/store/memory"
)

// A session that gets its place from another one is what was asked for, though a field of that one ends on the way.
func TestPlaceOfASessionWhoseFieldHasEnded(t *testing.T) {
	for _, rotates := range []bool{false, true} {
		e := memory.NewChecked(memory.Options{Shards: 1})
		ctx, op := context.Background(), store.Op{Now: farAhead}
		ann, once, fresh, limit := []byte("ann"), []byte("once"), []byte("fresh"), store.PrincipalLimit{Max: 1, Evict: true}
		must(t, e.CreateSession(ctx, op, once, store.CreateOptions{
			Principal: ann, Fields: [][]byte{[]byte("stays"), key(1)},
			More: []store.BagChange{{Fields: [][]byte{[]byte("goes"), key(2)}, TTL: 1000}},
		}))
		op.Now += 2000
		fields := [][]byte{[]byte("name"), []byte("value")}
		if rotates {
			must(t, e.CreateSession(ctx, op, []byte("guest"), store.CreateOptions{Fields: fields}))
			must(t, e.RotateSession(ctx, op, []byte("guest"), fresh, store.RotateOptions{SetPrincipal: true, Principal: ann, PrincipalLimit: limit}))
		} else {
			must(t, e.CreateSession(ctx, op, fresh, store.CreateOptions{Principal: ann, Fields: fields, PrincipalLimit: limit}))
		}
		ids, err := e.PrincipalSessions(ctx, op, ann)
		must(t, err)
		if len(ids) != 1 || !bytes.Equal(ids[0], fresh) {
			t.Errorf("the sessions are %q", ids)
		}
		m, err := e.SessionMeta(ctx, op, fresh)
		must(t, err)
		if m.Fields != 1 || m.CreatedAt != op.Now {
			t.Errorf("the session is %+v", m)
		}
		must(t, e.Close())
	}
}

// Bits are combined of what strings have, though the entry of the target has expired and they move when it goes.
func TestBitsOfStringsThatMove(t *testing.T) {
	e := memory.NewChecked(memory.Options{Shards: 1})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: farAhead}
	target, a, b := []byte("target"), []byte("source a"), []byte("source b")
	set := func(key, value []byte, at int64) {
		_, err := e.SetString(ctx, op, key, value, store.SetOptions{ExpireAt: at})
		must(t, err)
	}
	set(target, []byte("old"), op.Now+1000)
	set(b, []byte("\x0f\xf0\x0f\xf0"), store.Never)
	set(a, []byte("\xf0\x0f\xf0\x0f"), store.Never)
	op.Now += 2000
	step, err := e.Begin(op, [][]byte{target, a, b}, 0)
	must(t, err)
	op.Tx = step
	if n, err := e.CombineBits(ctx, op, target, store.BitOr, [][]byte{a, b}); n != 4 || err != nil {
		t.Errorf("the length is %d, %v", n, err)
	}
	must(t, e.GetString(ctx, op, target, wantValue{t, "\xff\xff\xff\xff"}))
	step.End()
}

// wantValue is shown a value.
type wantValue struct {
	t    *testing.T
	want string
}

func (w wantValue) Value(value []byte, found bool) {
	if !found || string(value) != w.want {
		w.t.Errorf("the value is %q, want %q", value, w.want)
	}
}
