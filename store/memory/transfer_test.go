package memory

import (
	"context"
	"fmt"
	"testing"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// Collections of any size move and are copied, within a shard, between shards and between keyspaces, and nothing is left.
func TestCollectionsMove(t *testing.T) {
	withTallies(t)
	e := NewChecked(Options{Shards: 2, Keyspaces: 2, smallBytes: 40, treeOrder: tree.Tiny})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 4102444800000}
	for _, n := range []int{1, 3, 20, 300} {
		for i := range 24 {
			key, target := fmt.Append(nil, "k", i), fmt.Append(nil, "target ", i)
			for i := range n {
				if err := e.addTally(op, key, fmt.Append(nil, "name", i)); err != nil {
					t.Fatal(err)
				}
			}
			before, _, _ := e.KeyBytes(ctx, op, key)
			o := store.TransferOptions{Keyspace: i / 4 % 2, Key: target, Copies: i%2 == 1, Replaces: true}
			there := store.Op{Keyspace: o.Keyspace, Now: op.Now}
			if i%3 == 0 {
				e.addTally(there, target, []byte("another"))
			}
			if found, done, err := e.TransferKey(ctx, op, key, o); !found || !done || err != nil {
				t.Fatal(found, done, err)
			}
			if err := e.Check(); err != nil {
				t.Fatalf("%d elements, %+v: %v", n, o, err)
			}
			after, found, _ := e.KeyBytes(ctx, there, target)
			if !found || after < before/2 || after > 2*before+100 {
				t.Fatalf("%d elements in %d bytes have become %d bytes, %v", n, before, after, found)
			}
			if err := e.addTally(there, target, []byte("one more")); err != nil {
				t.Fatal(err)
			}
			if left, _ := e.Exists(ctx, op, [][]byte{key}); left != i%2 {
				t.Fatalf("%+v leaves %d", o, left)
			}
		}
		if err := e.Flush(ctx, op, true); err != nil {
			t.Fatal(err)
		}
		for e.sweepStep(op.Now) {
		}
		if used := e.UsedBytes(); used > 4*arena.LeastSlots*8 {
			t.Fatalf("%d bytes are left", used)
		}
	}
}
