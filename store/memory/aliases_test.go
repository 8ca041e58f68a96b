package memory

import (
	"fmt"
	"testing"

	"sessd/store"
)

// Old ids end with their session, and are bounded in number while it lives.
func TestAliasesAreBounded(t *testing.T) {
	e := stopped(t, Options{})
	ctx, op := t.Context(), store.Op{Now: 1 << 41}
	rotate := func(from, to string) {
		t.Helper()
		if err := e.RotateSession(ctx, op, []byte(from), []byte(to), store.RotateOptions{Grace: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	aliases := func(want int) {
		t.Helper()
		for e.space(0).sweepAlias(op.Now) {
		}
		if r := e.Report(store.Op{}).Keyspaces[0]; r.Aliases != want || (want == 0) != (r.AliasBytes == 0) {
			t.Errorf("%d aliases of %d bytes are reported instead of %d", r.Aliases, r.AliasBytes, want)
		}
		if err := e.Check(); err != nil {
			t.Error(err)
		}
	}
	before := e.used.Load()
	for s := range 20 {
		name := func(i int) string { return fmt.Sprint(s, "-", i) }
		if err := e.CreateSession(ctx, op, []byte(name(0)), store.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		for i := range 5 * maxAliases {
			rotate(name(i), name(i+1))
		}
		if s%2 == 0 {
			if n, err := e.DestroySessions(ctx, op, [][]byte{[]byte(name(5*maxAliases - 1))}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	aliases(10 * maxAliases)
	for s := range 20 {
		if _, err := e.DestroySessions(ctx, op, [][]byte{fmt.Append(nil, s, "-", 5*maxAliases)}); err != nil {
			t.Fatal(err)
		}
	}
	aliases(0)
	if used := e.used.Load(); used != before {
		t.Errorf("%d bytes are used by nothing", used-before)
	}
}

// Old ids are evicted before anything that lives.
func TestAliasesAreEvictedFirst(t *testing.T) {
	const n = 2000
	e := stopped(t, Options{})
	ctx, op := t.Context(), store.Op{Now: 1 << 41}
	for i := range n {
		if err := e.CreateSession(ctx, op, fmt.Append(nil, "a", i), store.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, to := range "bcde" {
		for i := range n {
			from, to := fmt.Append(nil, string(to-1), i), fmt.Append(nil, string(to), i)
			if err := e.RotateSession(ctx, op, from, to, store.RotateOptions{Grace: 1000}); err != nil {
				t.Fatal(err)
			}
		}
	}
	k := &e.space(0).aliases
	e.SetLimits(store.Limits{MaxMemory: e.used.Load() - k.bytes.Load()/2, Policy: store.AllKeysLRU})
	if e.evictDown(op.Now, func() {}); e.Report(op).Keys[store.Evicted] != 0 {
		t.Errorf("%d sessions are evicted when the limit is lowered", e.Report(op).Keys[store.Evicted])
	}
	e.SetLimits(store.Limits{MaxMemory: e.used.Load(), Policy: store.AllKeysLRU})
	for i := range n {
		if err := e.CreateSession(ctx, op, fmt.Append(nil, "new", i), store.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	r := e.Report(store.Op{})
	if r.Keys[store.Evicted] != 0 || r.Keyspaces[0].Sessions != 2*n {
		t.Errorf("%d sessions are left, %d evicted", r.Keyspaces[0].Sessions, r.Keys[store.Evicted])
	}
}
