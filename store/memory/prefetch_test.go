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

// TestPrefetchOfElements prefetches members of a large set, some of which are not there, and while its shard is locked.
func TestPrefetchOfElements(t *testing.T) {
	e := New(Options{Keyspaces: 2})
	defer e.Close()
	op, key := store.Op{Now: 1}, []byte("set")
	keys, names := make([][]byte, 20_000), make([][]byte, 20_000)
	for i := range keys {
		keys[i], names[i] = key, fmt.Append(nil, "member:", i)
	}
	if _, err := e.AddToSet(context.Background(), op, key, names[:10_000]); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		e.PrefetchElements(op, keys, names)
		h := e.lockAll(op)
		e.PrefetchElements(op, keys, names)
		h.unlock()
		for i := range names {
			p, err := e.lockCollection(op, key, tagSet, 0)
			if err != nil {
				t.Fatal(err)
			}
			has := p.hasMember(names[i])
			p.unlock()
			if has != (i < 10_000) {
				t.Fatalf("round %d: member %d is there: %v", round, i, has)
			}
		}
	}
	names[7], keys[9] = nil, []byte("none")
	e.PrefetchElements(op, keys, names)
	e.PrefetchElements(store.Op{Keyspace: 1, Now: 1}, keys, names)
	if e.spaces[1].Load() != nil {
		t.Error("prefetching made a keyspace")
	}
}
