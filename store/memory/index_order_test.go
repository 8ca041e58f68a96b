package memory

import (
	"fmt"
	"slices"
	"testing"

	"sessd/store"
)

// Slots may be removed in the order of their hashes, in either direction: a client that scans and deletes does that.
func TestIndexRemovedInOrder(t *testing.T) {
	for _, most := range []int{leastSlots, mostSlots} {
		for _, backwards := range []bool{false, true} {
			t.Run(fmt.Sprint(most, backwards), func(t *testing.T) {
				var p pages
				w := new(waker)
				w.init()
				p.init(w, nil)
				x := index{pages: &p, most: most}
				var hashes []uint32
				for i := range uint32(40_000) {
					hashes = append(hashes, i*2654435769)
				}
				for _, hash := range hashes {
					x.insert(hash, 1)
				}
				slices.Sort(hashes)
				if backwards {
					slices.Reverse(hashes)
				}
				for i, hash := range hashes {
					x.remove(hash, 1)
					if g := x.segment(hashes[len(hashes)-1]); i < len(hashes)-1 && !g.has(g.seek(hashes[len(hashes)-1]), hashes[len(hashes)-1]) {
						t.Fatalf("after %d removals the last hash is not found", i)
					}
				}
				if x.segments != 0 || x.bytes != 0 || p.held.Load() != 0 {
					t.Errorf("%d segments and %d bytes are left", x.segments, x.bytes)
				}
			})
		}
	}
}

func TestScanAndDelete(t *testing.T) {
	e := New(Options{Shards: 1})
	defer e.Close()
	ctx, op := t.Context(), store.Op{}
	for i := range 20_000 {
		if _, err := e.SetString(ctx, op, fmt.Append(nil, "key", i), nil, store.SetOptions{ExpireAt: store.Never}); err != nil {
			t.Fatal(err)
		}
	}
	for cursor, first := uint64(0), true; cursor != 0 || first; first = false {
		var keys [][]byte
		var err error
		cursor, err = e.Scan(ctx, op, cursor, store.ScanOptions{Count: 10}, func(key []byte) { keys = append(keys, slices.Clone(key)) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Delete(ctx, op, keys); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := e.Size(ctx, op); n != 0 {
		t.Errorf("%d keys are left", n)
	}
	if err := e.Check(); err != nil {
		t.Error(err)
	}
}
