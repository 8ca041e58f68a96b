package memory

import (
	"context"
	"fmt"
	"testing"

	"sessd/store"
)

// TestPrefetchWaitsForNobody prefetches while every shard is locked, many keys at once, and from a keyspace that is not
// made yet.
func TestPrefetchWaitsForNobody(t *testing.T) {
	e := New(Options{Keyspaces: 2})
	defer e.Close()
	op := store.Op{Now: 1}
	var keys [][]byte
	for i := range 3 * prefetched {
		keys = append(keys, fmt.Append(nil, i))
		if i%2 == 0 {
			if err := e.CreateSession(context.Background(), op, keys[i], store.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	e.Prefetch(op, keys)
	h := e.lockAll(op)
	e.Prefetch(op, keys)
	h.unlock()
	e.Prefetch(store.Op{Keyspace: 1, Now: 1}, keys)
	if e.spaces[1].Load() != nil {
		t.Error("prefetching made a keyspace")
	}
}
