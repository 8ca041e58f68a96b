package memory_test

import (
	"context"
	"fmt"
	"testing"

	"sessd/store"
	"sessd/store/memory"
)

// A principal's sessions become many and few again, by every way there is; the engine checks itself at each step.
func TestPrincipalWithManySessions(t *testing.T) {
	e := memory.NewChecked(memory.Options{Shards: 2})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: farAhead}
	ann := []byte("ann")
	want := func(n int) {
		t.Helper()
		must(t, e.Check())
		ids, err := e.PrincipalSessions(ctx, op, ann)
		must(t, err)
		if len(ids) != n {
			t.Fatalf("%d sessions, want %d", len(ids), n)
		}
	}
	for i := range 50 {
		must(t, e.CreateSession(ctx, op, key(i), store.CreateOptions{Principal: ann, AbsoluteTimeout: int64(100 * (i%2 + 1))}))
		want(i + 1)
	}
	for i := range 10 {
		_, err := e.DestroySessions(ctx, op, [][]byte{key(i)})
		must(t, err)
		want(49 - i)
	}
	for i := 10; i < 20; i++ {
		must(t, e.RotateSession(ctx, op, key(i), key(100+i), store.RotateOptions{Grace: 50}))
		want(50 - i)
		must(t, e.RotateSession(ctx, op, key(100+i), key(i+200), store.RotateOptions{SetPrincipal: true, Principal: []byte("bob")}))
		want(49 - i)
	}
	op.Now += 100
	want(15)
	n, err := e.DestroyPrincipal(ctx, op, ann, key(21))
	must(t, err)
	if n != 14 {
		t.Errorf("%d were destroyed", n)
	}
	want(1)
	op.Now += 100
	want(0)
	_, err = e.Size(ctx, op) // removes what has expired
	must(t, err)
	if n := e.Report(store.Op{}).Keyspaces[0].Principals; n != 0 {
		t.Errorf("%d principals are left", n)
	}
}

// What a principal has does not depend on what others have, and 100,000 sessions of one are listed and destroyed.
func TestPrincipalWith100000Sessions(t *testing.T) {
	e := newEngine(t, memory.Options{Shards: 16})
	ctx, op := context.Background(), store.Op{Now: farAhead}
	const n = 100_000
	for i := range n {
		must(t, e.CreateSession(ctx, op, key(i), store.CreateOptions{Principal: []byte("bot")}))
	}
	for i := range 1000 {
		must(t, e.CreateSession(ctx, op, fmt.Append(nil, i), store.CreateOptions{Principal: fmt.Append(nil, i)}))
	}
	ids, err := e.PrincipalSessions(ctx, op, []byte("bot"))
	must(t, err)
	destroyed, err := e.DestroyPrincipal(ctx, op, []byte("bot"), key(7))
	must(t, err)
	if len(ids) != n || destroyed != n-1 {
		t.Errorf("%d sessions are listed, %d were destroyed", len(ids), destroyed)
	}
	if left, _ := e.Size(ctx, op); left != 1001 {
		t.Errorf("%d sessions are left", left)
	}
}
