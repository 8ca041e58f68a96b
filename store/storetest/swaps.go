package storetest

import (
	"context"
	"fmt"

	"sessd/store"
)

// swapKind is exchanging what two keyspaces hold.
func swapKind() kind {
	return kind{"swap", func(d draw) operation {
		a, b := d(2), d(2)
		return operation{fmt.Sprintf("swap %d %d", a, b), nil, func(e store.Engine, op store.Op) string {
			return outcome(e.(store.Swapper).SwapKeyspaces(background, op, a, b))
		}}
	}}
}

func (f *fixture) swap(a, b int) {
	f.Helper()
	f.ok(ability[store.Swapper](f).SwapKeyspaces(background, f.op, a, b))
}

func swapCases() []testCase {
	return []testCase{
		{"two keyspaces hold what the other one held", func(f *fixture) {
			f.set("a", "0")
			f.setAs("b", "0", store.SetOptions{ExpireAt: start + 10})
			f.op.Keyspace = 1
			f.set("a", "1")
			f.swap(0, 1)
			f.want("in 1", f.get("a", "b"), "0 0")
			f.want("size of 1", f.size(), 2)
			f.op.Keyspace = 0
			f.want("in 0", f.get("a", "b"), "1 -")
			f.want("size of 0", f.size(), 1)
			f.pass(10)
			f.op.Keyspace = 1
			f.want("when the other has expired", f.size(), 1)
			f.swap(1, 1)
			f.want("with itself", f.get("a"), "0")
		}},
		{"sessions go with their principal, lock and old ids", func(f *fixture) {
			f.swap(0, 0) // an engine that cannot has no more to show
			f.create("a", store.CreateOptions{Principal: []byte("p"), Fields: words("x", "1")})
			f.rotate("a", "b", 50)
			f.ok(f.sessions().LockSession(background, f.op, []byte("b"), []byte("token"), 100))
			f.swap(0, 1)
			f.want("of p in 0", f.of("p"), "")
			f.want("an old id in 0", f.kind("a"), "none")
			f.create("a", store.CreateOptions{Principal: []byte("p")})
			f.rotate("a", "c", 50)
			f.op.Keyspace = 1
			f.want("of p in 1", f.of("p"), "b")
			f.want("by the old id", f.load("a", store.LoadOptions{}), "x=1")
			unlocked, err := f.sessions().UnlockSession(background, f.op, []byte("b"), []byte("token"))
			f.ok(err)
			f.want("unlocked", unlocked, true)
			f.swap(0, 1)
			f.want("an old id of both", f.load("a", store.LoadOptions{}), "")
			f.want("of p again", f.of("p"), "c")
		}},
		{"a swap is one change, which knows what exists", func(f *fixture) {
			f.set("a", "0")
			var told []string
			o := observerFunc(func(c *store.Change) {
				told = append(told, fmt.Sprint(c.Event, c.Keyspace, c.Swap.With, c.Swap.Exists(0, []byte("a")), c.Swap.Exists(1, []byte("a"))))
			})
			f.Cleanup(ability[store.Observable](f).Observe(o))
			f.swap(0, 1)
			f.want("changes", told, []string{"swapped 0 1 false true"})
		}},
	}
}

// observerFunc is told of what happens to keyspaces.
type observerFunc func(c *store.Change)

// Wants implements store.Observer.
func (observerFunc) Wants() store.Events { return store.FlushEvents }

// Changed implements store.Observer.
func (f observerFunc) Changed(c *store.Change, _ store.Entry) { f(c) }

// SwapKeyspaces implements store.Swapper.
func (m *Model) SwapKeyspaces(_ context.Context, op store.Op, a, b int) error {
	m.begin(op)
	defer m.mu.Unlock()
	m.spaces[a], m.spaces[b] = m.spaces[b], m.spaces[a]
	return nil
}
